"""By which names it may be asked, and files that are no certificate and key."""

import socket
import ssl
from pathlib import Path

import pytest
from tests.certificates import certified

from polywire.core.errors import ConfigError
from polywire.dashboard.certificate import context_of, names_in
from polywire.dashboard.listening import Listening, listen
from polywire.dashboard.rules import Rules, names_of
from polywire.runtime.companion import Entrance, HandOver

PASSWORD = "correct horse battery"


def heard(**entrance: object) -> Listening:
    """A socket that is closed at once, and its rules."""
    told = HandOver(
        journal="", run="", port=0, mode="", venue="", version="", token="t",
        entrance=Entrance(**{key: str(told) for key, told in entrance.items()}),
    )  # fmt: skip
    found = listen(told)
    found.socket.close()
    return found


@pytest.mark.parametrize(
    ("host", "certified_for", "names"),
    [
        ("127.0.0.1", (), ("127.0.0.1", "localhost")),
        ("::1", (), ("[::1]", "localhost")),
        ("192.0.2.7", ("trade.example",), ("192.0.2.7", "trade.example")),
        ("2001:db8:0:0::7", (), ("[2001:db8::7]",)),
        ("0.0.0.0", ("trade.example", "192.0.2.7"), ("trade.example", "192.0.2.7")),
        ("::", ("trade.example",), ("trade.example",)),
        ("0.0.0.0", (), ()),
        ("127.0.0.1", ("localhost", "127.0.0.1"), ("127.0.0.1", "localhost")),
    ],
)
def test_who_listens_on_all_addresses_is_asked_by_the_certificate_s_names_alone(
    host: str, certified_for: tuple[str, ...], names: tuple[str, ...]
) -> None:
    assert names_of(host, certified_for) == names


def test_the_names_are_those_of_the_certificate_but_none_with_a_star(tmp_path: Path) -> None:
    files = certified(tmp_path, "Trade.example", "*.wild.example", "192.0.2.7", "2001:db8::7")
    context = context_of(str(files.certificate), str(files.key))
    assert names_in(context, str(files.certificate)) == (
        "trade.example",
        "192.0.2.7",
        "[2001:db8::7]",
    )


def test_the_address_that_is_printed_has_the_token_or_asks_for_the_password(
    tmp_path: Path,
) -> None:
    files = certified(tmp_path, "trade.example")
    tls = {"certificate": files.certificate, "key": files.key}
    open_address = heard().rules
    assert open_address.address == f"http://127.0.0.1:{open_address.port}/?token=t"
    asks = heard(password=PASSWORD).rules
    assert asks.address == f"http://127.0.0.1:{asks.port}/"
    everywhere = heard(host="0.0.0.0", password=PASSWORD, **tls)
    assert everywhere.rules.address == f"https://trade.example:{everywhere.rules.port}/"
    assert everywhere.rules.hosts == (f"trade.example:{everywhere.rules.port}",)
    assert everywhere.tls is not None
    assert everywhere.tls.minimum_version >= ssl.TLSVersion.TLSv1_2
    secure = heard(**tls).rules
    assert secure.address == f"https://127.0.0.1:{secure.port}/?token=t"
    assert secure.ticket.endswith("; Secure")


def test_browsers_name_no_port_of_https() -> None:
    def hosts(port: int) -> tuple[str, ...]:
        names = ("trade.example",)
        return Rules(
            port=port, token="t", read_only=False, seconds=lambda: 0.0, names=names, secure=True
        ).hosts

    assert hosts(443) == ("trade.example",)
    assert hosts(80) == ("trade.example:80",)


def test_a_certificate_for_nobody_who_can_be_asked_is_refused_where_all_listen(
    tmp_path: Path,
) -> None:
    files = certified(tmp_path, "*.wild.example")
    with pytest.raises(ConfigError, match=r"0\.0\.0\.0 is no address .* --dashboard-host"):
        heard(host="0.0.0.0", certificate=files.certificate, key=files.key, password=PASSWORD)


@pytest.mark.parametrize("lacking", ["password", "certificate", "key"])
def test_beyond_loopback_nothing_is_opened_though_it_were_told_to(
    tmp_path: Path, lacking: str
) -> None:
    files = certified(tmp_path, "trade.example")
    told = {"certificate": files.certificate, "key": files.key, "password": PASSWORD, lacking: ""}
    with pytest.raises(AssertionError):
        heard(host="0.0.0.0", **told)


def test_files_that_are_not_a_certificate_and_its_key_are_said_in_a_sentence(
    tmp_path: Path,
) -> None:
    one, other = certified(tmp_path, "a.example"), certified(tmp_path, "b.example", called="b")
    nothing = tmp_path / "nothing.pem"
    text = tmp_path / "text.pem"
    text.write_text("no PEM")
    for certificate, key, said in (
        (one.certificate, other.key, r"b-key\.pem is not the key of .*server-chain\.pem"),
        (one.certificate, nothing, r"cannot read .*: No such file"),
        (nothing, one.key, r"cannot read .*: No such file"),
        (text, one.key, r"cannot be read: expected a certificate"),
        (one.certificate, text, r"cannot be read: expected a certificate"),
        (one.key, one.certificate, r"cannot be read: expected a certificate"),
    ):
        with pytest.raises(ConfigError, match=said):
            context_of(str(certificate), str(key))


def test_a_key_with_a_passphrase_is_refused_and_nobody_is_asked_for_it(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - slow to load

    files = certified(tmp_path, "a.example")
    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    with pytest.raises(ConfigError, match="without a passphrase"):
        context_of(str(files.certificate), str(files.key))


def test_a_certificate_that_is_no_server_s_is_refused(tmp_path: Path) -> None:
    from cryptography import x509  # noqa: PLC0415 - slow to load
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.x509.oid import ExtendedKeyUsageOID  # noqa: PLC0415

    files = certified(tmp_path, "a.example")
    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    there = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    for_clients = (
        x509.CertificateBuilder(there.subject, there.subject, key.public_key(), 7)
        .not_valid_before(there.not_valid_before_utc)
        .not_valid_after(there.not_valid_after_utc)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=True)
        .sign(key, hashes.SHA256())
    )
    files.certificate.write_bytes(for_clients.public_bytes(serialization.Encoding.PEM))
    context = context_of(str(files.certificate), str(files.key))
    with pytest.raises(ConfigError, match="takes for a server's: unsuit"):
        names_in(context, str(files.certificate))


def test_a_port_that_another_has_is_said_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = HandOver(journal="", run="", port=port, mode="", venue="", version="", token="t")
        with pytest.raises(ConfigError, match=f"port {port} of 127.0.0.1 cannot be had .*--dash"):
            listen(told)


def test_what_is_handed_over_does_not_print_what_lets_in() -> None:
    told = HandOver(
        journal="j", run="", port=0, mode="", venue="", version="", token="t-secret",
        entrance=Entrance(password=PASSWORD),
    )  # fmt: skip
    for text in (repr(told), repr(told.entrance)):
        assert "t-secret" not in text
        assert PASSWORD not in text
