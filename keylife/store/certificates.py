"""Death certificates, as they were signed: byte for byte, and never replaced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from keylife.store.statements import insert_if_new
from keylife.store.tables import certificates


@dataclass(frozen=True)
class Certificate:
    """The proof that a version is dead in one place."""

    revocation: str
    version: int
    place: str
    body: bytes
    """Canonical JSON: what the signature is over."""

    signature: bytes
    key_id: str
    """Of the key that signed it."""

    signed: datetime


def keep(connection: Connection, certificate: Certificate) -> bool:
    """Keep a certificate, unless its place has one: the first stays.

    Args:
        connection: in a writing transaction.
        certificate: of a holding of an accepted revocation.

    Returns:
        Whether it was kept.
    """
    return insert_if_new(connection, certificates, vars(certificate))


def of_revocation(connection: Connection, revocation: str) -> list[Certificate]:
    """The certificates of a revocation, by version and place."""
    asked = select(certificates).where(certificates.c.revocation == revocation)
    return [
        Certificate(**row._mapping)
        for row in connection.execute(asked.order_by("version", "place"))
    ]


def everything(connection: Connection) -> Iterator[Certificate]:
    """Every certificate, one after the other."""
    for row in connection.execute(select(certificates).order_by("revocation", "version", "place")):
        yield Certificate(**row._mapping)
