"""What polling asks of the settings: a proof has to last beyond the poll after the next."""

from msgspec.structs import replace

from polywire.config.schema import Settings
from polywire.runtime.polling import Polling


def proof_age_ns_min(every_ns: int) -> int:
    """How long a proof has to last at least: beyond one poll that failed, and the next."""
    return 5 * every_ns // 2


def paced(settings: Settings, polling: Polling | None) -> Settings:
    """The settings with proofs that outlast one missed poll, and audits only after it.

    A book is proven by each poll, so with polls every 300 s its proof is 300 s old without anything
    being wrong, and 600 s after one that failed. Longer ages than that stay as they are.
    """
    if polling is None:
        return settings
    age_ns = max(settings.limits.proof_age_ns_max, proof_age_ns_min(polling.every_ns))
    return replace(
        settings,
        limits=replace(settings.limits, proof_age_ns_max=age_ns),
        audit_ns=(polling.every_ns + age_ns) // 2,
        audit_twin_ns=(polling.every_ns + age_ns) // 2,
    )
