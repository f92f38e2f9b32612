"""Findings as SARIF 2.1.0, which code scanning services and editors read.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"; GitHub Docs,
"SARIF support for code scanning", for what is needed beyond the standard: a physical location in
each result, and partial fingerprints.
"""

from __future__ import annotations

import json
from typing import Any, TextIO
from urllib.parse import quote

from keylife.compliance.finding import Severity
from keylife.compliance.verdict import Located, Verdict, Waived
from keylife.model.instant import format_instant
from keylife.reports.findings.identity import identified
from keylife.reports.plain import plain

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {Severity.VIOLATION: "error", Severity.WARNING: "warning"}

NO_FILE = "Pulumi.yaml"
"""Where a finding is shown that no file holds (a resource of a plan, a state): the services drop
or refuse a result without a file, and this one is in every repository that is judged."""


def write(verdict: Verdict, stream: TextIO) -> None:
    """One log with one run; waived findings are in it, as suppressed."""
    rules = _rules(verdict)
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    waivers: list[Waived | None] = [*([None] * len(verdict.findings)), *verdict.waived]
    found = identified([*verdict.findings, *(waived.located for waived in verdict.waived)])
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "keylife", "rules": rules}},
                "columnKind": "unicodeCodePoints",
                "properties": {
                    "at": format_instant(verdict.at),
                    "subjects": verdict.subjects,
                    "waived": len(verdict.waived),
                },
                "results": [
                    _result(located, identity, index[located.finding.rule], waiver)
                    for (located, identity), waiver in zip(found, waivers, strict=True)
                ],
            }
        ],
    }
    json.dump(log, stream, indent=2)
    stream.write("\n")


def _rules(verdict: Verdict) -> list[dict[str, Any]]:
    """All rules that were asked, and whatever else found something, by id.

    The standard's ``helpUri`` has to be absolute, and keylife's pages lie beside the code, so the
    page is named in ``help``, which is what the services show.
    """
    asked = [*verdict.findings, *(waived.located for waived in verdict.waived)]
    pages = {located.finding.rule: located.finding.anchor for located in asked}
    rules = []
    for rule in sorted({*verdict.rules, *pages}):
        page = pages.get(rule, f"docs/reference/rules/{rule}.md")
        rules.append(
            {
                "id": rule,
                "shortDescription": {"text": rule.replace("-", " ")},
                "help": {"text": f"see {page}", "markdown": f"see `{page}`"},
                "properties": {"tags": ["security", "credentials"]},
            }
        )
    return rules


def _result(located: Located, identity: str, index: int, waiver: Waived | None) -> dict[str, Any]:
    finding = located.finding
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": plain(f"{finding.subject}: {finding.message}; {finding.remedy}")},
        "locations": [
            {
                "physicalLocation": _physical(located),
                "logicalLocations": [{"fullyQualifiedName": plain(finding.subject)}],
            }
        ],
        "partialFingerprints": {"ruleAndSubject/v1": identity},
    }
    if waiver is not None:
        until = format_instant(waiver.until)
        why = f"{waiver.reason} (approved by {waiver.approver}, until {until})"
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": plain(why)}
        ]
    return result


def _physical(located: Located) -> dict[str, Any]:
    place = located.place
    if place is None:
        return {"artifactLocation": {"uri": NO_FILE}}
    return {
        "artifactLocation": {"uri": quote(place.file.as_posix(), errors="replace")},
        "region": {"startLine": place.line, "startColumn": place.column},
    }
