"""The wallets of the key that the protocol's notes tell of."""

from polywire.venues.polymarket.eip712 import Address
from polywire.venues.polymarket.wallets import wallets_of

KEY = Address("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")


def test_a_key_owns_one_wallet_of_each_kind_and_two_forms_of_the_last() -> None:
    assert [(int(wallet.kind), wallet.address) for wallet in wallets_of(KEY)] == [
        (0, KEY),
        (1, "0x365f0CA36Ae1f641E02fE3B7743673da42A13A70"),
        (2, "0xd93B25cb943D14d0d34FBaF01Fc93a0f8b5F6E47"),
        (3, "0xBc0fF067b7740Eff76C1ca93c875Ba6B890d6B50"),
        (3, "0xdf8b9E8f9AB23f261F6e1B171B7454ae6E46Ba76"),
    ]


def test_a_deposit_wallet_is_its_own_signer() -> None:
    assert [wallet.signer for wallet in wallets_of(KEY)][:3] == [KEY] * 3
    assert [wallet.signer for wallet in wallets_of(KEY)][3:] == [
        wallet.address for wallet in wallets_of(KEY)[3:]
    ]
