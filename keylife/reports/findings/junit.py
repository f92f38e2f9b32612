"""Findings as JUnit XML, which every pipeline shows as tests.

A suite a rule; in it a test for each finding, failed by a violation and skipped by a waiver. What
a rule found nothing against is one test that passed.

Source: the Jenkins xUnit plugin's ``junit-10.xsd``, the schema of what its readers take.
"""

from __future__ import annotations

from collections import Counter
from typing import TextIO
from xml.etree import ElementTree as Xml

from keylife.compliance.finding import Severity
from keylife.compliance.verdict import Located, Verdict, Waived
from keylife.model.instant import format_instant
from keylife.reports.plain import plain


def write(verdict: Verdict, stream: TextIO) -> None:
    """One XML document."""
    waived = [(waived.located, waived) for waived in verdict.waived]
    found: list[tuple[Located, Waived | None]] = [*((f, None) for f in verdict.findings), *waived]
    root = Xml.Element("testsuites", name="keylife", tests="0", failures="0", errors="0")
    for rule in sorted({*verdict.rules, *(located.finding.rule for located, _ in found)}):
        against = [(located, w) for located, w in found if located.finding.rule == rule]
        root.append(_suite(rule, against, verdict))
    for total in ("tests", "failures"):
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in root)))
    Xml.indent(root)
    stream.write("<?xml version='1.0' encoding='UTF-8'?>\n")
    stream.write(Xml.tostring(root, encoding="unicode") + "\n")


def _suite(rule: str, found: list[tuple[Located, Waived | None]], verdict: Verdict) -> Xml.Element:
    suite = Xml.Element("testsuite", name=plain(rule), timestamp=format_instant(verdict.at))
    seen: Counter[str] = Counter()
    for located, waived in found:
        subject = located.finding.subject
        seen[subject] += 1
        name = plain(subject) if seen[subject] == 1 else f"{plain(subject)} ({seen[subject]})"
        case = Xml.SubElement(suite, "testcase", classname=f"keylife.{plain(rule)}", name=name)
        _outcome(case, located, waived)
    if not found:
        passed = f"{verdict.subjects} judged"
        Xml.SubElement(suite, "testcase", classname=f"keylife.{plain(rule)}", name=passed)
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", "0")
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    return suite


def _outcome(case: Xml.Element, located: Located, waived: Waived | None) -> None:
    finding = located.finding
    where = f"{located.place}: " if located.place else ""
    told = plain(f"{where}{finding.message}; {finding.remedy} ({finding.anchor})")
    if waived is not None:
        until = format_instant(waived.until)
        why = f"waived until {until}, approved by {waived.approver}: {waived.reason}"
        Xml.SubElement(case, "skipped", message=plain(why)).text = told
    elif finding.severity is Severity.VIOLATION:
        failure = Xml.SubElement(case, "failure", type="violation", message=plain(finding.message))
        failure.text = told
    else:
        Xml.SubElement(case, "system-out").text = f"warning: {told}"
