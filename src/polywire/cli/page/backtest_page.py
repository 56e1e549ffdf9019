"""A backtest's result as one HTML page that asks nothing of any network, and could not.

Everything a recording or a configuration says is escaped by jinja2 or by charts.embedded; a
policy in the page lets no other script run and no request leave.
"""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from importlib.resources import files
from typing import Final

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from polywire.cli.page import figures
from polywire.cli.page.charts import charts, embedded
from polywire.modes.backtest_result import BacktestReport

PARTS: Final = files("polywire.cli.page")
SCRIPTS: Final = ("uplot.min.js", "charts.js")
STYLES: Final = ("uplot.min.css", "page.css")


def backtest_page(report: BacktestReport, before: Sequence[str] = ()) -> bytes:
    """The page, whole, as UTF-8; `before` are sentences that stand before any number."""
    scripts = [_part(name) for name in SCRIPTS]
    drawn = charts(report)
    results = report.results
    page = Environment(
        loader=PackageLoader("polywire.cli", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template("backtest.html")
    text = page.render(
        report=report,
        policy=_policy(scripts),
        scripts=scripts,
        styles=[_part(name) for name in STYLES],
        verdict=" ".join([figures.verdict(results), *figures.remarks(results)]),
        troubles=[*before, *figures.troubles(report)],
        ends=figures.ends(results),
        by_strategy=figures.by_strategy(results),
        by_market=figures.by_market(results),
        pairs=[(one.queue, figures.pairs(one)) for one in results],
        markouts=figures.markouts(results),
        refusals=figures.refusals(results),
        recordings=figures.recordings(report.recordings),
        drawn=drawn,
        embedded=embedded(drawn),
        configuration=msgspec.json.format(report.configuration).strip(),
    )
    return text.encode()


def _part(name: str) -> str:
    return PARTS.joinpath(name).read_text(encoding="utf-8")


def _policy(scripts: list[str]) -> str:
    """Nothing is loaded from anywhere; these scripts run and no others."""
    digests = (b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'"
