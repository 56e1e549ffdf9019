"""What can be run and will disappoint: said by `config check`, and once by whatever runs a file."""

import sys
from pathlib import Path

from polywire.config.compose import settings_from
from polywire.config.file import File
from polywire.config.obstacles import obstacles
from polywire.core.units import Ns


def doubts(file: File, *, real: bool) -> list[str]:
    """A sentence for each; `real`: what paper begins with is no bound of the account's."""
    cash = file.limits.total_exposure_max if real else file.paper.cash
    found = obstacles(settings_from(file, live=real), cash, (), Ns(0))
    return [f"{one.seen}. {one.remedy}" for one in found]


def warn(path: Path, file: File, *, real: bool = False) -> None:
    """Say them on standard error, before anything runs."""
    for doubt in doubts(file, real=real):
        sys.stderr.write(f"{path}: warning: {doubt}\n")
