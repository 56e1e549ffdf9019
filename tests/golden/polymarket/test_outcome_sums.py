"""What sets cost in recorded quotes; single moments, no evidence that any could be traded."""

from pathlib import Path

from outcome_sums import fed, temperatures


def test_the_fed_group_costs_more_than_it_pays(recordings: Path) -> None:
    sums = fed(recordings)
    assert (sums.members, sums.complete) == (5, True)
    assert (sums.yes, sums.no) == (1_004_000, 4_001_000)
    assert sums.yes_net is not None
    assert round(sums.yes_net, -2) == -6_100  # the asks, and five fees
    assert sums.no_net is not None
    assert round(sums.no_net, -2) == -2_900


def test_no_temperature_group_would_earn_after_fees(recordings: Path) -> None:
    seen = list(temperatures(recordings))
    yes = [one.yes_net for one in seen if one.yes_net is not None]
    no = [one.no_net for one in seen if one.no_net is not None]
    assert (len(yes), len(no)) == (64, 67)
    assert max(yes) < 0
    assert max(no) < 0
