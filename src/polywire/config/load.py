"""Reads the configuration: a TOML file, over it the environment, and every mistake in both.

`POLYWIRE_LIMITS__LOSS_MAX=50` stands for `loss_max = 50` under `[limits]`.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec
from msgspec import Struct

from polywire.config.changes import as_written, change, value
from polywire.config.contradictions import contradictions
from polywire.config.file import TABLES, File, StrategyTable
from polywire.config.setting import Setting, settings_of
from polywire.core.errors import ConfigError
from polywire.core.parameters import StrategyParameters
from polywire.strategies.kinds import KINDS, told_of

LOOK = "configuration"
FILE, DEFAULT, MISSING = "file", "default", "missing"

NO_CHANGES: Mapping[str, str] = MappingProxyType({})

WORD: Final = re.compile("[A-Za-z0-9_-]+")
_PREFIX, _BETWEEN = "POLYWIRE_", "__"


@dataclass(frozen=True, slots=True)
class Shown:
    """One effective setting: its value as the file would have it, and who said so."""

    setting: Setting
    value: str
    origin: str


@dataclass(slots=True)
class Reading:
    """What a file and the environment say: every setting with its origin, and every mistake."""

    file: File | None = None
    shown: list[Shown] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)


def load(path: Path, environment: Mapping[str, str]) -> File:
    """The configuration of a run; ConfigError with the first mistake and how many there are."""
    reading = read_file(path, environment)
    if reading.file is None:
        first, *others = reading.mistakes
        more = f" ({len(others)} more: polywire config check {path})" if others else ""
        raise ConfigError(f"{path}: {first}{more}", look=LOOK)
    return reading.file


def read_file(path: Path, environment: Mapping[str, str]) -> Reading:
    """What a file says; ConfigError if it cannot be read at all."""
    try:
        return read(path.read_text(encoding="utf-8-sig"), environment)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"cannot read {path}: {error}; is it the right file?", look=LOOK
        ) from error


def read(
    text: str, environment: Mapping[str, str], changes: Mapping[str, str] = NO_CHANGES
) -> Reading:
    """What a text of TOML and an environment say together; changes by path count before both."""
    try:
        told = tomllib.loads(text, parse_float=as_written)
    except tomllib.TOMLDecodeError as error:
        return Reading(mistakes=[f"not TOML: {error}; put quotes around texts"])
    except (ValueError, RecursionError) as error:  # a number or a nesting beyond all measure
        return Reading(mistakes=[f"cannot be read: {error}; write what the reference shows"])
    for path, instead in changes.items():
        change(told, path, instead)
    changed = {variable(path) for path in changes}
    reader = _Reader({name: said for name, said in environment.items() if name not in changed})
    values = reader.whole(told)
    reading = reader.reading
    file = msgspec.convert(values, File)
    reading.mistakes += (said for said in contradictions(file) if not reader.assumed(said))
    reading.file = None if reading.mistakes else file
    return reading


def variable(path: str) -> str:
    """The environment variable of a setting."""
    return _PREFIX + path.replace(".", _BETWEEN).upper()


class _Reader:
    """Goes through the tables in their order and notes what it finds."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.reading = Reading()
        self._stand_ins: dict[str, None] = {}
        self._environment = {
            name: text
            for name, text in environment.items()
            if name.startswith(_PREFIX) and _BETWEEN in name
        }

    def whole(self, told: dict[str, object]) -> dict[str, object]:
        for name in told:
            if name not in {*TABLES, "strategies"}:
                tables = [*TABLES, "strategies"]
                self._mistake(name, f"no such table; {_instead(name, tables)}")
        values: dict[str, object] = {
            name: self._table(kind, told.get(name, {}), name) for name, kind in TABLES.items()
        }
        self._check_environment()
        values["strategies"] = self._strategies(told.get("strategies"), values["exits"])
        return values

    def assumed(self, sentence: str) -> bool:
        """Whether a sentence is of a value that stands in for one that could not be read."""
        return any(word in self._stand_ins for word in WORD.findall(sentence))

    def _table(
        self, kind: type[Struct], told: object, path: str, also: Sequence[str] = ()
    ) -> dict[str, object]:
        """What the engine keeps of a table; `also` names keys that are read elsewhere."""
        if not isinstance(told, dict):
            self._mistake(path, f"expected a table; write [{path}] and its keys below")
            told = {}
        settings = {setting.name: setting for setting in settings_of(kind, path)}
        for name in told:
            if name not in settings and name not in also:
                said = f"no such key; {_instead(name, [*settings, *also])}"
                self._mistake(f"{path}.{name}", said)
        values: dict[str, object] = {}
        for setting in settings.values():
            self._setting(setting, told, values)
        return values

    def _setting(
        self, setting: Setting, told: dict[str, object], values: dict[str, object]
    ) -> None:
        name = variable(setting.path)
        text = self._environment.get(name)
        if text is not None:
            origin, found = name, setting.from_text(text)
        elif setting.name in told:
            origin, found = FILE, told[setting.name]
        else:
            self._absent(setting, values)
            return
        try:
            kept = values[setting.name] = setting.read(found)
        except ValueError as error:
            if origin is FILE:
                self._mistake(setting.path, f"{error}; {_write(setting)}")
            else:
                self._mistake(origin, f"{error}; set it to {setting.example} or unset it")
            self._stand_in(setting, values)
            return
        self.reading.shown.append(Shown(setting, setting.show(kept), origin))

    def _absent(self, setting: Setting, values: dict[str, object]) -> None:
        origin = MISSING if setting.required else DEFAULT
        self.reading.shown.append(Shown(setting, setting.show(setting.default), origin))
        if setting.required:
            self._mistake(
                setting.path, f"missing: {setting.meaning}; {_write(setting)} ({setting.expected})"
            )
            self._stand_in(setting, values)

    def _stand_in(self, setting: Setting, values: dict[str, object]) -> None:
        """So that what is wrong elsewhere is found too; nothing is said of what is not there."""
        values[setting.name] = setting.read(value(setting.example))
        self._stand_ins[str(values["name"]) if setting.name == "name" else setting.name] = None

    def _strategies(self, told: object, exits: object) -> list[dict[str, object]]:
        if not isinstance(told, list) or not told:
            said = 'none; write [[strategies]] and below it kind = "holder" and its keys'
            self._mistake("strategies", said)
            return []
        every = [self._strategy(one, number, exits) for number, one in enumerate(told, 1)]
        read = [one for one in every if one]
        if len(read) < len(every):
            self._stand_ins["exits_by"] = None
        names = [str(one.get("name")) for one in read if "name" in one]
        for name in dict.fromkeys(name for name in names if names.count(name) > 1):
            self._mistake("strategies", f'two are named "{name}"; give each a name of its own')
        return read

    def _strategy(self, told: object, number: int, exits: object) -> dict[str, object]:
        path = f"strategies[{number}]"
        if not isinstance(told, dict):
            self._mistake(path, "expected a table; write [[strategies]] and its keys below")
            return {}
        kind = told.get("kind")
        told_struct = self._told_struct(kind, f"{path}.kind")
        if told_struct is None:
            return {}
        path = f"strategies.{told['name']}" if isinstance(told.get("name"), str) else path
        of_kind = [setting.name for setting in settings_of(told_struct, path)]
        seat = self._table(StrategyTable, told, path, also=("kind", "exits", *of_kind))
        own_keys = {key: value for key, value in told.items() if key in of_kind}
        parameters = self._table(told_struct, own_keys, path)
        if kind in KINDS:
            parameters |= {"type": kind}
        else:
            as_text = msgspec.json.encode(parameters).decode()
            parameters = {"type": "own", "kind": kind, "told": as_text}
        own = self._own_exits(told["exits"], f"{path}.exits") if "exits" in told else {}
        assert isinstance(exits, dict), "the table was read"
        return seat | {"parameters": parameters, "exits": exits | own}

    def _told_struct(self, kind: object, path: str) -> type[StrategyParameters] | None:
        """What a strategy of this kind is told; None, and a mistake, for none there is."""
        try:
            found = told_of(kind) if isinstance(kind, str) else None
        except ConfigError as error:
            self._mistake(path, str(error))
            return None
        if found is None:
            kinds = " or ".join(f'kind = "{kind}"' for kind in KINDS)
            said = f'expected a kind of strategy, found {kind!r}; write {kinds}, or "module:Class"'
            self._mistake(path, said)
        return found

    def _own_exits(self, told: object, path: str) -> dict[str, object]:
        """What a strategy says of its exits; what it does not say stands under `[exits]`."""
        before = len(self.reading.shown)
        own = self._table(TABLES["exits"], told, path)
        said = [one for one in self.reading.shown[before:] if one.origin is not DEFAULT]
        self.reading.shown[before:] = said
        return own

    def _check_environment(self) -> None:
        known = [
            variable(setting.path) for name in TABLES for setting in settings_of(TABLES[name], name)
        ]
        for name in sorted(set(self._environment) - set(known)):
            strategy = name.startswith(variable("strategies"))
            instead = "set strategies in the file" if strategy else _instead(name, known)
            self._mistake(name, f"no such setting; {instead}")

    def _mistake(self, path: str, words: str) -> None:
        self.reading.mistakes.append(f"{path}: {words}")


def _instead(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, known, 1)
    return f"did you mean {near[0]}?" if near else f"delete it, there are {', '.join(known)}"


def _write(setting: Setting) -> str:
    return f"write {setting.name} = {setting.example}"
