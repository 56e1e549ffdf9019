"""A folder from which `polywire run` trades at a local exchange: configuration, keys, account."""

import os
import subprocess
import sys
from pathlib import Path

from tests.integration.exchange.house import House

from polywire.modes.account import AccountSetup
from polywire.net.clock import Clock
from polywire.net.http import Http
from polywire.runtime.keystore import Account, write_account
from polywire.runtime.signer import Key
from polywire.venues.polymarket.contracts import POLYGON
from polywire.venues.polymarket.orders import SignatureType, Wallet
from polywire.venues.secret import Secret

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
        env = os.environ | {
            "POLYWIRE_PRIVATE_KEY": PRIVATE,
            "POLYWIRE_KEY_PASSPHRASE": PASSPHRASE,
            "XDG_STATE_HOME": str(self.folder / "state"),
        }
        return subprocess.run(
            [sys.executable, "-m", "polywire", *words],
            env=env, input=typed, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def written(self) -> str:
        """All that was written to disk, as text."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return "".join(path.read_bytes().decode("latin-1") for path in files)


async def set_up(clob: str, folder: Path) -> None:
    """What `polywire account setup` leaves behind, a second sooner."""
    key, http, now = Key(Secret(PRIVATE)), Http(), Clock().now()
    credentials = await AccountSetup(http, clob, key).make_credentials(now)
    await http.close()
    wallet = Wallet(SignatureType.EOA, key.address, key.address)
    write_account(folder, Account(clob, POLYGON, wallet, credentials))
