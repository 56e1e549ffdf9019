"""Keys and accounts on the command line: what they keep, and that no secret gets anywhere else.

The venue is a server of the test's own, which checks signatures by its own arithmetic.
"""

import base64
import hmac
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from typing_extensions import override

from polywire.cli.keys import import_
from polywire.cli.main import main
from polywire.cli.unlock import new_passphrase
from polywire.core.errors import ConfigError

PRIVATE = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
SAFE = "0xd93B25cb943D14d0d34FBaF01Fc93a0f8b5F6E47"
PASSPHRASE = "correct horse battery"
SECRET = "HbnadfneVYI9u8JgtFp0Y5q_qtlJj5zOb1AOW97Cn2o="
API_PASSPHRASE = "6d2f0a1cbb5f4f7c9d6a0e7e64a6a9b0"
GIVEN = {"apiKey": "9180014b-33c8", "secret": SECRET, "passphrase": API_PASSPHRASE}
EXCHANGES = {
    "0xE111180000d2663C0091e4f400237545B87B996B": str(2**256 - 1),
    "0xe2222d279d744050d28e00520010520000310F59": "5",
    "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa": "1",
}
AUTH = {
    "EIP712Domain": [
        {"name": "name", "type": "string"},
        {"name": "version", "type": "string"},
        {"name": "chainId", "type": "uint256"},
    ],
    "ClobAuth": [
        {"name": "address", "type": "address"},
        {"name": "timestamp", "type": "string"},
        {"name": "nonce", "type": "uint256"},
        {"name": "message", "type": "string"},
    ],
}


@dataclass
class FakeVenue:
    """Gives credentials to whoever proves to own ADDRESS; says what each kind of wallet has."""

    made: bool = True
    balances: list[str] = field(default_factory=lambda: ["0", "0", "12500000", "0"])
    allowances: dict[str, str] = field(default_factory=lambda: dict(EXCHANGES))
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, method: str, path: str, headers: Mapping[str, str]) -> tuple[int, object]:
        self.asked.append(f"{method} {path}")
        route, _, query = path.partition("?")
        if route == "/balance-allowance" and proves_credentials(headers, method, route):
            kind = int(query.rpartition("=")[2])
            return 200, {"balance": self.balances[kind], "allowances": self.allowances}
        if not proves_key(headers):
            return 401, {"error": "Invalid L1 Request headers"}
        if (method, route) == ("POST", "/auth/api-key"):
            self.made = True
        elif not self.made:
            return 400, {"error": "Could not derive api key!"}
        return 200, GIVEN


def proves_key(headers: Mapping[str, str]) -> bool:
    told = {
        "domain": {"name": "ClobAuthDomain", "version": "1", "chainId": 137},
        "types": AUTH,
        "primaryType": "ClobAuth",
        "message": {
            "address": headers["POLY_ADDRESS"],
            "timestamp": headers["POLY_TIMESTAMP"],
            "nonce": int(headers["POLY_NONCE"]),
            "message": "This message attests that I control the given wallet",
        },
    }
    message = encode_typed_data(full_message=told)
    signer = Account.recover_message(message, signature=headers["POLY_SIGNATURE"])
    return bool(signer == headers["POLY_ADDRESS"] == ADDRESS)


def proves_credentials(headers: Mapping[str, str], method: str, route: str) -> bool:
    text = f"{headers['POLY_TIMESTAMP']}{method}{route}".encode()
    digest = hmac.digest(base64.urlsafe_b64decode(SECRET), text, "sha256")
    return bool(
        headers["POLY_SIGNATURE"] == base64.urlsafe_b64encode(digest).decode()
        and headers["POLY_PASSPHRASE"] == API_PASSPHRASE
    )


@pytest.fixture
def venue() -> Iterator[FakeVenue]:
    fake = FakeVenue()

    class Answering(BaseHTTPRequestHandler):
        def answer(self) -> None:
            status, told = fake.answer(self.command, self.path, dict(self.headers))
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, *_: object) -> None:
            pass

    for method in ("GET", "POST"):
        setattr(Answering, f"do_{method}", Answering.answer)
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        fake.url = f"http://127.0.0.1:{server.server_port}"
        yield fake
        server.shutdown()
        thread.join()


@dataclass
class Desk:
    """Runs commands with secrets in the environment; remembers all they wrote."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capfd: pytest.CaptureFixture[str]
    said: list[str] = field(default_factory=list)

    def run(self, *words: str, **environment: str) -> tuple[int, str]:
        usual = {"POLYWIRE_KEY_PASSPHRASE": PASSPHRASE, "XDG_CONFIG_HOME": str(self.folder)}
        with self.monkeypatch.context() as patch:
            patch.delenv("POLYWIRE_PRIVATE_KEY", raising=False)
            for name, text in (usual | environment).items():
                patch.setenv(name, text)
            patch.setattr("sys.argv", ["polywire", *words])
            with pytest.raises(SystemExit) as ended:
                main()
        out, err = self.capfd.readouterr()
        self.said.append(out + err)
        return int(str(ended.value.code)), out + err


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Desk:
    monkeypatch.setattr("polywire.runtime.keystore.SCRYPT_N", 2)
    return Desk(tmp_path, monkeypatch, capfd)


def test_no_command_lets_a_secret_out(desk: Desk, venue: FakeVenue) -> None:
    environment = {"POLYWIRE_PRIVATE_KEY": PRIVATE}
    at = ("--clob", venue.url, "--address", ADDRESS, "--yes")
    wrong = {"POLYWIRE_PRIVATE_KEY": PRIVATE + "00"}
    assert desk.run("keys", "new")[0] == 0
    assert desk.run("keys", "import", **environment)[0] == 0
    assert desk.run("keys", "import", **environment)[0] == 2
    assert desk.run("keys", "import", **wrong)[0] == 2
    assert desk.run("keys", "import", PRIVATE)[0] == 2
    assert desk.run("keys", "import", "--dir", "/dev/null/x", **environment)[0] == 2
    assert desk.run("keys", "list", "--json")[0] == 0
    assert desk.run("account", "setup", *at)[0] == 0
    assert desk.run("account", "setup", *at, POLYWIRE_KEY_PASSPHRASE="wrong")[0] == 2
    assert desk.run("account", "setup", *at, **wrong)[0] == 2
    venue.balances[0] = SECRET  # a venue that says our secret where it should not
    assert desk.run("account", "setup", *at)[0] == 1
    assert desk.run("keys", "list")[0] == 0
    written = {path: path.read_text() for path in desk.folder.rglob("*") if path.is_file()}
    accounts = {path for path in written if path.name == f"{ADDRESS}.account.json"}
    assert len(accounts) == 1
    assert len(written) == 3
    everything = "\n".join([*desk.said, *(written[path] for path in written.keys() - accounts)])
    for secret in (PRIVATE, PASSPHRASE, SECRET, API_PASSPHRASE):
        assert secret.lower() not in everything.lower()
    assert PRIVATE not in written[accounts.pop()]


def test_an_account_is_set_up_with_the_wallet_that_has_the_money(
    desk: Desk, venue: FakeVenue
) -> None:
    environment = {"POLYWIRE_PRIVATE_KEY": PRIVATE}
    code, said = desk.run("account", "setup", "--clob", venue.url, "--yes", **environment)
    assert code == 0
    assert f"wallet    {SAFE} (Safe)\ndollars   12.50\n" in said
    path = desk.folder / "polywire" / "keys" / f"{ADDRESS}.account.json"
    told = json.loads(path.read_text())
    assert (told["wallet"], told["signature_type"], told["api_key"]) == (SAFE, 2, "9180014b-33c8")
    assert path.stat().st_mode & 0o777 == 0o600
    assert venue.asked[0] == "GET /auth/derive-api-key"
    assert not any(asked.startswith("POST") for asked in venue.asked)


def test_credentials_are_made_only_after_a_yes(desk: Desk, venue: FakeVenue) -> None:
    venue.made = False
    environment = {"POLYWIRE_PRIVATE_KEY": PRIVATE}
    code, said = desk.run("account", "setup", "--clob", venue.url, **environment)
    assert (code, venue.made) == (2, False)
    assert "has no API credentials" in said
    assert "There is no terminal to ask at; add --yes" in said
    assert desk.run("account", "setup", "--clob", venue.url, "--yes", **environment)[0] == 0
    assert venue.made


def test_what_is_not_approved_is_named_and_fails(desk: Desk, venue: FakeVenue) -> None:
    venue.allowances = {"0xe111180000d2663c0091e4f400237545b87b996b": "1"} | dict.fromkeys(
        ["0xe2222d279d744050d28e00520010520000310F59"], "0"
    )
    environment = {"POLYWIRE_PRIVATE_KEY": PRIVATE}
    code, said = desk.run("account", "setup", "--clob", venue.url, "--yes", **environment)
    assert code == 1
    assert "not yet: 0xE111" not in said
    assert "not yet: 0xe2222d279d744050d28e00520010520000310F59" in said
    assert "not yet: 0xe3333700cA9d93003F00f0F71f8515005F6c00Aa" in said
    assert "a transaction on Polygon" in said


@pytest.mark.parametrize(
    ("balances", "words", "code", "said"),
    [
        ("0 0 0 0", [], 2, "no wallet holds any money; name it: --wallet"),
        ("1 0 1 0", [], 2, "more than one wallet may hold the money"),
        ("0 0 0 1", [], 2, "0xBc0fF067b7740Eff76C1ca93c875Ba6B890d6B50 (deposit wallet);"),
        ("0 0 0 1", ["0xdf8b9E8f9AB23f261F6e1B171B7454ae6E46Ba76"], 0, "(deposit wallet)"),
        ("0 0 0 0", [ADDRESS.lower()], 0, "(the key's own account)"),
        ("0 0 0 0", ["0x70997970C51812dc3A010C7d01b50e0d17dc79C8"], 2, "add --delegated"),
        (
            "0 0 0 0",
            ["0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "--delegated"],
            0,
            "wallet    0x70997970C51812dc3A010C7d01b50e0d17dc79C8 (deposit wallet)",
        ),
        ("0 0 0 0", ["0x7099"], 2, "--wallet: expected an address"),
        ("0 0 1 0", ["--delegated"], 2, "--delegated: name the wallet too"),
    ],
)
def test_a_wallet_is_named_or_certain(
    desk: Desk, venue: FakeVenue, balances: str, words: list[str], code: int, said: str
) -> None:
    venue.balances = balances.split()
    named = ["--wallet", *words] if words[:1] not in ([], ["--delegated"]) else words
    found = desk.run(
        "account", "setup", "--clob", venue.url, "--yes", *named, POLYWIRE_PRIVATE_KEY=PRIVATE
    )
    assert found[0] == code
    assert said in found[1]


def test_a_venue_that_answers_nonsense_is_a_sentence(desk: Desk, venue: FakeVenue) -> None:
    venue.balances = ["many"] * 4
    code, said = desk.run(
        "account", "setup", "--clob", venue.url, "--yes", POLYWIRE_PRIVATE_KEY=PRIVATE
    )
    assert code == 1
    assert said.startswith("polywire: expected a balance")


@pytest.mark.parametrize(
    ("words", "environment", "said"),
    [
        (["keys", "import"], {"POLYWIRE_PRIVATE_KEY": "0x12"}, "this is no private key"),
        (["keys", "new"], {"POLYWIRE_KEY_PASSPHRASE": "short"}, "at least 8 characters"),
        (["account", "setup", "--yes"], {}, "holds no key; make one: polywire keys new"),
        (["account", "setup", "--clob", "http://192.0.2.1"], {}, "not sent in the open"),
        (["keys", "import"], {"POLYWIRE_PRIVATE_KEY": "0" * 64}, "zero or beyond the largest key"),
        (["keys", "import"], {"POLYWIRE_PRIVATE_KEY": "f" * 64}, "zero or beyond the largest key"),
        (["account", "setup", "--clob", "https://a.b", "--config", "x"], {}, "with one of both"),
        (
            ["account", "setup", "--address", SAFE],
            {"POLYWIRE_PRIVATE_KEY": PRIVATE},
            f"POLYWIRE_PRIVATE_KEY is the key of {ADDRESS}",
        ),
    ],
)
def test_what_cannot_be_is_a_sentence(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    environment: dict[str, str],
    said: str,
) -> None:
    monkeypatch.chdir(desk.folder)
    Path("x").touch()
    code, told = desk.run(*words, **environment)
    assert code == 2
    assert said in told


def test_a_key_is_named_and_one_that_is_not_there_is_told_with_those_that_are(desk: Desk) -> None:
    assert desk.run("keys", "new")[0] == 0
    code, told = desk.run("account", "setup", "--address", "0x1")
    assert (code, "--address: expected an address" in told) == (2, True)
    code, told = desk.run("account", "setup", "--address", ADDRESS)
    assert (code, f"holds no key of {ADDRESS}, but of 0x" in told) == (2, True)
    assert desk.run("keys", "new")[0] == 0
    code, told = desk.run("account", "setup")
    assert (code, "holds 2 keys; name one: --address" in told) == (2, True)


@pytest.mark.parametrize(
    "words", [["keys", "list"], ["account", "setup", "--yes"], ["keys", "new"]]
)
def test_a_key_that_others_may_read_is_refused(desk: Desk, words: list[str]) -> None:
    desk.run("keys", "new")
    folder = desk.folder / "polywire" / "keys"
    (file,) = folder.glob("*.key.json")
    for path, mode in ((folder, 0o700), (file, 0o600)):
        path.chmod(mode | 0o044)
        code, told = desk.run(*words)
        if path == folder or words[-1] != "new":  # a new key is none of the old one's business
            assert (code, f"others may read {path}; type: chmod {mode:o} {path}" in told) == (
                2,
                True,
            )
        path.chmod(mode)


def test_a_bad_key_and_a_short_passphrase_are_refused_before_anything_more_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def typed(prompt: str) -> str:
        asked.append(prompt)
        return "short"

    monkeypatch.delenv("POLYWIRE_KEY_PASSPHRASE", raising=False)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("polywire.cli.unlock.getpass", typed)
    with pytest.raises(ConfigError, match="at least 8 characters"):
        new_passphrase()
    assert len(asked) == 1
    monkeypatch.setenv("POLYWIRE_PRIVATE_KEY", "0" * 64)
    with pytest.raises(ConfigError, match="this is no private key"):
        import_()
    assert len(asked) == 1, "no passphrase for what is no key"
