"""Each format is what its readers take, whatever the texts in it say."""

from __future__ import annotations

import importlib
import io
import json
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt

from keylife.compliance.verdict import Verdict
from keylife.errors import UsageError
from keylife.reports.findings import FORMATS, write_findings
from keylife.reports.plain import plain
from tests.reports.findings.runner import command_in
from tests.reports.findings.verdicts import (
    AT,
    EMPTY,
    MIXED,
    located,
    verdicts,
    waived,
)
from tests.reports.findings.xsd import Schema
from tests.reports.golden import FOLDER, assert_golden
from tests.reports.schemas import schema

SUFFIXES = {"text": "txt", "github": "txt", "junit": "xml", "markdown": "md"}
jsonschema = importlib.import_module("jsonschema")  # it ships no types
SARIF = jsonschema.Draft4Validator(json.loads((FOLDER / "sarif-schema-2.1.0.json").read_text()))
FINDINGS = schema("findings")
JUNIT = Schema(FOLDER / "junit-10.xsd")

# GitLab Docs, "Code Quality", "Code quality report format": the fields it reads.
GITLAB = jsonschema.Draft202012Validator(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": {"type": "string", "minLength": 1},
                "check_name": {"type": "string", "minLength": 1},
                "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "type": "object",
                    "required": ["path", "lines"],
                    "properties": {
                        "path": {"type": "string", "pattern": "^(?!\\./)[^/]"},
                        "lines": {
                            "type": "object",
                            "required": ["begin"],
                            "properties": {"begin": {"type": "integer", "minimum": 1}},
                        },
                    },
                },
            },
        },
    }
)


def written(verdict: Verdict, name: str) -> str:
    stream = io.StringIO()
    write_findings(verdict, name, stream)
    return stream.getvalue()


def sarif(verdict: Verdict) -> Any:
    log = json.loads(written(verdict, "sarif"))
    SARIF.validate(log)
    return log["runs"][0]


@pytest.mark.parametrize(("title", "verdict"), [("findings", MIXED), ("no-findings", EMPTY)])
@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_as_it_was(name: str, title: str, verdict: Verdict) -> None:
    assert_golden(f"{title}.{name}.{SUFFIXES.get(name, 'json')}", written(verdict, name))


def test_an_unknown_format_is_a_mistake_and_nothing_is_written() -> None:
    stream = io.StringIO()

    with pytest.raises(UsageError) as error:
        write_findings(MIXED, "Sarif", stream)

    assert error.value.exit_code == 2
    assert str(error.value.hint).startswith("the formats are text, json, sarif,")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_how_much_was_waived(name: str) -> None:
    without = Verdict(MIXED.at, MIXED.subjects, MIXED.rules, MIXED.findings)

    told, untold = written(MIXED, name), written(without, name)

    assert "moves to OIDC (PAY-7)" in told
    assert "2026-12-24T00:00:00Z" in told
    assert "moves to OIDC" not in untold


@given(verdicts)
@settings(max_examples=60)
def test_sarif_is_valid_and_points_at_its_rules(verdict: Verdict) -> None:
    run = sarif(verdict)

    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) == len(verdict.findings) + len(verdict.waived)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        [place] = result["locations"]
        assert ":" not in place["physicalLocation"]["artifactLocation"]["uri"]


def test_the_schema_of_sarif_refuses_what_is_no_sarif() -> None:
    log = json.loads(written(MIXED, "sarif"))
    log["runs"][0]["results"][0]["line"] = 1

    assert not SARIF.is_valid(log)


def test_a_finding_keeps_its_identity_when_its_line_and_its_numbers_change() -> None:
    moved = Verdict(AT, 1, (), (located(message="it expires in 399d", place=None),))
    other = Verdict(AT, 1, (), (located(subject="billing-read"),))

    def identities(verdict: Verdict) -> set[str]:
        found = {r["partialFingerprints"]["ruleAndSubject/v1"] for r in sarif(verdict)["results"]}
        assert found == {entry["fingerprint"] for entry in json.loads(written(verdict, "gitlab"))}
        return found

    assert identities(moved) < identities(MIXED)
    assert identities(other).isdisjoint(identities(MIXED))
    assert len(identities(MIXED)) == 5


@given(verdicts)
@settings(max_examples=60)
def test_json_is_what_its_published_schema_says(verdict: Verdict) -> None:
    answer = json.loads(written(verdict, "json"))

    FINDINGS.validate(answer)
    assert [f["subject"] for f in answer["findings"]] == [
        found.finding.subject for found in verdict.findings
    ]
    assert len({f["identity"] for f in answer["findings"]}) == len(verdict.findings)


@given(verdicts)
@settings(max_examples=60)
def test_junit_is_valid_and_counts_what_is_in_it(verdict: Verdict) -> None:
    root = Xml.fromstring(written(verdict, "junit"))

    assert JUNIT.faults(root) == []
    assert root.get("failures") == str(len(verdict.violations)) == str(len(_all(root, "failure")))
    assert root.get("tests") == str(len(_all(root, "testcase")))
    assert len(_all(root, "skipped")) == len(verdict.waived)
    assert len(_all(root, "system-out")) == len(verdict.warnings)


def _all(root: Xml.Element, tag: str) -> list[Xml.Element]:
    return list(root.iter(tag))


@pytest.mark.parametrize(
    "text",
    [
        "<testsuite name='a' tests='1' failures='0' errors='0'><passed/></testsuite>",
        "<testsuite name='a' tests='1' failures='0'/>",
        "<testsuites><testcase name='a'/></testsuites>",
        "<testcase name='a' line='3'/>",
    ],
)
def test_the_schema_of_junit_refuses_what_is_no_junit(text: str) -> None:
    assert JUNIT.faults(Xml.fromstring(text)) != []


@given(verdicts)
@settings(max_examples=60)
def test_gitlab_takes_every_entry(verdict: Verdict) -> None:
    entries = json.loads(written(verdict, "gitlab"))

    GITLAB.validate(entries)
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)
    assert len(entries) == len(verdict.findings) + len(verdict.waived)


@given(verdicts)
@settings(max_examples=60)
def test_the_runner_reads_one_command_a_finding_with_nothing_added(verdict: Verdict) -> None:
    commands = [command_in(line) for line in written(verdict, "github").split("\n")]

    assert [c.name for c in commands if c] == [
        *("error" for _ in verdict.violations),
        *("warning" for _ in verdict.warnings),
        *("notice" for _ in verdict.waived),
    ]
    told = [*verdict.violations, *verdict.warnings]
    for command, found in zip((c for c in commands if c), told, strict=False):
        finding = found.finding
        assert command.data == plain(f"{finding.subject}: {finding.message}; {finding.remedy}")
        assert set(command.properties) == {
            "title",
            *(("file", "line", "col") if found.place else ()),
        }
        if found.place:
            assert command.properties["file"] == plain(found.place.file.as_posix())


def test_more_findings_than_github_shows_are_counted_in_the_last_that_it_shows() -> None:
    many = Verdict(AT, 30, (), tuple(located(subject=f"key-{n}") for n in range(12)))

    lines = written(many, "github").splitlines()

    assert lines[9] == "::error title=keylife::and 3 more: they stand in this step's log"
    assert sum(line.startswith("::error file=") for line in lines) == 12


@given(verdicts)
@settings(max_examples=60)
def test_the_log_of_a_pipeline_takes_no_text_for_a_command(verdict: Verdict) -> None:
    lines = written(verdict, "text").split("\n")

    assert [command_in(line) for line in lines if command_in(line)] == []
    assert len(lines) == 2 * (len(verdict.findings) + len(verdict.waived)) + 2
    assert all(line.isprintable() for line in lines)


@given(verdicts)
@settings(max_examples=60)
def test_markdown_has_only_our_structure_and_shows_every_text(verdict: Verdict) -> None:
    tokens = (
        MarkdownIt("commonmark", {"linkify": True})
        .enable("table")
        .parse(written(verdict, "markdown"))
    )

    assert sum(token.type == "heading_open" for token in tokens) == 1
    assert sum(token.type == "paragraph_open" for token in tokens) == 1
    rows = [token for token in tokens if token.type == "tr_open"]
    heads = bool(verdict.findings) + bool(verdict.waived)
    assert len(rows) == heads + len(verdict.findings) + len(verdict.waived)
    cells = sum(token.type in ("td_open", "th_open") for token in tokens)
    assert cells == 6 * _rows(verdict.findings) + 7 * _rows(verdict.waived)
    inline = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inline} <= {"text", "code_inline", "html_inline"}
    assert {c.content for c in inline if c.type == "html_inline"} <= {"<code>", "</code>"}


def _rows(found: tuple[object, ...]) -> int:
    return len(found) + 1 if found else 0


def test_a_table_that_would_burst_the_summary_is_cut_and_says_so() -> None:
    many = Verdict(AT, 300, (), tuple(located(subject=f"key-{n}") for n in range(203)))

    assert written(many, "markdown").endswith("\nand 3 more\n")


def test_a_waiver_is_suppressed_in_sarif_and_says_by_whom() -> None:
    [result] = sarif(Verdict(AT, 1, (), (), (waived(located(), "r", "ciso"),)))["results"]

    assert result["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "r (approved by ciso, until 2026-12-24T00:00:00Z)",
        }
    ]
