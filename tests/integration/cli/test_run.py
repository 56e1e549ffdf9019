"""`polywire run` as a person starts it: against a local exchange, with a key in the environment."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.integration.exchange.house import House, address_of, running

PRIVATE = "0x" + "6e" * 32
PASSPHRASE = "correct horse battery"

CONFIG = """
[venue]
clob = "{clob}"
market_ws = "{market_ws}"
gamma = "{gamma}"
data = "{data}"
user_ws = "{user_ws}"
[account]
keys = "{keys}"
[journal]
folder = "{journal}"
[limits]
order_size_max = 100
position_max = 300
price_through_max = 0.05
market_exposure_max = 200
group_exposure_max = 200
venue_exposure_max = 800
total_exposure_max = 800
loss_max = 100
orders_per_minute = 600
proof_age_max = 120
[[strategies]]
kind = "touch_quoter"
name = "touch"
budget = 200
size = 10
cap = 40
price_min = 0.05
"""


class Place:
    """A folder with a configuration, and an exchange that knows the account."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.folder = folder
        self.config = folder / "polywire.toml"
        where = {
            name: house.where[name] for name in ("clob", "market_ws", "gamma", "data", "user_ws")
        }
        text = CONFIG.format(**where, keys=folder / "keys", journal=folder / "journal")
        self.config.write_text(text)

    def polywire(self, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """The command to its end."""
        env = os.environ | {"POLYWIRE_PRIVATE_KEY": PRIVATE, "POLYWIRE_KEY_PASSPHRASE": PASSPHRASE}
        return subprocess.run(
            [sys.executable, "-m", "polywire", *words],
            env=env, input=typed, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def written(self) -> str:
        """All that was written to disk, as text."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return "".join(path.read_bytes().decode("latin-1") for path in files)


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
    told = json.loads(summary.read_text())
    assert told["mode"] == "live"
    assert told["guards"] == {"watchdog": "on", "dead-man switch": "on"}
    assert told["orders"]["sent"] > 0
    assert told["orders"]["open"] == 0
    truth = place.house.truth(address_of(PRIVATE))
    assert [order for order in truth["orders"] if order["status"] == "LIVE"] == []
    assert len(truth["orders"]) == told["orders"]["sent"]
    said = ran.stdout + ran.stderr + place.written() + missing.stderr + setup.stdout
    account = json.loads(next((place.folder / "keys").glob("*.account.json")).read_text())
    for secret in (PRIVATE[2:], PASSPHRASE):
        assert secret not in said
    for name in ("secret", "passphrase"):
        assert said.count(account[name]) == 1  # in the account's own file alone
