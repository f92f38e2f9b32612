"""Which tokens a Vault has, by their accessors: what recovery and rebuild look through."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import hvac


def standing_tokens(
    vault: hvac.Client, known: Collection[str] = ()
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The accessor of every token that stands, and what Vault tells of it.

    Listing accessors needs ``sudo`` in Vault. Tokens end at any moment, so one may be gone
    between the listing and the look: Vault then says "invalid accessor" or "bad token", and that
    is no error (vault, token_store.go, handleUpdateLookupAccessor and handleLookup).

    Args:
        vault: who is asked.
        known: accessors that are not looked at.

    Raises:
        hvac.exceptions.VaultError: it refused, or broke.
    """
    import hvac

    for accessor in vault.auth.token.list_accessors()["data"]["keys"]:
        if accessor in known:
            continue
        try:
            told = vault.auth.token.lookup_accessor(accessor)["data"]
        except hvac.exceptions.VaultError as error:
            if not _is_gone(error):
                raise
            continue
        yield accessor, told


def end_token(vault: hvac.Client, accessor: str) -> None:
    """Revoke a token; one that has ended meanwhile is no error.

    Raises:
        hvac.exceptions.VaultError: it refused, or broke.
    """
    import hvac

    try:
        vault.auth.token.revoke_accessor(accessor)
    except hvac.exceptions.VaultError as error:
        if not _is_gone(error):
            raise


def _is_gone(error: Exception) -> bool:
    import hvac

    if isinstance(error, hvac.exceptions.InvalidPath):
        return True
    said = " ".join(map(str, getattr(error, "errors", None) or ()))
    return isinstance(error, (hvac.exceptions.Forbidden, hvac.exceptions.InvalidRequest)) and (
        "invalid accessor" in said or "bad token" in said
    )
