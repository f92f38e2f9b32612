"""Findings as Markdown: a job's summary, or a comment.

Source: GitHub Docs, "Workflow commands", "Adding a job summary": at most 1 MiB a step.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from keylife.compliance.verdict import Located, Verdict
from keylife.model.instant import format_instant
from keylife.reports.findings.text import summary_of
from keylife.reports.markdown import code, prose

MOST = 200
"""Rows of a table: a summary that is cut off by its size limit would show nothing at all."""


def write(verdict: Verdict, stream: TextIO) -> None:
    """A heading that says yes or no, what it adds up to, a table of findings, one of waivers."""
    stream.write(f"### keylife: {'refused' if verdict.violations else 'accepted'}\n\n")
    stream.write(f"{summary_of(verdict)}.\n")
    _table(
        stream,
        ("", "rule", "subject", "where", "what", "what to do"),
        (
            (f"{located.finding.severity}", *_cells(located), prose(located.finding.remedy))
            for located in verdict.findings
        ),
    )
    _table(
        stream,
        ("waived until", "rule", "subject", "where", "what", "approved by", "because"),
        (
            (
                format_instant(waived.until),
                *_cells(waived.located),
                code(waived.approver),
                prose(waived.reason),
            )
            for waived in verdict.waived
        ),
    )


def _cells(located: Located) -> tuple[str, str, str, str]:
    finding, place = located.finding, located.place
    where = "" if place is None else code(f"{place.file.as_posix()}:{place.line}")
    return code(finding.rule), code(finding.subject), where, prose(finding.message)


def _table(stream: TextIO, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    listed = list(rows)
    if not listed:
        return
    stream.write(f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}\n")
    for row in listed[:MOST]:
        stream.write(f"| {' | '.join(row)} |\n")
    if len(listed) > MOST:
        stream.write(f"\nand {len(listed) - MOST} more\n")
