"""Findings for a person at a terminal."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console
from rich.text import Text

from keylife.compliance.finding import Severity
from keylife.compliance.verdict import Located, Verdict
from keylife.model.instant import format_instant
from keylife.model.number import counted
from keylife.reports.plain import plain

_STYLES = {Severity.VIOLATION: "bold red", Severity.WARNING: "yellow"}


def write(verdict: Verdict, stream: TextIO) -> None:
    """One finding a line pair: where and what, then the way out; what it adds up to comes last.

    In colour where the stream is a terminal and NO_COLOR is not set. No line begins with text
    that others chose.
    """
    console = Console(file=stream, highlight=False, soft_wrap=True)
    for located in verdict.findings:
        severity = located.finding.severity
        line = Text(f"{severity:<9}", style=_STYLES[severity])
        line.append(f"  {plain(_told(located))}", style="default")
        console.print(line)
        remedy = f"→ {located.finding.remedy} ({located.finding.anchor})"
        console.print(Text(f"{'':<9}  {plain(remedy)}", style="dim"))
    for waived in verdict.waived:
        told = f"{_told(waived.located)}; until {format_instant(waived.until)}"
        why = f"approved by {waived.approver}: {waived.reason}"
        console.print(Text(f"{'waived':<9}  {plain(told)}"))
        console.print(Text(f"{'':<9}  {plain(why)}", style="dim"))
    console.print(Text(summary_of(verdict)))


def _told(located: Located) -> str:
    where = f"{located.place}: " if located.place else ""
    finding = located.finding
    return f"{where}[{finding.rule}] {finding.subject}: {finding.message}"


def summary_of(verdict: Verdict) -> str:
    """What a verdict adds up to, in one line."""
    return (
        f"{counted(verdict.subjects, 'subject')} judged by {counted(len(verdict.rules), 'rule')}"
        f" at {format_instant(verdict.at)}: {counted(len(verdict.violations), 'violation')},"
        f" {counted(len(verdict.warnings), 'warning')}, {len(verdict.waived)} waived"
    )
