"""What `polywire bench modes` takes for polling intervals."""

import pytest

from polywire.cli.bench import intervals
from polywire.core.errors import ConfigError


def test_intervals_are_whole_seconds_with_commas_between() -> None:
    assert intervals("5,10, 60") == [5, 10, 60]
    assert intervals("300") == [300]


@pytest.mark.parametrize("text", ["", "0", "301", "5,,10", "2.5", "ten", "-5"])
def test_anything_else_is_refused_with_the_range(text: str) -> None:
    with pytest.raises(ConfigError, match="1 to 300"):
        intervals(text)
