"""What is wrong under [alerts], said without repeating what may be secret."""

import pytest
from tests.unit.config.test_load import QUOTER, SMALL

from polywire.config.load import read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('time_zone = "Mars/Base"', "alerts.time_zone: no such time zone"),
        ('time_zone = "../../etc"', "alerts.time_zone: no such time zone"),
        ('quiet = "22-7"', "alerts.quiet: expected two times such as"),
        ('quiet = "24:00-07:00"', "alerts.quiet: expected two times such as"),
        ('chats = ["@me"]', "alerts.chats: expected numbers in quotes"),
        ('urls = "tgram://123:tok3n/7"', "alerts.urls: expected the name of a file"),
    ],
)
def test_a_mistake_is_named_and_no_address_repeated(text: str, said: str) -> None:
    (mistake,) = read(f"{SMALL}{QUOTER}\n[alerts]\n{text}\n", {}).mistakes
    assert mistake.startswith(said)
    assert "tok3n" not in mistake


def test_all_that_can_be_written_is_read() -> None:
    text = """
[alerts]
urls = "alert-urls.txt"
severity_min = "warning"
quiet = "22:00-07:00"
time_zone = "UTC"
chats = ["123", "-100123"]
"""
    assert read(f"{SMALL}{QUOTER}{text}", {}).mistakes == []
