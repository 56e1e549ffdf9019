"""Whole worlds by seed: synthetic market, faults, real session and engine, checkers on the wire.

Everything of one seed is drawn from it, so a failing seed can be run again and fails again.
"""

import hashlib
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

import msgspec

from polywire.core.engine.accountant import Reconciling
from polywire.core.engine.engine import Engine, EngineParameters
from polywire.core.execution.exits import ExitPlan, ExitStyle, Rung
from polywire.core.ids import GroupId, InstrumentId, MarketId, StrategyId, VenueId
from polywire.core.model.control import Operation
from polywire.core.model.event import Output
from polywire.core.model.instrument import FeeSchedule, Market, Outcome
from polywire.core.risk.limits import Limits
from polywire.core.units import MILLISECOND, SECOND, Money, Ns, Price, Quantity, parse_micros
from polywire.exchange import frames
from polywire.exchange.listing import Listing
from polywire.exchange.synthetic import Recipe, SyntheticFlow
from polywire.modes.cast import GRASPING, LATE, cast, regulars, roster, with_turnover
from polywire.modes.workers import mortal
from polywire.runtime.inbox import CALM_MAX, Inbox
from polywire.sim.checkers import Allowed, Promises
from polywire.sim.evidence import Evidence
from polywire.sim.exit_promises import ExitPromises, Leaving
from polywire.sim.faults import Fault, Weather
from polywire.sim.latency import ConstantLatency, DrawnLatency
from polywire.sim.line import WireFrame
from polywire.sim.world import Scene, World
from polywire.venues.polymarket.checksum import BookChecksum

START = 1_785_000_000 * SECOND
CASH = Money(300_000_000)
LIMITS = Limits(
    order_size_max=Quantity(50_000_000),
    position_max=Quantity(60_000_000),
    price_through_max=Price(1_000_000),
    market_exposure_max=Money(60_000_000),
    group_exposure_max=Money(60_000_000),
    venue_exposure_max=Money(200_000_000),
    total_exposure_max=Money(200_000_000),
    loss_max=Money(100_000_000),
    orders_per_minute=200,
    proof_age_ns_max=15 * SECOND,
)
AUDIT_NS = 5 * SECOND
GONE_NS = 5 * SECOND
"""How long the venue has to deny an order here; a late one may come later than that."""
CALM_NS = 20 * SECOND
"""Faults end this long before the venue falls still; every book must have healed by then."""
STILL_NS = 10 * SECOND

RATES: dict[Fault, float] = {
    Fault.LOSS: 0.01,
    Fault.REPEAT: 0.02,
    Fault.REORDER: 0.02,
    Fault.DELAY: 0.002,
    Fault.GAP: 0.001,
    Fault.DISCONNECT: 0.001,
    Fault.LATE_TRADE: 0.3,
    Fault.FREEZE: 0.001,
    Fault.TRUNCATE: 0.003,
    Fault.NO_FIRST_BOOK: 0.2,
    Fault.NO_PROOF: 0.2,
    Fault.LATE_WORD: 0.2,
    Fault.REPEATED_WORD: 0.2,
    Fault.LOST_WORD: 0.05,
    Fault.LOST_ORDER: 0.05,
    Fault.LATE_ORDER: 0.03,
    Fault.LOST_CANCEL: 0.05,
    Fault.LOST_ANSWER: 0.2,
    Fault.LATE_ANSWER: 0.3,
    Fault.LOST_NEWS: 0.03,
    Fault.UNDONE: 0.1,
}
"""Usual rates an occasion; a seed takes a third, the whole or the triple of some of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationOptions:
    """What each seed runs: `seconds` with faults (a calm end comes on top), so many markets."""

    seconds: int = 40
    markets: int = 6
    frames_a_second: float = 40.0
    workers: int = 2


@dataclass(frozen=True, slots=True)
class SeedReport:
    """One seed's world: `broken` is empty when every promise was kept."""

    seed: int
    digest: str
    seconds: float
    frames: int
    orders: int
    fills: int
    lives: int
    faults: dict[str, int]
    broken: tuple[str, ...]

    @property
    def replay(self) -> str:
        """The command that runs this seed again."""
        return f"polywire simulate --seeds {self.seed}..{self.seed}"


@dataclass(slots=True)
class SimulationReport:
    """All seeds, in order."""

    seeds: list[SeedReport] = field(default_factory=list)

    @property
    def failures(self) -> list[SeedReport]:
        """Seeds in which a promise was broken."""
        return [report for report in self.seeds if report.broken]


def simulate(
    seeds: Sequence[int],
    options: SimulationOptions,
    progress: Callable[[SeedReport], None] | None = None,
) -> SimulationReport:
    """Run every seed; `progress` hears of each as it is done, in order."""
    report = SimulationReport()
    for done in _reports(seeds, options):
        report.seeds.append(done)
        if progress is not None:
            progress(done)
    return report


def simulate_seed(seed: int, options: SimulationOptions) -> SeedReport:
    """Run one seed's world to its end, or to the first broken promise."""
    scene = with_turnover(draw_scene(seed, options), seed)
    world = World(scene)
    world.run()
    return SeedReport(
        seed,
        digest(world.outputs),
        (world.now - scene.start) / SECOND,
        world.frames,
        len(scene.promises.orders),
        scene.promises.fills,
        world.lives,
        {fault.value: count for fault, count in sorted(scene.weather.counts.items())},
        tuple(scene.promises.broken),
    )


def digest(outputs: Iterable[Output]) -> str:
    """One number for everything the engine asked for and told."""
    whole = hashlib.sha256()
    for output in outputs:
        whole.update(msgspec.msgpack.encode(output))
    return whole.hexdigest()


def draw_scene(seed: int, options: SimulationOptions) -> Scene:
    """Everything a seed decides but which of the cast comes and goes."""
    chance = random.Random(seed)
    start = Ns(START + chance.randrange(240) * SECOND)
    calm = Ns(start + options.seconds * SECOND)
    quiet = Ns(calm + CALM_NS)
    truth = SyntheticVenue(seed, start, options)
    rates = {fault: rate * chance.choice((0, 0, 1 / 3, 1, 3)) for fault, rate in RATES.items()}
    usual = ConstantLatency(Ns(chance.choice((1, 30, 200)) * MILLISECOND), Ns(20 * MILLISECOND))
    sells = seed % 3 != 0
    span = options.seconds * SECOND
    crashes = [start + chance.randrange(span) for _ in range(chance.choice((0, 0, 1, 2)))]
    halt = start + chance.randrange(span)
    halts = (Ns(halt), Operation.HALT, ""), (Ns(halt + 5 * SECOND), Operation.RESUME, "")
    first = regulars(start, chance)
    drawn = [(one.name, _plan(chance)) for one, _ in first if one.name != LATE]
    own = random.Random(seed)
    plans = {name: _grown(plan, own) for name, plan in drawn if plan is not None}
    strategies = cast(first, seed)
    promises = _promises(plans, sells=sells)
    return Scene(
        markets=tuple(truth.listed),
        truth=truth,
        life=lambda: (
            Engine(
                replace(PARAMETERS, sell_pending=sells),
                roster(strategies, plans, promises.left),
                BookChecksum,
            ),
            Inbox(calm_max=seed % 2 * CALM_MAX),
        ),
        weather=Weather(chance, rates, calm),
        latency=DrawnLatency(chance, usual, slow_every=20),
        promises=promises,
        chance=chance,
        cash=CASH,
        start=start,
        calm=calm,
        quiet=quiet,
        end=Ns(quiet + STILL_NS),
        cut_share=chance.choice((0.05, 0.3, 1.0)),
        sockets=chance.choice((1, 2)),
        redundancy=chance.choice((1, 1, 2)),
        settle_ns=Ns(chance.choice((0, 2)) * SECOND),
        crashes=tuple(Ns(at) for at in sorted(crashes)),
        asked=halts if seed % 4 == 0 else (),
    )


def _promises(plans: Mapping[StrategyId, ExitPlan], *, sells: bool) -> Promises:
    """What is watched; `sells`: whether shares may be sold that are not final."""
    allowed = Allowed(
        LIMITS.position_max, LIMITS.order_size_max, LIMITS.orders_per_minute, CASH, GONE_NS, sells,
        GRASPING,
    )  # fmt: skip
    exits = ExitPromises({name: _leaving(plan) for name, plan in plans.items()})
    promises = Promises(allowed, Evidence(LIMITS.proof_age_ns_max), exits)
    promises.left[LATE] = Operation.RETIRE  # not there before it is added
    return promises


PARAMETERS = EngineParameters(
    limits=LIMITS,
    audit_ns=AUDIT_NS,
    sell_pending=True,
    audit_twin_ns=AUDIT_NS,
    gone_ns=GONE_NS,
    reconciling=Reconciling(tolerance=0, adopt=False, exits=None),
)


def _plan(chance: random.Random) -> ExitPlan | None:
    """An exit plan for two seats in three, tight enough to be of use within a minute."""
    if not chance.randrange(3):
        return None
    cents = (None, 5_000, 10_000, 20_000, 40_000)
    return ExitPlan(
        style=chance.choice((ExitStyle.WATCH, ExitStyle.RESTING)),
        target=_price(chance.choice(cents)),
        stop=_price(chance.choice(cents)),
        trail=_price(chance.choice(cents)),
        before_end_ns=chance.choice((None, 20 * SECOND)),
        confirm_ns=chance.choice((0, 300, 1_000)) * MILLISECOND,
        slack=Price(chance.choice((0, 10_000, 30_000))),
        floor=Price(chance.choice((1_000, 50_000, 400_000))),
        attempts_max=chance.choice((1, 3)),
        rest_ns=chance.choice((0, 1, 10)) * SECOND,
    )


LADDERS = (((1, 50), (2, 50)), ((1, 30), (2, 30), (4, 40)), ((1, 40), (3, 30)))
"""Steps at multiples of a target, and their parts in per cent."""


def _grown(plan: ExitPlan, chance: random.Random) -> ExitPlan:
    """Half of all targets in steps, half of all trailing stops in log-odds."""
    if plan.target is not None and chance.randrange(2):
        target, steps = plan.target, chance.choice(LADDERS)
        ladder = tuple(Rung(Price(target * times), percent) for times, percent in steps)
        plan = msgspec.structs.replace(plan, target=None, ladder=ladder)
    if plan.trail is not None and chance.randrange(2):
        odds = chance.choice((50_000, 200_000, 500_000))
        plan = msgspec.structs.replace(plan, trail=None, trail_odds=odds)
    return plan


def _price(micros: int | None) -> Price | None:
    return None if micros is None else Price(micros)


def _leaving(plan: ExitPlan) -> Leaving:
    """The plan as its checker knows it."""
    rests = plan.style is ExitStyle.RESTING
    first = next((rung.above for rung in plan.rungs), None)
    return Leaving(
        first if rests else None,
        plan.stop,
        plan.floor,
        None if rests else first,
        plan.trail,
        plan.before_end_ns,
        tuple((rung.above, rung.percent) for rung in plan.ladder),
        plan.trail_odds,
    )


def _reports(seeds: Sequence[int], options: SimulationOptions) -> Iterator[SeedReport]:
    run = partial(simulate_seed, options=options)
    if options.workers < 2 or len(seeds) < 2:
        yield from map(run, seeds)
        return
    with ProcessPoolExecutor(options.workers, initializer=mortal) as pool:
        yield from pool.map(run, seeds)


class SyntheticVenue:
    """The local exchange's synthetic market, as the world needs it."""

    def __init__(self, seed: int, start: Ns, options: SimulationOptions) -> None:
        recipe = Recipe(seed, start, options.markets, options.frames_a_second)
        self._flow = SyntheticFlow(recipe)
        for _ in self._flow.step(start):
            pass
        self.listed = [MarketId(market) for market in self._flow.books]

    def next_ns(self) -> int | None:
        """See Truth."""
        return self._flow.next_ns()

    def step(self, until_ns: int, /) -> Iterator[Sequence[WireFrame]]:
        """See Truth."""
        return self._flow.step(until_ns)

    def first_book(self, asset: str) -> str | None:
        """See Truth."""
        listing, index = self._flow.catalogue.by_token[asset]
        book = self._flow.books.get(listing.condition_id)
        return None if book is None else frames.book(book, index).text

    def rest(self, asset: str) -> str | None:
        """See Truth."""
        listing, index = self._flow.catalogue.by_token[asset]
        book = self._flow.books.get(listing.condition_id)
        return None if book is None else book.rest(index)

    def market(self, market: MarketId) -> Market:
        """See Truth."""
        listing = self._flow.catalogue.by_condition[market]
        book = self._flow.books.get(market)
        return terms(listing, Price(book.tick if book is not None else 10_000))

    def payouts(self, market: MarketId) -> tuple[Money, Money] | None:
        """See Truth."""
        payout = self._flow.catalogue.by_condition[market].payout
        if payout is None:
            return None
        return Money(parse_micros(payout[0])), Money(parse_micros(payout[1]))


def terms(listing: Listing, tick: Price) -> Market:
    """A synthetic listing as the engine's market, on the tick its book has now."""
    rate, rebate = parse_micros(listing.fee.rate), parse_micros(listing.fee.rebate)
    first, second = (
        Outcome(InstrumentId(token), name)
        for token, name in zip(listing.tokens, listing.outcomes, strict=True)
    )
    return Market(
        id=MarketId(listing.condition_id),
        venue=VenueId("polymarket"),
        catalogue_id=listing.id,
        question=listing.question,
        slug=listing.slug,
        outcomes=(first, second),
        tick=tick,
        lot=Quantity(10_000),
        size_min=Quantity(5_000_000),
        fees=FeeSchedule(rate, 1, rebate),
        neg_risk=listing.group.neg_risk,
        group=GroupId(listing.group.id),
        group_exclusive=listing.group.neg_risk,
        group_augmented=listing.group.augmented,
        group_size=len(listing.group.listings),
        placeholder=not listing.active,
        version="v1",
        end_ns=Ns(listing.end_ns),
    )
