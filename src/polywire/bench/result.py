"""What a benchmark found: figures beside their targets, and on which machine."""

import platform
import resource
import sys
from pathlib import Path
from typing import Literal

from msgspec import Struct

Bound = Literal["at least", "at most"]


class Target(Struct, frozen=True):
    """What a figure must reach."""

    bound: Bound
    value: float

    def met(self, value: float) -> bool:
        """Whether a value reaches it."""
        return value >= self.value if self.bound == "at least" else value <= self.value


class Figure(Struct, frozen=True, kw_only=True):
    """One measured number; a `yardstick` is what others are compared with, not ours."""

    name: str
    value: float
    unit: str
    yardstick: bool = False
    target: Target | None = None
    met: bool | None = None


class Result(Struct, frozen=True, kw_only=True):
    """One benchmark's run; `notes` say how to read it and what it checked."""

    benchmark: str
    what: str
    figures: list[Figure]
    notes: list[str]
    machine: str
    python: str
    met: bool

    def value(self, name: str) -> float:
        """The value of the figure of this name."""
        return next(figure.value for figure in self.figures if figure.name == name)


def figure(name: str, value: float, unit: str, target: Target | None = None) -> Figure:
    """A number of ours, held against its target if it has one."""
    met = target.met(value) if target is not None else None
    return Figure(name=name, value=value, unit=unit, target=target, met=met)


def yardstick(name: str, value: float, unit: str) -> Figure:
    """A number to compare with."""
    return Figure(name=name, value=value, unit=unit, yardstick=True)


def result(benchmark: str, what: str, figures: list[Figure], notes: list[str]) -> Result:
    """A result of this machine; met unless a figure missed its target."""
    return Result(
        benchmark=benchmark,
        what=what,
        figures=figures,
        notes=notes,
        machine=machine(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        met=all(figure.met is not False for figure in figures),
    )


def machine() -> str:
    """Processor, cores and system in one line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cores = f"{len(names)} cores" if names else "unknown cores"
    return f"{names[0] if names else model}, {cores}, {platform.system()} {platform.release()}"


def memory_mb_max() -> float:
    """The most memory this process has held so far, in MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
