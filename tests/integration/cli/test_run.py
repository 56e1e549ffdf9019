"""`polywire run` as a person starts it: against a local exchange, with a key in the environment."""

import asyncio
import json
import shutil
import signal
from pathlib import Path

import pytest
from tests.integration.accounts import rows
from tests.integration.cli.conftest import Begin
from tests.integration.cli.placing import PASSPHRASE, PRIVATE, Place, set_up
from tests.integration.exchange.house import address_of, running


@pytest.fixture
def place(tmp_path: Path):
    """An exchange with a lively market, and a funded account."""
    with running("--frames-a-second", "60") as house:
        house.tell(command="start")
        house.fund(address_of(PRIVATE), 500)
        yield Place(house, tmp_path)


def test_a_run_trades_stops_clean_and_keeps_its_secrets(place: Place) -> None:
    missing = place.polywire("run", "--config", str(place.config), "--yes")
    assert missing.returncode == 2
    assert "polywire account setup" in missing.stderr
    setup = place.polywire(
        "account", "setup", "--config", str(place.config), "--yes",
        "--dir", str(place.folder / "keys"), "--wallet", address_of(PRIVATE),
    )  # fmt: skip
    assert setup.returncode == 0, setup.stderr + setup.stdout
    unasked = place.polywire("run", "--config", str(place.config))
    assert unasked.returncode == 2
    assert "--yes" in unasked.stderr
    summary = place.folder / "summary.json"
    ran = place.polywire(
        "run", "--config", str(place.config), "--yes", "--plain", "--seconds", "4",
        "--json", str(summary),
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "to be traded for real" in ran.stderr
    assert "from the environment" in ran.stderr
    told = json.loads(summary.read_text())
    assert told["mode"] == "live"
    assert told["guards"] == {"watchdog": "on", "dead-man switch": "on"}
    assert told["orders"]["sent"] > 0
    assert told["orders"]["open"] == 0
    truth = place.house.truth(address_of(PRIVATE))
    assert [order for order in truth["orders"] if order["status"] == "LIVE"] == []
    refused = [
        row[3]
        for _, kind, row in rows(place.folder / "journal")
        if kind == "OrderRejected" and not row[3].startswith("not sent")
    ]
    assert len(truth["orders"]) == told["account"]["orders_sent"] - len(refused), refused
    said = ran.stdout + ran.stderr + place.written() + missing.stderr + setup.stdout
    account = json.loads(next((place.folder / "keys").glob("*.account.json")).read_text())
    for secret in (PRIVATE[2:], PASSPHRASE):
        assert secret not in said
    for name in ("secret", "passphrase"):
        assert said.count(account[name]) == 1  # in the account's own file alone


def test_a_second_engine_on_the_account_is_refused_wherever_its_keys_lie(
    place: Place, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYWIRE_PRIVATE_KEY", PRIVATE)
    asyncio.run(set_up(place.house.clob, place.folder / "keys"))
    first = begin("run", "--config", place.config, "--yes", "--plain")
    first.says("frames/s")
    shutil.copytree(place.folder / "keys", place.folder / "others")
    config = place.config.read_text()
    for folder in ("keys", "journal"):
        config = config.replace(f'{place.folder / folder}"', f'{place.folder / "others"}"')
    (place.folder / "second.toml").write_text(config)
    second = place.polywire("run", "--config", str(place.folder / "second.toml"), "--yes")
    assert second.returncode == 2
    assert f"the account of {address_of(PRIVATE)} is in use by process" in second.stderr
    assert str(first.process.pid) in second.stderr
    first.tell(signal.SIGINT)
    assert first.ends(20.0) == 0
