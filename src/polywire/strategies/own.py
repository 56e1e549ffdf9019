"""Strategies of one's own: a file names them `module:Class`, and they are found where Python looks.

The class, or a function that makes a strategy, takes a name and `parameters`: by their annotation a
StrategyParameters struct, which is read, checked and shown as those of the kinds that are here.
"""

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from inspect import signature
from traceback import extract_tb
from typing import Final, TypeVar, get_type_hints

import msgspec
from msgspec import inspect
from typing_extensions import override

from polywire.core.errors import ConfigError
from polywire.core.ids import StrategyId
from polywire.core.parameters import Sizes, StrategyParameters
from polywire.core.strategy import Strategy
from polywire.core.units import Money, Quantity

NAMED: Final = re.compile(r"([A-Za-z_]\w*(?:\.\w+)*):([A-Za-z_]\w*)")
LOOK: Final = "own-strategy"
T = TypeVar("T")


class OwnParameters(StrategyParameters, frozen=True, kw_only=True, tag="own"):
    """What such a strategy is told, as the journal keeps it: `told` is its own struct as JSON."""

    kind: str
    told: str

    def strategy(self, name: StrategyId) -> Strategy:
        """The strategy; ConfigError where its class is not there, fails or is none."""
        maker, own = maker_of(self.kind), self._own
        made = _asked(f"{self.kind} cannot be made", lambda: maker(name, own))
        lacks = [each for each in ("name", "wake", "follows", "quotes") if not hasattr(made, each)]
        if lacks:
            raise ConfigError(f"{self.kind} is no strategy: it has no {lacks[0]}", look=LOOK)
        return made

    @property
    def _own(self) -> StrategyParameters:
        try:
            return msgspec.json.decode(self.told, type=parameters_of(self.kind))
        except msgspec.ValidationError as error:
            raise ConfigError(
                f"{self.kind} is not told now what it was told: {error}", look=LOOK
            ) from error

    @override
    def sizes(self) -> Sizes:
        return self._says("sizes()", Sizes, self._own.sizes)

    @override
    def contradictions(self) -> Iterator[tuple[str, str]]:
        own, shape = self._own, list[tuple[str, str]]
        return iter(self._says("contradictions()", shape, lambda: [*own.contradictions()]))

    @override
    def buy_min(self, size_min: Quantity) -> Money:
        own = self._own
        return Money(self._says("buy_min()", int, lambda: own.buy_min(size_min)))

    @override
    def buy_max(self) -> Money | None:
        own = self._own
        found = self._says("buy_max()", tuple[int | None], lambda: (own.buy_max(),))[0]
        return None if found is None else Money(found)

    @property
    @override
    def sells(self) -> bool:
        own = self._own
        return self._says("sells", bool, lambda: own.sells)

    def _says(self, name: str, shape: type[T], ask: Callable[[], object]) -> T:
        """What its own struct answers, of the type that it promises; else ConfigError."""
        answer = _asked(f"{self.kind} has {name} that fails", ask)
        try:
            return msgspec.convert(answer, shape)
        except msgspec.ValidationError as error:
            raise ConfigError(
                f"{self.kind} has {name} that answers wrongly: {error}", look=LOOK
            ) from error


def maker_of(kind: str) -> Callable[..., Strategy]:
    """What a file names; ConfigError where it is not there."""
    named = NAMED.fullmatch(kind)
    assert named is not None, kind
    module, name = named.groups()
    imported = _asked(f"{kind} cannot be imported", lambda: import_module(module))
    found = getattr(imported, name, None)
    if not callable(found):
        where = imported.__file__ or module
        raise ConfigError(f"{kind} cannot be used: {where} has no class {name}", look=LOOK)
    maker: Callable[..., Strategy] = found
    return maker


def parameters_of(kind: str) -> type[StrategyParameters]:
    """What the strategy that a file names is told; ConfigError where it does not say so."""
    try:
        return _declared_by(maker_of(kind), kind)
    except (NameError, AttributeError, SyntaxError, TypeError, ValueError) as error:
        raise ConfigError(f"{kind} cannot be used: {error}", look=LOOK) from error


def _declared_by(maker: Callable[..., Strategy], kind: str) -> type[StrategyParameters]:
    """By annotations, which may not resolve, or may be nothing that can be read."""
    made_of = signature(maker, eval_str=True).parameters
    told = made_of["parameters"].annotation if "parameters" in made_of else None
    if not (isinstance(told, type) and issubclass(told, StrategyParameters)):
        raise ConfigError(
            f"{kind} cannot be used: it takes no `parameters` that are StrategyParameters",
            look=LOOK,
        )
    lacks = [name for name, hint in _hints(told) if not _is_declared(hint)]
    if lacks:
        raise ConfigError(
            f"{kind} cannot be used: {told.__name__}.{lacks[0]} is not declared by measure(), "
            "price() or words()",
            look=LOOK,
        )
    if told.sizes is StrategyParameters.sizes:
        raise ConfigError(f"{kind} cannot be used: {told.__name__} has no sizes()", look=LOOK)
    return told


def _hints(told: type[StrategyParameters]) -> Iterator[tuple[str, object]]:
    hints = get_type_hints(told, include_extras=True)
    return ((name, hints[name]) for name in told.__struct_fields__)


def _is_declared(hint: object) -> bool:
    found = inspect.type_info(hint)
    options = found.types if isinstance(found, inspect.UnionType) else (found,)
    return any(isinstance(one, inspect.Metadata) and one.extra for one in options)


def _asked(words: str, ask: Callable[[], T]) -> T:
    """What somebody's own code answers; ConfigError where it raises, with the place.

    Not with the message, which may be a secret; nor the source line that a traceback would show.
    """
    try:
        return ask()
    except ConfigError:
        raise
    except ImportError as error:
        raise ConfigError(f"{words}: {error}", look=LOOK) from error
    except (Exception, SystemExit) as error:  # noqa: BLE001 - its author may raise anything there
        raise ConfigError(f"{words}: {_place(error)}", look=LOOK) from None


def _place(error: BaseException) -> str:
    """What was raised, and where, in the innermost file that has a name."""
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__} in line {error.lineno} of {error.filename}"
    frames = extract_tb(error.__traceback__)
    named = [frame for frame in frames if not frame.filename.startswith("<")]
    return f"{type(error).__name__} in line {named[-1].lineno} of {named[-1].filename}"
