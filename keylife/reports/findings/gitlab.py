"""Findings as a GitLab code quality report, which merge requests show.

Source: GitLab Docs, "Code Quality", "Code quality report format". GitLab shows only the first of
two entries with one fingerprint, and none without a path.
"""

from __future__ import annotations

import json
from typing import Any, TextIO

from keylife.compliance.finding import Severity
from keylife.compliance.verdict import Located, Verdict
from keylife.model.instant import format_instant
from keylife.reports.findings.identity import identified
from keylife.reports.findings.sarif import NO_FILE
from keylife.reports.plain import plain

_SEVERITIES = {Severity.VIOLATION: "critical", Severity.WARNING: "minor"}


def write(verdict: Verdict, stream: TextIO) -> None:
    """One JSON list; waived findings are in it as information."""
    found = list(identified([*verdict.findings, *(w.located for w in verdict.waived)]))
    split = len(verdict.findings)
    entries = [_entry(*one, _SEVERITIES[one[0].finding.severity], "") for one in found[:split]]
    for one, waived in zip(found[split:], verdict.waived, strict=True):
        until = format_instant(waived.until)
        why = f"waived until {until}, approved by {waived.approver}: {waived.reason}; "
        entries.append(_entry(*one, "info", why))
    json.dump(entries, stream, indent=2)
    stream.write("\n")


def _entry(located: Located, identity: str, severity: str, before: str) -> dict[str, Any]:
    finding, place = located.finding, located.place
    told = f"{before}{finding.subject}: {finding.message}; {finding.remedy}"
    return {
        "type": "issue",
        "description": plain(told),
        "check_name": finding.rule,
        "fingerprint": identity,
        "severity": severity,
        "location": {
            "path": NO_FILE if place is None else place.file.as_posix(),
            "lines": {"begin": 1 if place is None else place.line},
        },
    }
