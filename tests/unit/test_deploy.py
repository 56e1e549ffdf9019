"""The files in deploy/ fit the repository: paths exist, commands are understood, nobody gets in."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from fnmatch import fnmatch
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from tests.pages import DOCS, ROOT

from polywire.cli.main import app
from polywire.cli.unit import STAYS, Service, unit
from polywire.config.load import load
from polywire.runtime import alerter, watchdog

DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "docker" / "Dockerfile").read_text()
TEMPLATE = DEPLOY / "systemd" / "polywire@.service"
COMPOSE = yaml.safe_load((DEPLOY / "docker" / "compose.yml").read_text())
ENGINE = COMPOSE["services"]["engine"]
ENTRYPOINT = DEPLOY / "docker" / "entrypoint.sh"


def steps(name: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return [line.partition(" ")[2] for line in joined.splitlines() if line.startswith(f"{name} ")]


def understood(command: list[str], config: Path) -> str:
    """The name of the function that a command line calls, with a configuration that exists."""
    words = [str(config) if word.endswith(".toml") else word for word in command]
    found, *_ = app.parse_args(words, print_error=False, exit_on_error=False)
    return str(found.__name__)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return Path(shutil.copy(ROOT / "examples" / "paper.toml", tmp_path / "my.toml"))


def test_the_image_is_built_from_files_that_are_there_and_sent_along() -> None:
    sent = (DEPLOY / "docker" / "Dockerfile.dockerignore").read_text().splitlines()
    allowed = [line[1:] for line in sent if line.startswith("!")]
    copied = [
        word
        for step in steps("COPY")
        if not step.startswith("--from")
        for word in step.split()[:-1]
    ]
    assert len(copied) > 8
    for name in copied:
        assert (ROOT / name).exists(), name
        assert any(name == each or fnmatch(name, f"{each}/*") for each in allowed), name


def test_the_image_runs_as_somebody_without_rights_from_the_folder_of_its_volume() -> None:
    assert steps("USER") == ["polywire"]
    assert steps("VOLUME") == ["/data"]
    assert steps("WORKDIR")[-1] == "/data"
    assert "--uid 1000" in next(step for step in steps("RUN") if "useradd" in step)
    (entry,) = steps("ENTRYPOINT")
    assert any(step.endswith(entry.strip('["]')) for step in steps("COPY"))
    assert os.access(ENTRYPOINT, os.X_OK)


def test_what_the_image_and_the_compose_file_start_is_understood(config: Path) -> None:
    (command,) = steps("CMD")
    assert understood(yaml.safe_load(command), config) == "run"
    assert understood(ENGINE["command"], config) == "run"


def test_the_compose_file_names_files_that_are_there() -> None:
    folder = DEPLOY / "docker"
    build = ENGINE["build"]
    assert (folder / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).is_file()
    volumes = [each for one in COMPOSE["services"].values() for each in one["volumes"]]
    own = [each.partition(":")[0] for each in volumes if each.startswith("../")]
    assert len(own) == 3
    assert [name for name in own if not (folder / name).exists()] == []
    named = {each.partition(":")[0] for each in volumes if each[0].isalpha()}
    assert named == set(COMPOSE["volumes"])


def test_nothing_of_the_compose_file_listens_beyond_the_machine() -> None:
    for name, one in COMPOSE["services"].items():
        assert "ports" not in one, name
        assert one["network_mode"] == "host", name
        assert {"max-size", "max-file"} <= one["logging"]["options"].keys(), name
    services = COMPOSE["services"]
    assert "--web.listen-address=127.0.0.1:9090" in services["prometheus"]["command"]
    assert services["grafana"]["environment"]["GF_SERVER_HTTP_ADDR"] == "127.0.0.1"


def test_the_engine_has_no_rights_a_secret_by_file_and_time_to_cancel() -> None:
    assert ENGINE["cap_drop"] == ["ALL"]
    assert ENGINE["read_only"] is True
    assert ENGINE["ulimits"]["core"] == 0
    assert ENGINE["stop_grace_period"] == "60s"
    assert ENGINE["restart"] == "unless-stopped", "a planned reboot ends it with 0"
    named = {name: f"/run/secrets/{name}" for name in ENGINE["secrets"]}
    assert ENGINE["environment"]["POLYWIRE_KEY_PASSPHRASE_FILE"] == named["passphrase"]
    assert all("file" in COMPOSE["secrets"][name] for name in named)


def test_the_engine_in_a_container_finds_where_its_alerts_go(config: Path) -> None:
    environment = {name: text for name, text in ENGINE["environment"].items() if "__" in name}
    found = load(config, environment).alerts.urls
    assert found == "/run/secrets/alert-urls"
    assert "alert-urls" in ENGINE["secrets"]
    assert "alert-urls.txt" in (DOCS / "how-to" / "run-it-for-good.md").read_text()


def test_prometheus_and_grafana_ask_where_the_engine_and_prometheus_answer() -> None:
    scraped = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    (target,) = scraped["scrape_configs"][0]["static_configs"][0]["targets"]
    port = ENGINE["command"][ENGINE["command"].index("--metrics-port") + 1]
    assert target == f"127.0.0.1:{port}"
    provided = DEPLOY / "grafana" / "provisioning"
    source = yaml.safe_load((provided / "datasources" / "polywire.yml").read_text())
    assert source["datasources"][0]["url"] == "http://127.0.0.1:9090"
    boards = yaml.safe_load((provided / "dashboards" / "polywire.yml").read_text())
    path = boards["providers"][0]["options"]["path"]
    mounted = [each.split(":")[1] for each in COMPOSE["services"]["grafana"]["volumes"]]
    assert f"{path}/polywire.json" in mounted


def started(folder: Path, script: str, wait_s: int) -> subprocess.Popen[str]:
    """The entry point with something else in place of polywire."""
    fake = folder / "polywire"
    fake.write_text(f"#!/bin/sh\n{script}")
    fake.chmod(0o755)
    path = f"{folder}:{os.environ['PATH']}"
    return subprocess.Popen(
        [ENTRYPOINT, "run", "--quiet"],
        env=os.environ | {"PATH": path, "POLYWIRE_WAIT_S": str(wait_s)},
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
    )


def test_the_first_process_hands_a_signal_on_and_ends_as_the_engine_does(tmp_path: Path) -> None:
    script = "trap 'exit 7' TERM\necho \"$@\"\nwhile :; do sleep 0.05; done\n"
    process = started(tmp_path, script, 0)
    assert process.stdout is not None
    assert process.stdout.readline() == "run --quiet\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 7
    process.stdout.close()


@pytest.mark.parametrize("module", [watchdog, alerter], ids=lambda module: module.__name__)
def test_the_first_process_stays_until_those_beside_it_are_done(
    module: ModuleType, tmp_path: Path
) -> None:
    dog = f"sh -c 'sleep 0.3; : >done' -m {module.__name__} >/dev/null 2>&1 &\n"
    began = time.monotonic()
    process = started(tmp_path, f"{dog}exit 1\n", 1)
    assert process.wait(10) == 1
    assert (tmp_path / "done").exists()
    assert time.monotonic() - began < 8
    assert process.stdout is not None
    process.stdout.close()


def test_after_wrong_input_nothing_is_started_again_until_it_is_stopped(tmp_path: Path) -> None:
    process = started(tmp_path, "echo once >>starts\nexit 2\n", 0)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.5)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 2
    assert (tmp_path / "starts").read_text() == "once\n"
    assert process.stdout is not None
    process.stdout.close()


def test_the_template_for_a_machine_holds_to_the_same_and_protects_more(config: Path) -> None:
    text = TEMPLATE.read_text()
    assert STAYS in text
    for line in ("ProtectSystem=strict", "ProtectHome=yes", "CapabilityBoundingSet=", "User=pol"):
        assert re.search(f"^{line}", text, re.MULTILINE), line
    assert "LoadCredential=passphrase:" in text
    assert "Environment=POLYWIRE_KEY_PASSPHRASE_FILE=%d/passphrase" in text
    (command,) = re.findall(r"^ExecStart=(.+)$", text, re.MULTILINE)
    assert understood(shlex.split(command)[3:], config) == "run"


def test_a_unit_starts_what_the_command_line_understands(config: Path, tmp_path: Path) -> None:
    for paper, expected in ((False, "run"), (True, "paper")):
        service = made(tmp_path, config, paper=paper)
        assert understood(service.command[3:], config) == expected
        assert ("--yes" in service.command) is not paper


def test_no_restart_follows_wrong_input_and_the_watchdog_outlives_the_engine() -> None:
    settings = dict(line.split("=", 1) for line in STAYS.splitlines() if line[0] != "#")
    assert settings["Restart"] == "on-failure"
    assert 10 <= int(settings["RestartSec"]) <= 60, "exits guard nothing meanwhile"
    assert "StartLimit" not in TEMPLATE.read_text() + STAYS, "and never given up"
    assert settings["RestartPreventExitStatus"].split() == ["2", "130"]
    assert settings["KillMode"] == "process"
    assert settings["LimitCORE"] == "0"


@pytest.mark.parametrize("which", ["user", "template"])
def test_systemd_understands_every_line(which: str, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("needs systemd-analyze, of Debian's package systemd")
    if which == "user":
        odd = tmp_path / "a folder, 100% odd"
        odd.mkdir()
        text, name = unit(made(odd, odd / "my $file.toml", paper=False)), "polywire.service"
    else:
        text = TEMPLATE.read_text().replace("/opt/polywire/.venv/bin/python", "/bin/true")
        name = "polywire@main.service"
    path = tmp_path / name
    path.write_text(text)
    scope = ["--user"] if which == "user" else []
    done = subprocess.run(
        [analyze, "verify", "--man=no", *scope, path],
        env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    told = [line for line in done.stderr.splitlines() if "polywire" in line]
    assert (done.returncode, told) == (0, []), done.stderr


def made(folder: Path, config: Path, *, paper: bool) -> Service:
    return Service(
        python=Path("/bin/true"),
        folder=folder,
        config=config,
        secrets=folder / "service.env",
        paper=paper,
        dashboard=["--dashboard"],
    )
