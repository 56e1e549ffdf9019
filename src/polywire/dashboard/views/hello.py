"""What a page asks first: what runs here, and how far the shadow has come."""

from msgspec import Struct

from polywire.core.errors import JournalError
from polywire.dashboard.scene import Scene
from polywire.observe.shadow import Shadow


class Hello(Struct):
    """See the page's contract; `behind` counts rows of the journal not taken in yet."""

    version: str
    mode: str
    venue: str
    account: str
    run: str
    read_only: bool
    strategies: list[str]
    started_ns: int
    journal: str
    seq: int
    behind: int


def hello(scene: Scene) -> Hello:
    """As it stands."""
    shadow, about = scene.shadow, scene.about
    seats = shadow.engine.roster.seats if shadow.engine is not None else {}
    started = shadow.started
    return Hello(
        version=about.version,
        mode=about.mode,
        venue=about.venue,
        account=started.owner if started is not None else "",
        run=started.run if started is not None else "",
        read_only=about.read_only,
        strategies=list(seats),
        started_ns=started.recv_ns if started is not None else 0,
        journal=about.journal,
        seq=shadow.seq,
        behind=_left(shadow),
    )


def _left(shadow: Shadow) -> int:
    """Nothing where the journal cannot be read: the pulse says so."""
    try:
        return shadow.left()
    except (JournalError, OSError):
        return 0
