"""Combinations drawn by Optuna, which tries more of what did well; the same from the same seed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from polywire.core.errors import needs_package
from polywire.core.units import SCALE, Money
from polywire.modes.sweep_choices import Changes, Choice, Range

if TYPE_CHECKING:
    from optuna.trial import Trial


class Trials:
    """Fulfils sweeping.Chooser; with as many workers, a seed gives the same trials again."""

    def __init__(self, choices: Sequence[Choice], trials: int, seed: int) -> None:
        try:
            import optuna  # noqa: PLC0415  # an extra, and slow to load
        except ModuleNotFoundError as error:
            raise needs_package("--trials", "optuna") from error
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        sampler = optuna.samplers.TPESampler(seed=seed)
        self._study = optuna.create_study(direction="maximize", sampler=sampler)
        self._failed = optuna.trial.TrialState.FAIL
        self._choices = [*choices]
        self._left = trials
        self._asked: list[Trial] = []

    def ask(self, most: int, /) -> list[Changes]:
        """See Chooser."""
        now = min(most, self._left)
        self._left -= now
        self._asked = [self._study.ask() for _ in range(now)]
        return [self._changes(trial) for trial in self._asked]

    def tell(self, asked: Sequence[Changes], worse: Sequence[Money | None]) -> None:
        """See Chooser."""
        assert len(asked) == len(self._asked), "told of what was asked last"
        for trial, profit in zip(self._asked, worse, strict=True):
            if profit is None:
                self._study.tell(trial, state=self._failed)
            else:
                self._study.tell(trial, profit / SCALE)

    def _changes(self, trial: "Trial") -> Changes:
        return {one.path: _drawn(trial, one) for one in self._choices}


def _drawn(trial: "Trial", one: Choice) -> str:
    if isinstance(one, Range):
        return one.text(trial.suggest_int(one.path, one.first, one.last))
    return str(trial.suggest_categorical(one.path, one.texts))
