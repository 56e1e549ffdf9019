"""Shell completion where only what a run needs is installed, no developers' packages."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
WITHOUT = """
import re, sys
from importlib.metadata import packages_distributions

names = re.findall(r"^([a-z][\\w.-]*)==", open("requirements.lock").read(), re.M)
locked = {"polywire", *(re.sub("[-_.]+", "-", name).lower() for name in names)}
brought = packages_distributions()


class Missing:
    def find_spec(self, name, path=None, target=None):
        owners = [re.sub("[-_.]+", "-", one).lower() for one in brought.get(name, ())]
        if owners and not locked.intersection(owners):
            raise ModuleNotFoundError(f"No module named {name!r}, which no run needs", name=name)


sys.meta_path.insert(0, Missing())
sys.argv = ["polywire", "--install-completion", "--output", sys.argv[1]]
from polywire.cli.main import main
main()
"""


def test_completion_is_made_from_what_a_run_needs_alone(tmp_path: Path) -> None:
    made = tmp_path / "completion"
    env = {"SHELL": "/bin/bash", "HOME": str(tmp_path)}
    told = subprocess.run(
        [sys.executable, "-c", WITHOUT, made],
        check=False,
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
    words = made.read_text()
    for command in ("run", "flatten", "strategies", "export", "bench", "decode"):
        assert command in words
