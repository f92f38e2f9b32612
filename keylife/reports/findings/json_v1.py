"""Findings for programs, in keylife's own terms; ``format_version`` counts breaking changes."""

from __future__ import annotations

import json
from typing import Any, TextIO

from keylife.compliance.verdict import Located, Verdict
from keylife.model.instant import format_instant
from keylife.reports.findings.identity import identified


def write(verdict: Verdict, stream: TextIO) -> None:
    """One JSON object, in ASCII so that any reader's encoding will do."""
    waived = identified(waived.located for waived in verdict.waived)
    answer = {
        "format_version": 1,
        "at": format_instant(verdict.at),
        "subjects": verdict.subjects,
        "rules": list(verdict.rules),
        "violations": len(verdict.violations),
        "warnings": len(verdict.warnings),
        "findings": [_finding(*found) for found in identified(verdict.findings)],
        "waived": [
            {
                **_finding(*found),
                "reason": waiver.reason,
                "approver": waiver.approver,
                "until": format_instant(waiver.until),
            }
            for found, waiver in zip(waived, verdict.waived, strict=True)
        ],
    }
    json.dump(answer, stream, indent=2)
    stream.write("\n")


def _finding(located: Located, identity: str) -> dict[str, Any]:
    finding, place = located.finding, located.place
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "subject": finding.subject,
        "message": finding.message,
        "remedy": finding.remedy,
        "page": finding.anchor,
        "file": None if place is None else place.file.as_posix(),
        "line": None if place is None else place.line,
        "column": None if place is None else place.column,
        "identity": identity,
    }
