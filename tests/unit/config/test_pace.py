"""Settings for a polled run: proofs outlast one missed poll, audits come only after it."""

import pytest

from polywire.config.demo import demo_settings
from polywire.config.pace import paced
from polywire.runtime.polling import Polling

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("every_s", "age_s", "audit_s"),
    [(1, 120, 60.5), (10, 120, 65), (48, 120, 84), (60, 150, 105), (300, 750, 525)],
)
def test_a_proof_lasts_two_and_a_half_intervals_and_an_audit_is_midway_from_a_missed_poll(
    every_s: int, age_s: int, audit_s: float
) -> None:
    settings = paced(demo_settings(), Polling(every_s * SECOND, batched=True))
    assert settings.limits.proof_age_ns_max == age_s * SECOND
    assert settings.audit_ns == audit_s * SECOND
    assert every_s * SECOND < settings.audit_ns < settings.limits.proof_age_ns_max
    assert settings.strategies == demo_settings().strategies
    assert settings.limits.loss_max == demo_settings().limits.loss_max


def test_the_stream_changes_nothing() -> None:
    assert paced(demo_settings(), None) == demo_settings()
