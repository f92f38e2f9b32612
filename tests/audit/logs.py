"""Logs as tests need them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from keylife.audit.keys import Keys
from keylife.audit.log import Log
from keylife.audit.reserve import Reserve
from keylife.audit.witness import Witness
from keylife.store.database import Database


@dataclass
class Notebook:
    """A witness in memory."""

    taken: list[str] = field(default_factory=list)
    name: str = "notebook"

    def latest(self) -> str | None:
        return self.taken[-1] if self.taken else None

    def notes(self) -> Sequence[str]:
        return self.taken

    def add(self, note: str) -> None:
        self.taken.append(note)


@dataclass
class Clock:
    """Seconds that pass when they are told to."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def open_log(
    database: Database,
    folder: Path,
    *witnesses: Witness,
    clock: Clock | None = None,
    warnings: list[str] | None = None,
) -> Log:
    """A log with key and reserve in ``folder``."""
    return Log(
        database,
        Keys(folder / "audit.key"),
        Reserve(folder / "audit.reserve"),
        lambda _: witnesses,
        clock=clock or Clock(),
        warn=([] if warnings is None else warnings).append,
    )
