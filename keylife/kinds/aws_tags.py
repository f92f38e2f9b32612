"""The tags by which what a version consists of in AWS is known again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import JsonValue

from keylife.model.instant import format_instant

if TYPE_CHECKING:
    from keylife.kinds.kind import Issuance, Principal


def of_the_same(told: Mapping[str, str], wanted: JsonValue) -> bool:
    """Whether what bears the tags ``told`` is what ``wanted`` are the tags of: the very version,
    or the very principal of a key.

    Another stack's key may have the same id, but what it has was born at another instant.
    """
    assert isinstance(wanted, dict)
    return all(told.get(tag) == wanted.get(tag) for tag in _IDENTIFYING)


_IDENTIFYING = ("keylife:key", "keylife:version", "keylife:birth")


def tags_of(issuance: Issuance) -> Mapping[str, str]:
    """Whose the version is, when it was born and when it ends; owner and service as of now."""
    return {
        "keylife:key": issuance.key_id,
        "keylife:version": str(issuance.version.number),
        "keylife:owner": issuance.owner,
        "keylife:service": issuance.service,
        "keylife:birth": format_instant(issuance.version.birth),
        "keylife:expiry": format_instant(issuance.version.expiry),
    }


def tags_of_principal(principal: Principal) -> Mapping[str, str]:
    """Whose it is and since when; no version's facts, so that a rotation changes nothing of it."""
    return {
        "keylife:key": principal.key_id,
        "keylife:owner": principal.owner,
        "keylife:service": principal.service,
        "keylife:birth": format_instant(principal.since),
    }
