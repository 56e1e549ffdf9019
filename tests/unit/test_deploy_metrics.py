"""The Grafana dashboard and the Prometheus rules name metrics and labels that a run tells."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.pages import DOCS, ROOT, rows
from tests.unit.observe.test_metrics import exposition, families, moment

PROMETHEUS = ROOT / "deploy" / "prometheus"
DASHBOARD = ROOT / "deploy" / "grafana" / "polywire.json"
NAME = re.compile(r"\b(polywire_\w+)(?:\{([^}]*)\})?")
LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
GROUPED = re.compile(r"\bby \(([^)]*)\)")
OF_THE_SCRAPE = {"instance", "job"}
COLUMNS = 24


def told() -> dict[str, set[str]]:
    """Every sample of a scrape with its labels."""
    found: dict[str, set[str]] = {}
    for family in families(exposition(moment())).values():
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def alerts() -> list[dict[str, object]]:
    (group,) = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    return list(group["rules"])


def panels() -> list[dict[str, object]]:
    return list(json.loads(DASHBOARD.read_text())["panels"])


def expressions() -> Iterator[str]:
    yield from (str(rule["expr"]) for rule in alerts())
    dashboard = json.loads(DASHBOARD.read_text())
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel.get("targets", []))
    yield from (one["expr"] for one in dashboard["annotations"]["list"])
    yield from (str(one["query"]["query"]) for one in dashboard["templating"]["list"][1:])
    cases = yaml.safe_load((PROMETHEUS / "alerts.test.yml").read_text())["tests"]
    yield from (each["series"] for case in cases for each in case["input_series"])


@pytest.mark.parametrize("expression", sorted({*expressions()}))
def test_every_metric_and_label_of_the_files_is_told(expression: str) -> None:
    known = told()
    used = NAME.findall(expression)
    assert used or expression.startswith("up{")
    for name, selected in used:
        assert name in known, f"no run tells {name}"
        strange = {*LABEL.findall(selected)} - known[name] - OF_THE_SCRAPE
        assert not strange, f"{name} has no label {strange}"
    grouped = {label.strip() for found in GROUPED.findall(expression) for label in found.split(",")}
    assert grouped <= set().union(OF_THE_SCRAPE, *(known[name] for name, _ in used))


def test_every_alert_is_documented_with_its_severity_and_fires_in_a_test() -> None:
    _, *documented = rows(DOCS / "reference" / "metrics.md", "## Alert rules and a dashboard")
    named = {cells[0].strip("`"): cells[1] for cells in documented}
    assert named == {str(one["alert"]): one["labels"]["severity"] for one in alerts()}  # type: ignore[index]
    tested = (PROMETHEUS / "alerts.test.yml").read_text()
    assert [name for name in named if f'alertname="{name}"' not in tested] == []


def test_every_alert_says_what_is_wrong_and_where_to_look() -> None:
    for one in alerts():
        assert one["annotations"].keys() == {"summary", "description"}, one["alert"]  # type: ignore[attr-defined]


def test_panels_ask_something_and_lie_on_no_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        assert isinstance(place, dict)
        assert place["x"] + place["w"] <= COLUMNS
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
        assert panel["type"] == "row" or panel["targets"]
    assert len({str(panel["id"]) for panel in panels()}) == len(panels())


@pytest.mark.parametrize(
    "arguments",
    [("check", "config", "prometheus.yml"), ("test", "rules", "alerts.test.yml")],
    ids=" ".join,
)
def test_promtool_agrees(arguments: tuple[str, ...]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("needs promtool, of Debian's package prometheus")
    done = subprocess.run(
        [promtool, *arguments], cwd=PROMETHEUS, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_can_read_every_question_of_the_dashboard(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("needs promtool, of Debian's package prometheus")
    asked = [target["expr"] for panel in panels() for target in panel.get("targets", [])]  # type: ignore[attr-defined]
    rules = [{"record": f"asked:{at}", "expr": one} for at, one in enumerate(asked)]
    rules_file = tmp_path / "rules.yml"
    rules_file.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}))
    command = [promtool, "check", "rules", str(rules_file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
