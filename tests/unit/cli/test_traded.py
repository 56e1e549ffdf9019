"""Whose account a run would trade for, and what `doctor` says where there is none."""

from pathlib import Path

import pytest

from polywire.cli.traded import to_examine
from polywire.config.load import load
from polywire.modes.finding import Finding, State
from polywire.runtime.keystore import Account, write_account, write_key
from polywire.venues.polymarket.headers import Credentials
from polywire.venues.polymarket.orders import SignatureType, Wallet
from polywire.venues.secret import Secret

EXAMPLE = Path(__file__).parents[3] / "examples" / "paper.toml"
CLOB = "https://clob.polymarket.com"


@pytest.fixture(autouse=True)
def usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("POLYWIRE_PRIVATE_KEY", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("polywire.runtime.keystore.SCRYPT_N", 2)
    return tmp_path / "polywire" / "keys"


def found(**settings: str) -> Account | Finding:
    environment = {f"POLYWIRE_ACCOUNT__{name.upper()}": text for name, text in settings.items()}
    return to_examine(load(EXAMPLE, environment))


def keep(folder: Path, byte: str, *, clob: str = CLOB) -> str:
    address = write_key(folder, Secret(byte * 32), Secret("correct horse"))
    if clob:
        wallet = Wallet(SignatureType.EOA, address, address)
        credentials = Credentials("id", Secret("c2VjcmV0"), Secret("p"))
        write_account(folder, Account(clob, 137, wallet, credentials))
    return address


def refusal(seen: Account | Finding) -> str:
    assert isinstance(seen, Finding)
    assert seen.state is State.FAILED
    assert seen.look == "keys"
    return f"{seen.seen} | {seen.remedy}"


def test_where_nobody_keeps_a_key_it_is_skipped_and_named() -> None:
    seen = found()
    assert isinstance(seen, Finding)
    assert (seen.name, seen.state) == ("account", State.SKIPPED)
    assert "on paper alone" in seen.seen


def test_each_reason_for_which_a_run_would_be_refused_is_a_failure_with_its_remedy(
    usual: Path, tmp_path: Path
) -> None:
    missing = tmp_path / "nowhere"
    assert "holds no key | Make one: polywire keys new" in refusal(found(keys=str(missing)))
    one = keep(usual, "1b", clob="")
    assert f"{one} has no account in" in refusal(found())
    assert "| Run: polywire account setup" in refusal(found())
    keep(usual, "1c", clob="http://127.0.0.1:1")
    assert "holds 2 keys | Name one: key under [account]" in refusal(found())
    nobody = "0xd93B25cb943D14d0d34FBaF01Fc93a0f8b5F6E47"
    unknown = refusal(found(key=nobody))
    assert f"holds no key of {nobody}, but of 0x" in unknown
    assert unknown.endswith(" | Name one of these.")
    assert refusal(found(key="0x" + "a" * 39 + "B")).endswith("capitals do not fit | ")


def test_an_account_of_another_venue_or_one_that_others_may_read_is_a_failure(usual: Path) -> None:
    address = keep(usual, "1b", clob="http://127.0.0.1:1")
    assert "was set up at http://127.0.0.1:1" in refusal(found())
    keep(usual / "fit", "1b")
    file = usual / "fit" / f"{address}.account.json"
    fit = found(keys=str(usual / "fit"))
    assert isinstance(fit, Account)
    assert fit.wallet.key == address
    file.chmod(0o644)
    assert f"others may read {file} | Type: chmod 600" in refusal(found(keys=str(usual / "fit")))
