"""Headers that prove who asks: by the key itself (L1) and by its API credentials (L2).

Over exactly the bytes that are sent (polymarket.md 4.1). Their values are secret.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hmac import digest

from polywire.core.errors import DecodeError
from polywire.core.units import SECOND, Ns
from polywire.venues.polymarket.eip712 import Address
from polywire.venues.secret import Secret


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the venue gave a key to sign requests with; the API key is also the orders' owner."""

    api_key: str
    secret: Secret
    passphrase: Secret


class Seal:
    """Signs requests with the credentials of one account; `address` is the key's, not the wallet's.

    Raises DecodeError for a secret that is no base64.
    """

    def __init__(self, address: Address, credentials: Credentials) -> None:
        try:
            self._key = urlsafe_b64decode(credentials.secret.reveal())
        except ValueError:
            # Without its cause, which may quote what it could not read.
            raise DecodeError("the API secret is not base64") from None
        self._names = {
            "POLY_ADDRESS": address,
            "POLY_API_KEY": credentials.api_key,
            "POLY_PASSPHRASE": credentials.passphrase.reveal(),
        }

    def headers(self, method: str, path: str, body: bytes, now: Ns) -> dict[str, str]:
        """The L2 headers of a request; a query may stand in the path, and is not signed."""
        timestamp = str(now // SECOND)
        text = f"{timestamp}{method}{path.partition('?')[0]}".encode() + body
        signature = urlsafe_b64encode(digest(self._key, text, "sha256")).decode()
        return {**self._names, "POLY_TIMESTAMP": timestamp, "POLY_SIGNATURE": signature}


def key_headers(
    address: Address, signature: bytes, *, timestamp_s: int, nonce: int
) -> dict[str, str]:
    """The L1 headers, from the key's signature over `eip712.auth_digest`."""
    return {
        "POLY_ADDRESS": address,
        "POLY_SIGNATURE": "0x" + signature.hex(),
        "POLY_TIMESTAMP": str(timestamp_s),
        "POLY_NONCE": str(nonce),
    }
