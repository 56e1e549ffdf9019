"""What a strategy is told, as a person would write it into a file; and one of it changed."""

from typing import get_type_hints

import msgspec
from msgspec import Struct, inspect, structs

from polywire.core.errors import ConfigError
from polywire.core.parameters import StrategyParameters, Unit, to_integer
from polywire.core.units import SCALE, format_micros


class ParameterLine(Struct):
    """One parameter; `value`, `min` and `max` are texts in its unit."""

    name: str
    value: str
    unit: str
    meaning: str
    editable: bool
    min: str | None = None
    max: str | None = None


def parameter_lines(told: StrategyParameters) -> list[ParameterLine]:
    """Every parameter, in the order in which the strategy declares them."""
    lines = []
    for name, declared in _declared(type(told)).items():
        unit = _unit(declared)
        kind = declared.type
        least = kind.ge if isinstance(kind, inspect.IntType) else None
        most = kind.le if isinstance(kind, inspect.IntType) else None
        lines.append(
            ParameterLine(
                name,
                _text(getattr(told, name), unit),
                unit.name if unit is not None else "",
                str((declared.extra_json_schema or {}).get("description", "")),
                bool((declared.extra or {}).get("editable")),
                _text(least, unit) if least is not None else None,
                _text(most, unit) if most is not None else None,
            )
        )
    return lines


def changed(told: StrategyParameters, name: str, text: str) -> StrategyParameters:
    """The parameters with one of them as it is written here; ConfigError where that cannot be."""
    declared = _declared(type(told)).get(name)
    if declared is None or not (declared.extra or {}).get("editable"):
        can = [one.name for one in parameter_lines(told) if one.editable]
        there = f"; these can: {', '.join(can)}" if can else ""
        raise ConfigError(f"{name} cannot be changed while the strategy runs{there}")
    unit = _unit(declared)
    try:
        kept: object = text if unit is None else to_integer(text, unit)
        wanted = msgspec.to_builtins(structs.replace(told, **{name: kept}))
        new = msgspec.convert(wanted, type(told))
    except ValueError as error:
        line = next(one for one in parameter_lines(told) if one.name == name)
        bounds = f" from {line.min} to {line.max}" if line.min is not None else ""
        raise ConfigError(f"{name}: expected {line.unit}{bounds}, found {text}") from error
    for key, said in new.contradictions():
        raise ConfigError(f"{key}: {said}")
    return new


def _declared(kind: type[StrategyParameters]) -> dict[str, inspect.Metadata]:
    found = {}
    for name, hint in get_type_hints(kind, include_extras=True).items():
        told = inspect.type_info(hint)
        if isinstance(told, inspect.UnionType):
            told = next(one for one in told.types if not isinstance(one, inspect.NoneType))
        if isinstance(told, inspect.Metadata):
            found[name] = told
    return found


def _unit(declared: inspect.Metadata) -> Unit | None:
    unit = (declared.extra or {}).get("unit")
    return unit if isinstance(unit, Unit) else None


def _text(kept: object, unit: Unit | None) -> str:
    if kept is None:
        return "off"
    if unit is not None and isinstance(kept, int):
        return format_micros(kept * SCALE // unit.scale)
    return str(kept)
