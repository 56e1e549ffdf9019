"""One key of the configuration file: its unit and bounds, read from what people write, exactly.

Knows neither which keys there are (config.file) nor where their values come from (config.load).
"""

import json
from collections.abc import Iterator
from typing import Final, get_type_hints

import msgspec
from msgspec import NODEFAULT, Struct, inspect

from polywire.core.parameters import COUNT, Unit, to_integer
from polywire.core.units import DECIMALS, SCALE, format_micros

OFF: Final = "off"
"""What is written for "there is none", which TOML has no word for."""


class Setting:
    """One documented key; `path` is its place in the file, such as `limits.loss_max`."""

    def __init__(self, path: str, kind: object, default: object) -> None:
        self.path = path
        self.name = path.rpartition(".")[2]
        self.default = default
        self.required = default is NODEFAULT
        self._kind = kind
        told = inspect.type_info(kind)
        self.can_be_off = isinstance(told, inspect.UnionType)
        if isinstance(told, inspect.UnionType):
            told = next(one for one in told.types if not isinstance(one, inspect.NoneType))
        assert isinstance(told, inspect.Metadata), f"{path} is not documented"
        schema = told.extra_json_schema or {}
        self.meaning: str = schema["description"]
        self._examples: list[str] = schema.get("examples", [])
        extra = told.extra or {}
        self.unit: Unit | None = extra.get("unit")
        self._form: str = extra.get("form", "")
        self._type = told.type

    @property
    def example(self) -> str:
        """What may be written there, as TOML; empty where only the default makes sense."""
        return self._examples[0] if self._examples else self.show(self.default)

    @property
    def bounds(self) -> tuple[int, int] | None:
        """Least and most that the engine takes, both allowed; None for what is no number."""
        if not isinstance(self._type, inspect.IntType):
            return None
        assert self._type.ge is not None, f"{self.path} has no least"
        assert self._type.le is not None, f"{self.path} has no most"
        return self._type.ge, self._type.le

    @property
    def expected(self) -> str:
        """What may be written, in words."""
        off = f', or "{OFF}"' if self.can_be_off else ""
        return self._expected() + off

    def read(self, told: object) -> object:
        """What the engine keeps for a value of the file; ValueError says what was expected."""
        if self.can_be_off and told == OFF:
            return None
        try:
            kept = told if self.unit is None else to_integer(_decimal(told), self.unit)
            return msgspec.convert(kept, self._kind)
        except ValueError as error:
            found = self._found(told)
            places = len(found.partition(".")[2]) if self.unit and self.unit is not COUNT else 0
            exactly = f" with at most {DECIMALS} decimals" if places > DECIMALS else ""
            percent = ", and percentages are not taken" if self.unit and "%" in found else ""
            said = f"expected {self.expected}{exactly}, found {found}{percent}"
            raise ValueError(said) from error

    def from_text(self, text: str) -> object:
        """A value of the environment as the file would have it."""
        if isinstance(self._type, inspect.BoolType):
            return {"true": True, "false": False}.get(text.lower(), text)
        if isinstance(self._type, inspect.VarTupleType):
            return [part.strip() for part in text.split(",") if part.strip()]
        return text

    def show(self, kept: object) -> str:
        """What the engine keeps, as the file would have it."""
        if kept is None:
            return f'"{OFF}"'
        if kept is NODEFAULT:
            return ""
        if self.unit is not None:
            assert isinstance(kept, int), f"{self.path} is {kept!r}"
            return format_micros(kept * SCALE // self.unit.scale)
        return json.dumps(kept, ensure_ascii=False)

    def _found(self, told: object) -> str:
        """What stood there; not if it may carry a secret, as an address with a user does."""
        if self.unit is not None:
            return str(told)
        if "://" in str(told) and {"@", "?"} & {*str(told)}:
            return "one with a user or a query in it"
        return json.dumps(told, default=str, ensure_ascii=False)

    def _expected(self) -> str:
        match self._type:
            case inspect.IntType():
                assert self.unit is not None, f"{self.path} has no unit"
                least, most = map(self.show, self.bounds or ())
                return f"{self.unit.name} from {least} to {most}"
            case inspect.LiteralType(values=values):
                return " or ".join(f'"{value}"' for value in values)
            case inspect.EnumType(cls=kind):
                return " or ".join(f'"{value.value}"' for value in kind)
            case inspect.BoolType():
                return "true or false"
            case inspect.VarTupleType():
                return self._form or "a list of texts"
            case _:
                return self._form or "a text"


def _decimal(told: object) -> str:
    """A number as it was written; nothing, which is no number, for what is not one."""
    return str(told) if isinstance(told, int | str) and not isinstance(told, bool) else ""


def settings_of(kind: type[Struct], path: str) -> Iterator[Setting]:
    """The keys of a table in their order; tables inside it are left out."""
    hints = get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        if not _is_table(hints[field.name]):
            yield Setting(f"{path}.{field.name}", hints[field.name], field.default)


def _is_table(kind: object) -> bool:
    inner = kind if isinstance(kind, type) else next(iter(getattr(kind, "__args__", ())), None)
    return isinstance(inner, type) and issubclass(inner, Struct)
