"""A venue that hashes otherwise from one moment on: one alert, no loop, and trading goes on."""

import structlog
from tests.integration.accounts import rows
from tests.integration.paper.conftest import Start


async def test_a_venue_that_hashes_otherwise_is_traded_on_audits_after_one_alert(
    started: Start,
) -> None:
    run = await started()
    await run.proven(12)
    with structlog.testing.capture_logs() as lines:
        await run.tell("wrong_hash", seconds=600)
        await run.until(
            lambda: any(line["event"] == "checksums_disbelieved" for line in lines), within_s=30
        )
        await run.until(lambda: run.tally() == (12, 12), within_s=30)
        sent = run.paper.status().engine.orders.sent
        wrong = run.paper.status().engine.hash.wrong
        await run.until(lambda: run.paper.status().engine.orders.sent > sent, within_s=30)
    assert run.paper.status().engine.hash.wrong == wrong, "they are compared no more"
    told = [line for line in lines if line["event"] == "checksums_disbelieved"]
    assert [line["log_level"] for line in told] == ["critical"]
    await run.stop()
    kinds = [kind for _, kind, _ in rows(run.journal)]
    assert kinds.count("ChecksumsJudged") == 1
    assert kinds.count("ReplaceSocket") == 0
