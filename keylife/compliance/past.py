"""What a ledger and the tombstones of declarations tell all rules about the past."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from keylife.compliance.imports import imported_id
from keylife.compliance.population import Population
from keylife.model.imported import Imported
from keylife.model.instant import format_instant
from keylife.model.key import Key
from keylife.model.ledger import KeyRecord, Ledger


def note_ledger(population: Population, ledger: Ledger, at: datetime, soon: timedelta) -> None:
    """Remember which keys of a stack are revoked, and which versions are dead or soon will be.

    Args:
        population: what remembers.
        ledger: of the stack.
        at: the instant.
        soon: how long before its end nothing should name a version any more.
    """
    for record in ledger.keys.values():
        if record.revocation is not None:
            population.note_revoked(record.id, record.revocation.phrase)
            _note_imported(population, record.imported, record.revocation.phrase)
        _note_versions(population, record, at, soon)


def note_tombstones(population: Population, keys: Iterable[Key]) -> None:
    """Remember which declared keys are revoked."""
    for key in keys:
        if key.revoked is not None:
            population.note_revoked(key.id, key.revoked.phrase)
            _note_imported(population, key.imported, key.revoked.phrase)


def _note_imported(population: Population, imported: Imported | None, how: str) -> None:
    """What a revoked key began with never lives again either, under whatever id."""
    known = None if imported is None else imported_id({"credential": imported.credential})
    if known is not None:
        population.note_revoked_material(known, how)


def _note_versions(
    population: Population, record: KeyRecord, at: datetime, soon: timedelta
) -> None:
    for number in range(1, record.destroyed_through + 1):
        population.note_dead(f"{record.id}-v{number}", "which is destroyed")
    newest = max((version.number for version in record.versions), default=0)
    for version in record.versions:
        name = f"{record.id}-v{version.number}"
        if version.deactivated is not None:
            since = format_instant(version.deactivated)
            population.note_dead(name, f"which is deactivated since {since}")
        elif version.expiry <= at:
            population.note_dead(name, f"which expired at {format_instant(version.expiry)}")
        elif version.number < newest:
            population.note_dead(name, f"which is superseded by version {newest}")
        elif version.expiry - at <= soon:
            population.note_dying(name, f"which ends at {format_instant(version.expiry)}")
