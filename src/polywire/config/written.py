"""Writes a configuration file from imported settings; what has to be filled in stands commented."""

from collections.abc import Iterator

from msgspec import Struct

from polywire.config.file import TABLES, StrategyTable
from polywire.config.legacy import Imported
from polywire.config.setting import settings_of
from polywire.strategies.kinds import KINDS

HEAD = """\
# Imported settings. Fill in the lines marked "fill in", then: polywire config check FILE
# Every key, with its bounds and default: docs/reference/configuration.md
"""

BOT = "holder"
"""The strategy of a position bot, which is what the imported settings were for."""

EXITS = {
    "style": '"watch"',
    "take_profit": "0.05",
    "stop_loss": "0.05",
    "slack": "0.03",
    "floor": "0.01",
}
"""What it sells by. No old setting names them for certain, and without them it never sells."""


def as_toml(imported: Imported) -> str:
    """A file that passes `config check` once its commented lines are filled in."""
    return "\n".join(_lines(imported)) + "\n"


def to_fill_in(imported: Imported) -> list[str]:
    """The settings that a person has to decide."""
    limits = [setting.path for setting in settings_of(TABLES["limits"], "limits")]
    missing = [path for path in limits if path not in imported.values]
    return ["exits", "strategies", *missing]


def _lines(imported: Imported) -> Iterator[str]:
    yield HEAD.rstrip()
    for name, kind in TABLES.items():
        lines = [*_table(kind, name, imported)]
        if lines:
            yield from ("", f"[{name}]", *lines)
    strategy = [
        *_table(StrategyTable, "strategies", imported),
        *_table(KINDS[BOT], "strategies", imported),
    ]
    yield from ("", "[[strategies]]", f'kind = "{BOT}"', *strategy)


def _table(kind: type[Struct], name: str, imported: Imported) -> Iterator[str]:
    for setting in settings_of(kind, name):
        became = imported.values.get(setting.path)
        if became is not None:
            yield f"{setting.name} = {setting.show(became.kept)}  # from {became.key}"
        elif setting.required or (name == "exits" and setting.name in EXITS):
            example = setting.example if setting.required else EXITS[setting.name]
            meaning = f"{setting.meaning}; {setting.expected}"
            yield f"# {setting.name} = {example}  # fill in: {meaning}"
