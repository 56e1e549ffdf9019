"""What a row holds, byte for byte, and what is refused."""

import pytest

from polywire.core.errors import JournalError
from polywire.core.ids import OrderId
from polywire.core.model.account import OrderAccepted
from polywire.core.model.control import Cut
from polywire.core.model.event import Event, Output
from polywire.core.units import Ns
from polywire.journal.record import MARKET, LedgerSnapshot, checksum, decode, encode

ACCOUNT_KINDS = {
    "AccountFeedMoved",
    "AccountReported",
    "AlertRaised",
    "BasketMoved",
    "BreakerMoved",
    "CancelOrder",
    "ConvertShares",
    "Correction",
    "DifferenceFound",
    "FillSettled",
    "ForeignFill",
    "ForeignOrder",
    "DayOpened",
    "ExitMoved",
    "FeedsCounted",
    "MoneyCounted",
    "ChecksumsJudged",
    "GapClosed",
    "GapStarted",
    "InstrumentListed",
    "LookUpOrder",
    "MarketResolved",
    "OperatorCommand",
    "OrderAccepted",
    "OrderCancelled",
    "OrderFilled",
    "OrderRefused",
    "OrderMissing",
    "OrderRejected",
    "OrderSigned",
    "OrderUnknown",
    "PlaceOrder",
    "PositionHandedOver",
    "ProveBook",
    "ReconnectorMoved",
    "ReplaceSocket",
    "Resubscribe",
    "FeedCarries",
    "FeedDown",
    "FeedUp",
    "InstrumentDropped",
    "InstrumentRetired",
    "TickSizeChanged",
    "RunStarted",
    "StoodStill",
    "StrategyHalted",
}
MARKET_KINDS = {
    "BookDelta",
    "BookSnapshot",
    "Cut",
    "FeedBehind",
    "GapOpened",
    "PublicTrade",
}


def test_a_payload_is_a_small_array_that_opens_with_its_kind() -> None:
    assert encode(Cut(Ns(5))) == ("Cut", b"\x92\xa3Cut\x05")
    assert encode(OrderAccepted(Ns(5), OrderId("a-1"))) == (
        "OrderAccepted",
        b"\x93\xadOrderAccepted\x05\xa3a-1",
    )


def test_a_ledger_dump_is_a_row_like_any_other() -> None:
    snapshot = LedgerSnapshot(Ns(5), b"\x00\xff")
    older = b"\x93\xaeLedgerSnapshot\x05\xc4\x02\x00\xff"
    assert encode(snapshot) == ("LedgerSnapshot", b"\x95" + older[1:] + b"\xc0\x90")
    assert decode(*encode(snapshot)) == decode("LedgerSnapshot", older) == snapshot
    assert LedgerSnapshot not in MARKET


def test_every_kind_is_either_market_or_account_history() -> None:
    assert {kind.__name__ for kind in MARKET} == MARKET_KINDS
    assert {kind.__name__ for kind in members()} == MARKET_KINDS | ACCOUNT_KINDS


def members() -> set[type]:
    return set(Event.__args__) | set(Output.__args__)


@pytest.mark.parametrize(
    ("kind", "payload", "message"),
    [
        ("Guess", b"\x92\xa3Cut\x05", "expected a known kind of record, found 'Guess'"),
        ("Cut", b"\x92\xa3Cut", "expected a Cut, found 5 other bytes"),
        ("Cut", b"\x92\xa3Cut\xa15", "expected a Cut"),
        ("Cut", b"\x92\xa6FeedUp\x05", "expected a Cut"),
        ("FeedUp", b"\x92\xa3Cut\x05", "expected a FeedUp"),
        ("Cut", b"", "expected a Cut, found 0 other bytes"),
    ],
)
def test_what_is_no_record_is_refused(kind: str, payload: bytes, message: str) -> None:
    with pytest.raises(JournalError, match=message):
        decode(kind, payload)


def test_a_checksum_ties_a_payload_to_its_number() -> None:
    assert checksum(0, b"123456789") == 0xCBF43926  # the check value of CRC-32
    assert checksum(1, b"x") != checksum(2, b"x")
    assert 0 <= checksum(2**40, b"x") < 2**32
