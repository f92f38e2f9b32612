"""What a benchmark found, for people and for programs."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from rich.console import Console
from rich.table import Table

VERSION = 1
"""Of the JSON form; it changes when a field changes its meaning."""


@dataclass(frozen=True)
class Figure:
    """A ratio that has a limit."""

    what: str
    measured: float
    limit: float | None
    """Not to be exceeded; None where nobody set one."""

    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether it is kept; None where there is no limit."""
        return None if self.limit is None else self.measured <= self.limit


@dataclass
class Result:
    """What one benchmark found."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    load: tuple[float, float] = (0.0, 0.0)
    """The machine's load average before and after."""


def write_json(results: Sequence[Result]) -> str:
    """All results as one object."""
    return json.dumps(
        {
            "version": VERSION,
            "cores": os.cpu_count(),
            "results": [
                {
                    **asdict(result),
                    "figures": [{**asdict(f), "met": f.met} for f in result.figures],
                }
                for result in results
            ],
        },
        indent=2,
    )


def show(result: Result, console: Console) -> None:
    """One result as a table, its ratios, and what is to be known about them."""
    table = Table(title=result.title, title_justify="left", header_style="bold")
    for number, column in enumerate(result.columns):
        table.add_column(column, justify="right" if number else "left")
    for row in result.rows:
        table.add_row(*row)
    console.print(table)
    for figure in result.figures:
        limit = "" if figure.limit is None else f", at most {figure.limit:g}"
        verdict = {True: "met", False: "MISSED", None: ""}[figure.met]
        console.print(
            f"  {figure.what}: {figure.measured:.2f}{limit} {verdict} {figure.note}".rstrip()
        )
    for note in result.notes:
        console.print(f"  {note}")
    before, after = result.load
    console.print(f"  load average {before:.1f} before, {after:.1f} after\n")
