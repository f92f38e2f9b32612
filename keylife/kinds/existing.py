"""What `keylife import` finds out about a credential before it becomes a key's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from keylife.model.imported import Imported


@dataclass(frozen=True)
class Existing:
    """A credential as it was found."""

    imported: Imported
    scope: Mapping[str, JsonValue]
    """What it may do, in the kind's terms."""

    notes: tuple[str, ...] = ()
    """What somebody who imports it should know."""
