"""The table of alerts says what the code says."""

from tests.pages import DOCS, rows

from polywire.observe.alert import SEVERITIES, Severity

PAGE = DOCS / "reference" / "alerts.md"


def test_every_rule_is_documented_with_its_severity_the_worst_first() -> None:
    _, *documented = [(cells[0].strip("`"), cells[1]) for cells in rows(PAGE)]
    assert dict(documented) == dict(SEVERITIES)
    ranks = [Severity(severity).rank for _, severity in documented]
    assert ranks == sorted(ranks, reverse=True)
