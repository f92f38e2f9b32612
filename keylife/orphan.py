"""What an interrupted run may have left at an issuer, and how a kind finds and ends it.

A create that was cut off may have happened: the credential then lives in no state, and nobody
holds its secret. It is deleted, never adopted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

if TYPE_CHECKING:
    import hvac


@dataclass(frozen=True)
class Pending:
    """An operation that an interrupted run began on a resource and never finished."""

    operation: str
    """creating, updating, deleting, reading, importing."""

    urn: str
    type: str
    name: str
    inputs: Mapping[str, JsonValue]
    """What the resource was to be, without its secrets."""

    known: frozenset[str]
    """The ids of all resources of the type that the state knows: none of them is an orphan."""


@dataclass(frozen=True)
class Orphan:
    """Something that lives at an issuer and in no state."""

    what: str
    """In words, without secrets."""

    destroy: Callable[[], None]


class Clients:
    """Connections to the issuers, made when they are first needed.

    Credentials come from where the vendors' own clients take them: the environment, a profile.
    """

    def __init__(self, region: str | None = None) -> None:
        self._region = region

    def aws(self, service: str) -> Any:
        """A boto3 client that repeats nothing by itself: IAM's creates are not idempotent."""
        import boto3
        from botocore.config import Config

        session: Any = boto3.session.Session(region_name=self._region)
        return session.client(
            service, config=Config(retries={"total_max_attempts": 1}, connect_timeout=10)
        )

    @cached_property
    def vault(self) -> hvac.Client:
        """An hvac client, from VAULT_ADDR, VAULT_TOKEN and VAULT_NAMESPACE."""
        import os

        import hvac

        return hvac.Client(namespace=os.environ.get("VAULT_NAMESPACE"), timeout=10)


Finder = Callable[[Pending, Clients], Iterable[Orphan]]
"""Looks for what a cut-off create may have left."""


def nothing_to_find(pending: Pending, clients: Clients) -> Iterable[Orphan]:
    """For resources that the next create simply overwrites."""
    return ()
