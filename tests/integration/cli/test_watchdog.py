"""A real run killed with orders resting: its own go within seconds, those of others stay."""

import re
import signal
from pathlib import Path
from typing import Any

import pytest
from py_clob_client_v2 import ClobClient
from tests.integration.cli.conftest import Begin
from tests.integration.cli.placing import PASSPHRASE, PRIVATE, Place
from tests.integration.exchange.house import CHAIN, address_of, limit, running
from tests.integration.real_account import fold

WALLET = address_of(PRIVATE)


def test_after_a_kill_none_of_ours_rests_and_a_foreign_order_does(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYWIRE_PRIVATE_KEY", PRIVATE)
    monkeypatch.setenv("POLYWIRE_KEY_PASSPHRASE", PASSPHRASE)
    with running("--markets", "4", "--frames-a-second", "60") as house:
        place, journal = Place(house, tmp_path), tmp_path / "journal"
        house.fund(WALLET, 500)
        keys = ("--dir", tmp_path / "keys", "--wallet", WALLET)
        assert begin("account", "setup", "--config", place.config, "--yes", *keys).ends(20.0) == 0
        client = ClobClient(host=house.clob, chain_id=CHAIN, key=PRIVATE)
        client.set_api_creds(client.create_or_derive_api_key())
        _, yes, _ = house.market()
        by_hand = client.create_and_post_order(limit(yes, "BUY", 0.02, 50))["orderID"]
        house.tell(command="start")
        live = ("run", "--config", place.config, "--yes", "--plain")
        refused = begin(*live)
        assert refused.ends(20.0) == 2
        assert by_hand in refused.complained
        assert "shared_credentials = true" in refused.complained

        shared = place.config.read_text().replace("[account]", "[account]\nshared_credentials=true")
        place.config.write_text(shared)
        run = begin(*live)
        run.until(lambda: len(resting(house.truth(WALLET))) > 2)
        ours = set(resting(house.truth(WALLET))) - {by_hand}
        run.tell(signal.SIGKILL)
        assert run.ends(5.0) == -signal.SIGKILL
        assert resting(house.truth(WALLET)) == [by_hand]
        asked = begin("orders", "--journal", journal)
        assert asked.ends(20.0) == 0, asked.complained
        (told,) = re.findall(
            r"(\d+) open when it was killed; the watchdog cancelled (\d+)", asked.said
        )
        assert 1 <= int(told[1]) <= int(told[0])
        again = begin(*live, "--seconds", 1)
        assert again.ends(20.0) == 0, again.complained
        assert "the engine ended without a clean stop" in again.complained
        summed_up = " ".join(again.said.replace("│", " ").split())
        assert "before this run the engine ended without a clean stop" in summed_up
        assert "dead-man switch off: the credentials are shared" in again.complained
        assert not [*journal.glob("watchdog-*")], "it was told, once"
        assert resting(house.truth(WALLET)) == [by_hand]
        assert ours <= set(fold(journal).signed)


def resting(truth: dict[str, Any]) -> list[str]:
    """The ids of what rests, by the exchange's own word."""
    return [order["id"] for order in truth["orders"] if order["status"] == "LIVE"]
