"""A recording without merging: every entry is compared, and every one of them agrees."""

from pathlib import Path

from tests.integration.paper.conftest import Start

from polywire.exchange.options import ExchangeOptions


async def test_every_recorded_hash_agrees_at_its_last_message_or_late(
    started: Start, recordings: Path
) -> None:
    frames = recordings / "polymarket" / "market_channel_20260727.jsonl.zst"
    run = await started(ExchangeOptions(recording=frames, speed=200.0), merge=False, strategies=0)
    await run.until(lambda: run.paper.status().engine.hash.unverifiable == 534)
    await run.until(lambda: run.paper.status().engine.hash.checked == 1_028)
    hashes = run.paper.status().engine.hash
    assert hashes.agreed + hashes.late == 1_028
    assert (hashes.groups, hashes.groups_late) == (970, 12)
    assert (hashes.wrong, hashes.waiting, hashes.superseded) == (0, 0, 0)
    assert run.tally() == (2, 1)
