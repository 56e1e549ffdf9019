"""What synthetic markets are about: categories with fees and tags, and question templates."""

from dataclasses import dataclass

from polywire.exchange.listing import FeePlan, Tag


@dataclass(frozen=True, slots=True)
class Topic:
    """A category of questions and what its takers pay (rates of polymarket.md 4.10)."""

    tag: Tag
    fee: FeePlan
    questions: tuple[str, ...]
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Race:
    """An exclusive group: a title, the question of one member, and the members in order."""

    topic: Topic
    title: str
    question: str
    members: tuple[str, ...]
    augmented: bool = False


def _topic(tag: Tag, fee: FeePlan, questions: tuple[str, ...], subjects: tuple[str, ...]) -> Topic:
    return Topic(tag, fee, questions, subjects)


CRYPTO = _topic(
    Tag("21", "Crypto", "crypto"),
    FeePlan("crypto_fees_v2", "0.07", "0.2"),
    ("Will {subject} reach ${number},000 before the end date?", "Will {subject} dip to ${number}?"),
    ("Bitcoin", "Ethereum", "Solana", "XRP", "Dogecoin"),
)
SPORTS = _topic(
    Tag("1", "Sports", "sports"),
    FeePlan("sports_fees_v3", "0.05", "0.15"),
    ("Will {subject} win match {number}?", "{subject} over {number}.5 points?"),
    ("the Hurricanes", "the Golden Knights", "the Bruins", "Arsenal", "Real Madrid"),
)
POLITICS = _topic(
    Tag("2", "Politics", "politics"),
    FeePlan("politics_fees", "0.04", "0.25"),
    ("Will bill {number} pass {subject}?", "Will {subject} vote more than {number} times?"),
    ("the Senate", "the House", "the Bundestag", "the National Assembly"),
)
TECH = _topic(
    Tag("1401", "Tech", "tech"),
    FeePlan("tech_fees", "0.04", "0.25"),
    ("Will {subject} release version {number}?", "Will {subject} ship {number} products?"),
    ("the open-source editor", "the largest chip maker", "the search engine"),
)
ECONOMY = _topic(
    Tag("100328", "Economy", "economy"),
    FeePlan("economics_fees", "0.05", "0.25"),
    ("Will {subject} be above {number}?", "Will {subject} fall for {number} weeks?"),
    ("the unemployment rate", "annual inflation", "the ten-year yield"),
)
WEATHER = _topic(
    Tag("84", "Weather", "weather"),
    FeePlan("weather_fees", "0.05", "0.25"),
    ("Will it rain {number} mm in {subject}?", "Will {subject} see {number} days of snow?"),
    ("London", "Tokyo", "Munich", "Chicago"),
)
GEOPOLITICS = _topic(
    Tag("100265", "Geopolitics", "geopolitics"),
    FeePlan("", "0", "0"),
    ("Will {subject} sign treaty {number}?", "Will {subject} meet {number} times?"),
    ("both neighbours", "the alliance", "the four ministers"),
)
TOPICS = (CRYPTO, SPORTS, POLITICS, TECH, ECONOMY, WEATHER, GEOPOLITICS)

DAILY_TEMPERATURE = Tag("103040", "Daily Temperature", "daily-temperature")
UP_OR_DOWN = Tag("102127", "Up or Down", "up-or-down")

RACES = (
    Race(
        WEATHER,
        "Highest temperature in NYC, day {number}?",
        "Will the highest temperature in New York City be {member} on day {number}?",
        ("63°F or below", "64-65°F", "66-67°F", "68-69°F", "70-71°F", "72-73°F", "74°F or higher"),
    ),
    Race(
        ECONOMY,
        "Central bank decision, meeting {number}?",
        "Will the central bank's answer be {member} at meeting {number}?",
        ("50+ bps decrease", "25 bps decrease", "No change", "25 bps increase"),
    ),
    Race(
        POLITICS,
        "Who wins seat {number}?",
        "Will {member} win seat {number}?",
        ("Ada Lind", "Bruno Keller", "Chiara Rossi", "Dmitri Hale", "Other"),
        augmented=True,
    ),
    Race(
        SPORTS,
        "Champion of season {number}?",
        "Will {member} be champion of season {number}?",
        ("Arsenal", "Chelsea", "Everton", "Fulham", "Leeds", "Liverpool"),
    ),
)
