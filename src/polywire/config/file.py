"""The configuration file, table by table: every key with its type, bounds, default and meaning.

Numbers are kept as the engine counts; people write dollars, shares and seconds (config.setting).
A key without a default has to be written: what guards money is never assumed.
"""

from typing import Annotated, Literal

from polywire.config.account_table import AccountTable
from polywire.config.alerts_table import AlertsTable
from polywire.config.backtest_table import BacktestTable
from polywire.config.risk_tables import BreakerTable, LimitsTable
from polywire.config.table import Table, socket, web
from polywire.core.ids import StrategyId
from polywire.core.parameters import (
    COUNT,
    DAYS,
    DOLLARS,
    GIBIBYTES,
    HOURS,
    MILLISECONDS,
    MOST,
    NUMBER,
    SECONDS,
    measure,
    price,
    words,
)
from polywire.core.units import (
    MILLISECOND,
    MINUTE,
    SCALE,
    SECOND,
    Money,
    Ns,
    Price,
)
from polywire.journal.capture import Capture
from polywire.journal.log import Sync
from polywire.runtime.endpoints import POLYMARKET
from polywire.strategies.kinds import Parameters


class VenueTable(Table, frozen=True, kw_only=True):
    """Where the venue is; `polywire exchange` prints the addresses of a local one."""

    clob: Annotated[str, web("books and prices over REST")] = POLYMARKET.clob
    market_ws: Annotated[str, socket("the market channel, whole address")] = POLYMARKET.market_ws
    gamma: Annotated[str, web("the catalogue")] = POLYMARKET.gamma
    data: Annotated[str, web("positions and trades of accounts")] = POLYMARKET.data
    user_ws: Annotated[str, socket("the user channel, whole address")] = POLYMARKET.user_ws
    geoblock: Annotated[str, web("says whether the venue lets you trade from here")] = (
        POLYMARKET.geoblock
    )


class WatchTable(Table, frozen=True, kw_only=True):
    """Which markets: those that pass every filter, largest volume first."""

    keywords: Annotated[
        tuple[str, ...],
        words("words of which one must occur in the question", example=["bitcoin", "btc"]),
    ] = ()
    tags: Annotated[
        tuple[str, ...], words("tags of which the market must carry one", example=["crypto"])
    ] = ()
    volume_min: (
        Annotated[Money, measure("least volume", DOLLARS, "0", MOST, example="10000")] | None
    ) = None
    liquidity_min: (
        Annotated[Money, measure("least liquidity", DOLLARS, "0", MOST, example="1000")] | None
    ) = None
    spread_max: Annotated[Price, price("widest spread", "0.0001", example="0.03")] | None = None
    hours_to_end_min: (
        Annotated[int, measure("least time until the end", HOURS, "0", "100000", example="1")]
        | None
    ) = None
    hours_to_end_max: (
        Annotated[int, measure("most time until the end", HOURS, "0", "100000", example="72")]
        | None
    ) = None
    markets_max: Annotated[int, measure("at most so many markets", COUNT, "1", "10000")] = 25
    every: Annotated[
        int, measure("how often the catalogue is read again", SECONDS, "1", "86400")
    ] = 5 * MINUTE
    pages_max: Annotated[
        int, measure("catalogue pages of 100 markets to read at most", COUNT, "1", "1000")
    ] = 10


class FeedTable(Table, frozen=True, kw_only=True):
    """How books are kept up to date."""

    kind: Annotated[
        Literal["stream", "poll"],
        words("`stream`: the market channel; `poll`: books over REST, as polling bots do"),
    ] = "stream"
    poll_every: Annotated[
        int, measure("how often each book is polled, where it is", SECONDS, "1", "300")
    ] = 10 * SECOND
    batched: Annotated[
        bool, words("with `poll`: many books in one request, or one request a book")
    ] = True
    redundancy: Annotated[
        int, measure("with `stream`: connections that carry each market", COUNT, "1", "2")
    ] = 1
    fallback: Annotated[
        bool, words("with `stream`: poll the markets of connections that failed three times")
    ] = True
    audit_every: Annotated[
        int, measure("with `stream`: age at which a book's proof is renewed", SECONDS, "1", "3600")
    ] = 45 * SECOND
    audit_twin_every: Annotated[
        int, measure("the same where two sockets tell the book", SECONDS, "1", "3600")
    ] = 60 * SECOND


class ExitsTable(Table, frozen=True, kw_only=True):
    """How held positions are sold; triggers compare executable prices, never a mid."""

    style: Annotated[
        Literal["none", "watch", "resting"],
        words(
            "`watch` sells when a trigger is seen; `resting` keeps the take-profit order on the "
            "book; `none` leaves selling to the strategy",
            example="watch",
        ),
    ] = "none"
    take_profit: (
        Annotated[Price, price("sell this far above the average cost", "0.0001", example="0.05")]
        | None
    ) = None
    ladder: (
        Annotated[
            tuple[str, ...],
            words(
                "take profit in steps, lowest first: how far above the average cost, and which "
                "part of the position is sold there",
                form='a list of steps such as "0.05:50%"',
                example=["0.05:50%", "0.1:50%"],
            ),
        ]
        | None
    ) = None
    stop_loss: (
        Annotated[Price, price("sell this far below the average cost", "0.0001", example="0.05")]
        | None
    ) = None
    trailing: (
        Annotated[
            Price,
            price("sell this far below the best price since the buy", "0.0001", example="0.05"),
        ]
        | None
    ) = None
    trailing_odds: (
        Annotated[
            int,
            measure(
                "the same as a distance in log-odds, which narrows towards 0 and 1",
                NUMBER,
                "0.01",
                "10",
                example="0.5",
            ),
        ]
        | None
    ) = None
    before_end: (
        Annotated[
            int,
            measure(
                "sell this long before the market's end", SECONDS, "1", "2592000", example="600"
            ),
        ]
        | None
    ) = None
    confirm: Annotated[
        int, measure("how long a trigger must hold before it counts", SECONDS, "0", "3600")
    ] = 400 * MILLISECOND
    slack: (
        Annotated[
            Price,
            price(
                "how far below the trigger a sale may go, once more each attempt", example="0.03"
            ),
        ]
        | None
    ) = None
    floor: Annotated[Price, price("no sale under this price", example="0.01")] | None = None
    attempts: Annotated[int, measure("sales tried at most", COUNT, "1", "100")] = 5
    rest: Annotated[
        int, measure("no new buy on the market for so long after an exit", SECONDS, "0", "86400")
    ] = MINUTE


class StrategyTable(Table, frozen=True, kw_only=True):
    """What every strategy has; `exits` changes single keys of `[exits]` for this one.

    The keys of its own kind stand beside these in the file, and in `parameters` here.
    """

    parameters: Parameters

    name: Annotated[
        StrategyId,
        words(
            "unique; orders and positions carry it",
            pattern=r"^(?!(manual|venue)\Z)[A-Za-z0-9_-]{1,32}\Z",
            form="1 to 32 letters, digits, - or _, and neither manual nor venue",
            example="hold-1",
        ),
    ]
    budget: Annotated[
        Money, measure("most it may have at stake", DOLLARS, "0.01", MOST, example="100")
    ]
    loss_max: (
        Annotated[
            Money,
            measure(
                "most it may lose in a UTC day; then only its sales",
                DOLLARS,
                "0.01",
                MOST,
                example="15",
            ),
        ]
        | None
    ) = None
    patience: Annotated[
        int, measure("how long quotes may rest on a book in doubt", SECONDS, "0", "3600")
    ] = 2 * SECOND
    dwell: Annotated[
        int, measure("how long a quote rests before it may be re-priced", SECONDS, "0", "3600")
    ] = 500 * MILLISECOND
    audit_every: (
        Annotated[
            int,
            measure(
                "age at which proofs of what it follows are renewed, if sooner",
                SECONDS,
                "1",
                "3600",
                example="45",
            ),
        ]
        | None
    ) = None
    exits: ExitsTable = ExitsTable()


class PaperTable(Table, frozen=True, kw_only=True):
    """The simulated venue that fills orders."""

    cash: Annotated[Money, measure("play money of a fresh account", DOLLARS, "0", MOST)] = Money(
        1_000 * SCALE
    )
    order_latency: Annotated[Ns, measure("from our order to the venue", SECONDS, "0", "60")] = Ns(
        20 * MILLISECOND
    )
    reply_latency: Annotated[Ns, measure("from the venue's word to us", SECONDS, "0", "60")] = Ns(
        20 * MILLISECOND
    )
    seed: Annotated[
        int,
        measure(
            "seed of the jitter of reconnections, and of a backtest's drawn latencies",
            COUNT,
            "0",
            MOST,
        ),
    ] = 1


class JournalTable(Table, frozen=True, kw_only=True):
    """What is kept of a run, to continue and to replay it."""

    folder: Annotated[
        str,
        words(
            "below the current folder unless it starts with /; one run at a time",
            pattern=r"^[^\0]*[^\0\s][^\0]*\Z",
            form="the name of a folder",
        ),
    ] = "polywire-journal"
    capture: Annotated[
        Capture, words("how much of the market is kept; only `full` can be replayed")
    ] = Capture.FULL
    sync: Annotated[Sync, words("`normal` survives a crash of the program, `full` a power cut")] = (
        Sync.NORMAL
    )
    size_max: (
        Annotated[int, measure("old days go above this size", GIBIBYTES, "1", "100000")] | None
    ) = 50 << 30
    age_max: (
        Annotated[int, measure("days older than this go", DAYS, "1", "36500", example="30")] | None
    ) = None


class ObserveTable(Table, frozen=True, kw_only=True):
    """What is reported."""

    latency_target_ms: Annotated[
        int, measure("decisions that take longer are counted", MILLISECONDS, "1", "60000")
    ] = 100 * MILLISECOND


class MetricsTable(Table, frozen=True, kw_only=True):
    """What Prometheus may read, on 127.0.0.1."""

    port: (
        Annotated[
            int, measure("serve http://127.0.0.1:PORT/metrics", COUNT, "1", "65535", example="9464")
        ]
        | None
    ) = None


class File(Table, frozen=True, kw_only=True):
    """The whole file; `limits` and at least one strategy have to be there."""

    venue: VenueTable = VenueTable()
    watch: WatchTable = WatchTable()
    feed: FeedTable = FeedTable()
    exits: ExitsTable = ExitsTable()
    strategies: tuple[StrategyTable, ...]
    limits: LimitsTable
    breaker: BreakerTable = BreakerTable()
    account: AccountTable = AccountTable()
    paper: PaperTable = PaperTable()
    backtest: BacktestTable = BacktestTable()
    journal: JournalTable = JournalTable()
    observe: ObserveTable = ObserveTable()
    metrics: MetricsTable = MetricsTable()
    alerts: AlertsTable = AlertsTable()


TABLES: dict[str, type[Table]] = {
    "venue": VenueTable,
    "watch": WatchTable,
    "feed": FeedTable,
    "exits": ExitsTable,
    "limits": LimitsTable,
    "breaker": BreakerTable,
    "account": AccountTable,
    "paper": PaperTable,
    "backtest": BacktestTable,
    "journal": JournalTable,
    "observe": ObserveTable,
    "metrics": MetricsTable,
    "alerts": AlertsTable,
}
"""The tables that occur once, in the order in which they are shown."""
