"""What all tables of the configuration file are made of: their root and addresses."""

from msgspec import Meta, Struct

from polywire.core.parameters import words


def web(meaning: str) -> Meta:
    """An address over HTTP; what could carry a secret (a user, a query) is refused."""
    form = "an address that starts with http:// or https://, without / at its end"
    return words(meaning, pattern=r"^https?://[^@\s?#]*[^@\s?#/]\Z", form=form)


def socket(meaning: str) -> Meta:
    """An address of a WebSocket, likewise."""
    form = "an address that starts with ws:// or wss://, without / at its end"
    return words(meaning, pattern=r"^wss?://[^@\s?#]*[^@\s?#/]\Z", form=form)


class Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file."""
