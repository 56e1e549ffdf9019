"""`polywire doctor` as people and scripts see it: the table, the keys, the exit code."""

import json
import re
import signal
from pathlib import Path

from tests.integration.cli.conftest import Begin, Command
from tests.pages import DOCS, ROOT, anchors

SETTINGS = """
[journal]
folder = "{folder}"
[[strategies]]
kind = "touch_quoter"
name = "touch"
budget = 100
size = 10
cap = 40
price_min = 0.05
[limits]
order_size_max = 100
position_max = 300
price_through_max = 0.05
market_exposure_max = 200
group_exposure_max = 200
venue_exposure_max = 800
total_exposure_max = 800
loss_max = 100
orders_per_minute = 120
proof_age_max = 120
"""
TROUBLE = ROOT / "docs" / "how-to" / "troubleshooting.md"
COMMANDS = DOCS / "reference" / "commands.md"


def configured(exchange: Command, folder: Path) -> Path:
    """A configuration that names a running exchange."""
    exchange.says('"ready"')
    where = json.loads(exchange.said)
    venue = "".join(
        f'{name} = "{where[name]}"\n' for name in ("clob", "market_ws", "gamma", "data")
    )
    path = folder / "bot.toml"
    path.write_text(f"[venue]\n{venue}{SETTINGS.format(folder=folder / 'journal')}")
    return path


def test_a_run_that_would_work_gets_a_zero_and_one_whose_venue_has_gone_a_one(
    begin: Begin, tmp_path: Path
) -> None:
    exchange = begin("exchange", "--port", "0")
    config = configured(exchange, tmp_path)
    well = begin("doctor", "--config", config, "--json")
    assert well.ends(15) == 0, well.said
    assert well.complained == ""
    found = json.loads(well.said)
    assert found["ok"] is True
    states = {one["state"] for one in found["findings"] if one["name"] != "account"}
    assert states <= {"ok", "warning"}
    assert found["findings"][0]["name"] == "configuration"

    exchange.tell(signal.SIGTERM)
    exchange.ends(5)
    ill = begin("doctor", "--config", config)
    assert ill.ends(15) == 1
    assert re.search(r"failed +clob +no connection: .*Connection refused", ill.said)
    assert "docs/how-to/troubleshooting.md#cannot-connect" in ill.said
    assert re.search(r"skipped +clock +clob does not answer", ill.said)
    assert "Traceback" not in ill.said + ill.complained


def test_each_mistake_of_a_configuration_is_a_line_with_what_to_write(
    begin: Begin, tmp_path: Path
) -> None:
    config = tmp_path / "bot.toml"
    text = SETTINGS.format(folder=tmp_path)
    config.write_text(text.replace("cap = 40", "cap = 4").replace("= 120", "= 0"))
    ill = begin("doctor", "--config", config, "--json")
    assert ill.ends(15) == 1
    findings = json.loads(ill.said)["findings"]
    assert [one["state"] for one in findings] == ["failed"] * (len(findings) - 1) + ["skipped"]
    assert len(findings) > 2
    assert any("proof_age_max = " in one["remedy"] for one in findings)
    config.write_text(text.replace("[limits]", "[limit]"))
    ill = begin("doctor", "--config", config)
    assert ill.ends(15) == 1
    assert "Did you mean limits? docs" in ill.said
    config.write_text("not toml")
    assert begin("doctor", "--config", config).ends(15) == 1


def test_the_keys_and_figures_of_an_examination_are_documented(
    begin: Begin, tmp_path: Path
) -> None:
    config = configured(begin("exchange", "--port", "0"), tmp_path)
    config.write_text(config.read_text().replace("budget = 100", "budget = 0.01"))
    told = begin("doctor", "--config", config, "--json")
    assert told.ends(15) == 1
    findings = json.loads(told.said)["findings"]
    section = COMMANDS.read_text().partition("\n## doctor\n")[2].partition("\n## ")[0]
    checks = (DOCS / "how-to" / "doctor.md").read_text()
    for one in findings:
        assert f"`{one['name']}`" in checks, one["name"]
        for key in [*one, *one["figures"]]:
            known = re.sub("removed by .*", "removed by FILTER", key)
            assert f"`{known}`" in section, key
        assert not one["look"] or one["look"] in anchors(TROUBLE)
