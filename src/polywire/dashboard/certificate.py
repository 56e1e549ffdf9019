"""The certificate that the dashboard shows to browsers: read, tried, and asked for its names."""

import contextlib
import ssl
from typing import Final

from polywire.core.errors import ConfigError
from polywire.dashboard.rules import as_asked

LOOK: Final = "dashboard"
NO_CHECK_TIME: Final = ssl.VerifyFlags(0x200000)
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME: an old certificate is the browser's to complain of."""
TURNS: Final = 4
"""More than a handshake takes."""


def context_of(certificate: str, key: str) -> ssl.SSLContext:
    """What TLS is spoken by; ConfigError for files that are not a certificate and its key."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password="")  # or OpenSSL asks the terminal
    except ssl.SSLError as error:
        raise ConfigError(_why(certificate, key, error), look=LOOK) from error
    except OSError as error:
        files = f"the certificate {certificate} or its key {key}"
        raise ConfigError(f"cannot read {files}: {error.strerror}", look=LOOK) from error
    return context


def _why(certificate: str, key: str, error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"{key} is not the key of {certificate}; name the two that were made together"
    return (
        f"{certificate} or {key} cannot be read: expected a certificate (with its chain) and its "
        "key without a passphrase, both as PEM"
    )


def names_in(context: ssl.SSLContext, certificate: str) -> tuple[str, ...]:
    """The names that it is for, as they stand in addresses; one with a star in it names nobody.

    ConfigError where no browser would take it for a server's.
    """
    names = _named(context, certificate)
    hosts = [name.lower() for kind, name in names if kind == "DNS" and "*" not in name]
    return (*hosts, *(as_asked(name) for kind, name in names if kind == "IP Address"))


def _named(server: ssl.SSLContext, certificate: str) -> list[tuple[str, str]]:
    """What a client of its own is shown, kinds and names, by a certificate that it trusts."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_flags |= NO_CHECK_TIME | ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    client.load_verify_locations(certificate)
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (client.wrap_bio(there, back), server.wrap_bio(back, there, server_side=True))
    try:
        for _ in range(TURNS):
            for end in ends:
                with contextlib.suppress(ssl.SSLWantReadError):
                    end.do_handshake()
    except ssl.SSLError as error:
        why = getattr(error, "verify_message", "") or error.reason
        said = f"{certificate} is no certificate that a browser takes for a server's: {why}"
        raise ConfigError(said, look=LOOK) from error
    shown = ends[0].getpeercert()
    assert shown is not None, "it was verified"
    return [(str(one[0]), str(one[1])) for one in shown.get("subjectAltName", ())]
