"""Reads the settings files of other bots: JSON, .env and Python constants, parsed, never executed.

Gives flat keys and values; what they mean here is config.legacy's.
"""

import ast
import json
import operator
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from polywire.core.errors import ConfigError

COMPUTED = object()
"""Stands for a value that only running the file would tell."""

Found = tuple[str, object]

_LINE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$")
_QUOTED = re.compile(r"""^(["'])(.*?)\1\s*(?:#.*)?$""")
_CASTS = {"int": int, "float": float, "str": str}
_FOLDS: dict[type[ast.operator], Callable[[int | float, int | float], int | float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}  # no powers or shifts, and none repeats a text: what is folded stays as small as the file
_NUMBER_MAX = 10**18


def settings_in(path: Path) -> list[Found]:
    """Every key of a file with its value, nested keys joined by dots; ConfigError if unreadable."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        match path.suffix.lower():
            case ".json":
                return [*_flat("", _json(text))]
            case ".py":
                return [*_constants(ast.parse(text).body)]
            case _ if ".env" in path.name.lower():
                return [*_lines(text)]
    except SyntaxError as error:
        said = f"cannot read {path}: line {error.lineno} is no Python"
        raise ConfigError(said, look="configuration") from error
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"cannot read {path}: {why}", look="configuration") from error
    raise ConfigError(
        f"cannot tell what {path} is; name a .json, .env or .py file", look="configuration"
    )


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if text.startswith(("//", "/*", "#"), error.pos):
            said = f"line {error.lineno} has a comment, and JSON has none; take comments out"
            raise ValueError(said) from error
        raise


def _flat(path: str, value: object) -> Iterator[Found]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{path}.{key}" if path else str(key), inner)
    else:
        yield path, value


def _lines(text: str) -> Iterator[Found]:
    for line in text.splitlines():
        if found := _LINE.match(line):
            quoted = _QUOTED.match(found[2])
            yield found[1], quoted[2] if quoted else found[2].partition(" #")[0].strip()


def _constants(body: list[ast.stmt]) -> Iterator[Found]:
    """Assignments of names, at the top and in classes, such as `class Config:`."""
    for node in body:
        match node:
            case ast.ClassDef():
                yield from _constants(node.body)
            case ast.Assign(targets=targets, value=value):
                for name in (target.id for target in targets if isinstance(target, ast.Name)):
                    yield from _flat(name, _value(value))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield from _flat(name, _value(value))
            case _:
                continue


def _value(node: ast.expr) -> object:
    """What stands there in plain sight: literals, or the default of a variable's look-up."""
    match node:
        case ast.Call(func=ast.Name(id=cast), args=[inner]) if cast in _CASTS:
            value = _value(inner)
            return value if value is COMPUTED else _cast(cast, value)
        case (
            ast.Call(func=ast.Attribute(attr="getenv" | "get"), args=[_, inner])
            | ast.Compare(
                left=ast.Call(func=ast.Attribute(value=inner, attr="lower")),
                ops=[ast.Eq()],
                comparators=[ast.Constant(value="true")],
            )
        ):
            return _value(inner)  # os.getenv("X", "true").lower() == "true"
        case ast.Dict(keys=keys, values=values) if all(isinstance(k, ast.Constant) for k in keys):
            names = [str(key.value) for key in keys if isinstance(key, ast.Constant)]
            return dict(zip(names, map(_value, values), strict=True))
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return _folded(ast.Sub, 0, _value(inner))
        case ast.BinOp(left=left, op=operation, right=right):
            return _folded(type(operation), _value(left), _value(right))
        case _:
            return _literal(node)


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        return COMPUTED


def _folded(operation: type[ast.operator], left: object, right: object) -> object:
    """Arithmetic of two plain numbers, or two texts or lists one after the other."""
    match left, right:
        case (str(), str()) | (list(), list()) | (tuple(), tuple()) if operation is ast.Add:
            return operator.add(left, right)
        case (int() | float(), int() | float()) if operation in _FOLDS:
            try:
                number = _FOLDS[operation](left, right)
            except ArithmeticError:
                return COMPUTED
            return number if abs(number) <= _NUMBER_MAX else COMPUTED
        case _:
            return COMPUTED


def _cast(name: str, value: object) -> object:
    try:
        return _CASTS[name](value)
    except (ValueError, TypeError, OverflowError):
        return COMPUTED
