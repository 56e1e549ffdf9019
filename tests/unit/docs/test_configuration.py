"""The configuration page says what the schema says: every key, what is expected, its default."""

import pytest
from msgspec import Struct
from tests.pages import DOCS, rows

from polywire.config.file import TABLES, File, StrategyTable
from polywire.config.legacy import RULES
from polywire.config.setting import settings_of
from polywire.strategies.kinds import KINDS

PAGE = DOCS / "reference" / "configuration.md"


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        *((f"## {name}", kind) for name, kind in TABLES.items()),
        ("### Every strategy", StrategyTable),
        *((f"### {name}", kind) for name, kind in KINDS.items()),
    ],
)
def test_every_key_is_documented_with_bounds_unit_default_and_meaning(
    heading: str, kind: type[Struct]
) -> None:
    _, *documented = rows(PAGE, heading)
    assert documented == [
        [
            f"`{one.name}`",
            one.expected.replace('"', "`"),
            f"none; such as `{one.example}`" if one.required else f"`{one.show(one.default)}`",
            one.meaning,
        ]
        for one in settings_of(kind, heading)
    ]


def test_every_table_of_the_file_is_documented() -> None:
    assert {*TABLES, "strategies"} == {*File.__struct_fields__}


def test_every_key_that_import_knows_is_in_the_how_to() -> None:
    named_there = {
        word.rpartition(".")[2].lower()
        for cells in rows(DOCS / "how-to" / "paper.md", "## Take over the settings of another bot")
        for word in cells[0].replace("`", "").split(", ")
    }
    assert set(RULES) <= named_there
