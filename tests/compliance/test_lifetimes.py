from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from keylife.compliance.catalogue import Category, catalogue
from keylife.compliance.credential import ExpiryUnknown, NeverExpires
from keylife.compliance.lifetimes import LIFETIMES
from tests.compliance.lifetime_cases import CASES, OTHERS, WITHOUT_AN_END

CANARY = "hvs.canary-that-nobody-may-see"


@pytest.mark.parametrize(
    ("type_token", "inputs", "expected"),
    [
        pytest.param(token, inputs, expected, id=f"{token.split(':')[-1]} {inputs}")
        for token, cases in {**CASES, **OTHERS}.items()
        for inputs, expected in cases
    ],
)
def test_an_end_is_read_as_its_issuer_reads_it(
    type_token: str, inputs: dict[str, Any], expected: object
) -> None:
    expiry = LIFETIMES[type_token](inputs)

    if isinstance(expected, type):
        assert isinstance(expiry, expected)
    else:
        assert expiry == expected


@pytest.mark.parametrize("type_token", WITHOUT_AN_END)
def test_what_cannot_end_never_ends(type_token: str) -> None:
    assert isinstance(LIFETIMES[type_token]({"ttl": "1h", "expires": "2027"}), NeverExpires)


def test_every_minting_type_has_a_reader_and_a_case() -> None:
    minting = {e.type_token for e in catalogue().values() if e.category is Category.MINT}

    assert len(minting) > 100
    assert set(LIFETIMES) == minting
    assert {*CASES, *OTHERS, *WITHOUT_AN_END} == minting


class Canaries(Mapping[str, object]):
    """Inputs that answer everything with a secret."""

    def __getitem__(self, name: str) -> object:
        return CANARY

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@pytest.mark.parametrize("type_token", sorted(LIFETIMES))
def test_no_reader_quotes_what_it_reads(type_token: str) -> None:
    expiry = LIFETIMES[type_token](Canaries())

    assert CANARY not in repr(expiry)
    if isinstance(expiry, NeverExpires | ExpiryUnknown):
        assert expiry.why and expiry.cure
