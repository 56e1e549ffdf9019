"""Founds synthetic markets from a seeded generator: identities, questions, groups and dates."""

import hashlib
import re
from dataclasses import dataclass
from random import Random

from polywire.exchange.listing import FeePlan, Group, Listing, Tag
from polywire.exchange.topics import (
    CRYPTO,
    DAILY_TEMPERATURE,
    POLITICS,
    RACES,
    TOPICS,
    UP_OR_DOWN,
    WEATHER,
    Race,
)

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
UP_DOWN_NS = 300 * SECOND
COINS = (("Bitcoin", "btc"), ("Ethereum", "eth"), ("Solana", "sol"))


@dataclass(frozen=True, slots=True)
class Sketch:
    """What tells one market from another before it has ids."""

    slug: str
    question: str
    fee: FeePlan
    outcomes: tuple[str, str] = ("Yes", "No")
    title: str = ""
    active: bool = True
    other: bool = False


def digest(*parts: object) -> bytes:
    """Thirty-two bytes that depend on nothing but the parts."""
    return hashlib.sha256(":".join(map(str, parts)).encode()).digest()


def slugged(title: str) -> str:
    """A slug as the venue builds them."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


class Founder:
    """Makes listings one after the other; the same seed makes the same ones."""

    def __init__(self, seed: int, rng: Random) -> None:
        self._seed = seed
        self._rng = rng
        self._markets = 0
        self._groups = 0

    def binary(self, now: int) -> list[Listing]:
        """One plain question in a group of its own, ending in hours to months."""
        rng = self._rng
        topic = rng.choice(TOPICS)
        question = rng.choice(topic.questions).format(
            subject=rng.choice(topic.subjects), number=rng.randint(2, 150)
        )
        end = now + int(rng.choice((2 * HOUR, 8 * HOUR, 3 * DAY, 20 * DAY, 90 * DAY)))
        group = self._group(question, (topic.tag,), now, end)
        return [self._listing(group, Sketch(group.slug, question, topic.fee))]

    def up_or_down(self, now: int, coin: int) -> list[Listing]:
        """A five-minute window on a coin, ending at the next full five minutes or the one after."""
        start = now // UP_DOWN_NS * UP_DOWN_NS
        if start + UP_DOWN_NS - now < 60 * SECOND:
            start += UP_DOWN_NS
        name, short = COINS[coin % len(COINS)]
        slug = f"{short}-updown-5m-{start // SECOND}"
        title = f"{name} Up or Down - window {start // SECOND}"
        group = self._group(title, (CRYPTO.tag, UP_OR_DOWN), now, start + UP_DOWN_NS, slug)
        return [self._listing(group, Sketch(slug, title, CRYPTO.fee, ("Up", "Down")))]

    def race(self, now: int, members: int) -> list[Listing]:
        """An exclusive group of at most `members` outcomes; augmented ones add placeholders."""
        race = self._rng.choice(RACES) if self._groups else RACES[0]
        number = self._rng.randint(1, 365)
        tags: tuple[Tag, ...] = (race.topic.tag,)
        if race.topic is WEATHER:
            tags += (DAILY_TEMPERATURE,)
        end = now + self._rng.randint(1, 30) * DAY
        group = self._group(race.title.format(number=number), tags, now, end)
        group.neg_risk_id = "0x" + digest(self._seed, "neg", group.id).hex()[:-2] + "00"
        group.augmented = race.augmented
        names = race.members[:members]
        if race.augmented:
            names = (*race.members[: max(2, members - 1)], "Other", "Person A", "Person B")
        made = [self._member(group, race, name, number) for name in dict.fromkeys(names)]
        for rank, listing in enumerate(made):
            listing.rank = rank
        return made

    def _member(self, group: Group, race: Race, name: str, number: int) -> Listing:
        question = race.question.format(member=name, number=number)
        return self._listing(
            group,
            Sketch(
                f"{group.slug}-{slugged(name)}",
                question,
                race.topic.fee,
                title=name,
                active=not name.startswith("Person "),
                other=name == "Other",
            ),
        )

    def _group(
        self, title: str, tags: tuple[Tag, ...], now: int, end: int, slug: str = ""
    ) -> Group:
        self._groups += 1
        number = self._groups
        return Group(
            id=str(30_000 + number),
            slug=slug or f"{slugged(title)}-{number}",
            title=title,
            description=f"A synthetic group. Its markets resolve by the local exchange: {title}",
            tags=tags,
            start_ns=(now - HOUR) // SECOND * SECOND,  # the catalogue shows whole seconds
            end_ns=end // SECOND * SECOND,
        )

    def _listing(self, group: Group, sketch: Sketch) -> Listing:
        self._markets += 1
        number, rng = self._markets, self._rng
        tokens = [str(int.from_bytes(digest(self._seed, number, side))) for side in ("yes", "no")]
        volume = rng.lognormvariate(11, 2)
        return Listing(
            id=str(500_000 + number),
            condition_id="0x" + digest(self._seed, number, "condition").hex(),
            question_id="0x" + digest(self._seed, number, "question").hex(),
            slug=sketch.slug,
            question=sketch.question,
            outcomes=sketch.outcomes,
            tokens=(tokens[0], tokens[1]),
            fee=sketch.fee,
            group=group,
            start_ns=group.start_ns,
            end_ns=group.end_ns,
            title=sketch.title,
            active=sketch.active,
            other=sketch.other,
            volume=round(volume, 6),
            volume_day=round(volume * rng.uniform(0.01, 0.5), 6),
        )


def reserve(seed: int, now: int) -> Listing:
    """A market that nobody trades by itself and that never ends; draws nothing from a generator."""
    title = "Will the reserve be kept?"
    start = (now - HOUR) // SECOND * SECOND
    group = Group(
        id="29999",
        slug="reserve",
        title=title,
        description="A market free of synthetic trading. It resolves only when it is told to.",
        tags=(POLITICS.tag,),
        start_ns=start,
        end_ns=start + 3650 * DAY,
    )
    tokens = [str(int.from_bytes(digest(seed, "reserve", side))) for side in ("yes", "no")]
    return Listing(
        id="499999",
        condition_id="0x" + digest(seed, "reserve", "condition").hex(),
        question_id="0x" + digest(seed, "reserve", "question").hex(),
        slug="reserve",
        question=title,
        outcomes=("Yes", "No"),
        tokens=(tokens[0], tokens[1]),
        fee=POLITICS.fee,
        group=group,
        start_ns=group.start_ns,
        end_ns=group.end_ns,
    )
