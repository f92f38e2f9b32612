"""Findings as GitHub annotations: workflow commands that a step prints.

Sources: GitHub Docs, "Workflow commands for GitHub Actions"; the escapes are those of
``@actions/core``, ``command.ts``, which the runner undoes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from keylife.compliance.verdict import Located, Verdict
from keylife.model.instant import format_instant
from keylife.reports.findings.text import summary_of
from keylife.reports.plain import plain

SHOWN = 10
"""Annotations of one level that GitHub shows of a step; the others are in the log only."""


def write(verdict: Verdict, stream: TextIO) -> None:
    """One command a line: violations, warnings, waivers, and what it adds up to."""
    lines = [
        *_commands("error", verdict.violations),
        *_commands("warning", verdict.warnings),
        *(
            _command(
                "notice",
                waived.located,
                f"{_told(waived.located)}; waived until {format_instant(waived.until)},"
                f" approved by {waived.approver}: {waived.reason}",
            )
            for waived in verdict.waived
        ),
        summary_of(verdict),
    ]
    stream.write("".join(f"{line}\n" for line in lines))


def _commands(level: str, findings: Sequence[Located]) -> list[str]:
    """All of them; where there are more than are shown, the last one shown says so."""
    lines = [
        _command(level, found, f"{_told(found)}; {found.finding.remedy}") for found in findings
    ]
    if len(lines) > SHOWN:
        more = f"and {len(lines) - SHOWN + 1} more: they stand in this step's log"
        lines.insert(SHOWN - 1, f"::{level} title=keylife::{more}")
    return lines


def _told(located: Located) -> str:
    return f"{located.finding.subject}: {located.finding.message}"


def _command(level: str, located: Located, message: str) -> str:
    properties = {"title": f"keylife: {located.finding.rule}"}
    if located.place is not None:
        place = located.place
        where = {"file": place.file.as_posix(), "line": str(place.line), "col": str(place.column)}
        properties = where | properties
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {listed}::{_data(message)}"


def _data(text: str) -> str:
    """A message: a percent sign would be undone by the runner, a line end would end it."""
    return plain(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
