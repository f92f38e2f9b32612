"""A review in each format: as it was, and safe whatever the change says."""

from __future__ import annotations

import io
import json
import re
from pathlib import PurePosixPath

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt

from keylife.errors import Fault, UsageError
from keylife.model.registry import Owner
from keylife.reports.plain import plain
from keylife.reports.review import FORMATS, writer_named
from keylife.reports.review.json_v1 import write_approvals
from keylife.reports.review.markdown import LARGEST, MARKER
from keylife.review import Change, Declared, Noun, Risk, Subject, What
from keylife.review.approvals import Approval
from keylife.review.preview import Comparison, Step, read_previews
from keylife.review.repository import Repository as Reader
from keylife.review.review import Review
from keylife.review.reviewing import review
from keylife.review.revision import Revision
from tests.declarations.folders import SERVICES, key_text
from tests.reports.findings.runner import command_in
from tests.reports.findings.verdicts import texts
from tests.reports.golden import FOLDER, assert_golden
from tests.reports.schemas import schema
from tests.review.declarations import AT
from tests.review.repositories import BILLING, DECLARED, Repository, keys

SUFFIXES = {"text": "txt", "markdown": "md", "json": "json"}
REVIEW, APPROVALS = schema("review"), schema("approvals")
RECORDED = FOLDER.parent / "review" / "preview-of-a-revocation.json"


def written(told: Review, name: str) -> str:
    stream = io.StringIO()
    writer_named(name)(told, stream)
    return stream.getvalue()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Review:
    """A revocation, a stretched life, a key that is forgotten, a retired service, a waiver."""
    repository = Repository(tmp_path_factory.mktemp("review") / "repo")
    before = keys(key_text(), key_text("stretched"), key_text("forgotten"))
    repository.commit(**DECLARED, CODEOWNERS="* @org/payments\n")
    repository.commit(
        **{
            BILLING: before,
            "stacks/services.yaml": SERVICES + "  - id: exporter\n    description: exports\n",
        }
    )
    tombstone = "{at: 2026-11-20T09:30:00Z, reason: superseded, by: oncall@example.com, ref: P-1}"
    repository.commit(
        **{
            BILLING: keys(key_text(revoked=tombstone), key_text("stretched", ttl="365d")),
            "stacks/services.yaml": SERVICES
            + "  - id: exporter\n    description: exports\n"
            + "    status: retired\n    since: 2026-11-01T00:00:00Z\n",
            "stacks/keylife.yaml": "waivers:\n  - rule: ttl-within-limit\n    key: stretched\n"
            "    reason: moves to OIDC\n    approver: ciso\n    until: 2026-12-24T00:00:00Z\n",
        }
    )
    preview = read_previews([("recorded", RECORDED.read_text())])
    folder = repository.folder / "stacks"
    return review(Reader(repository.folder), folder, "HEAD~1", "HEAD", at=AT, preview=preview)


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_as_it_was(told: Review, name: str) -> None:
    assert_golden(f"review.{name}.{SUFFIXES[name]}", written(told, name))


def test_the_json_with_a_previews_steps_is_what_its_published_schema_says(told: Review) -> None:
    REVIEW.validate(json.loads(written(told, "json")))


def test_the_approvals_are_as_they_were(told: Review) -> None:
    stream = io.StringIO()
    write_approvals(told, stream)

    assert_golden("review.approvals.json", stream.getvalue())
    APPROVALS.validate(json.loads(stream.getvalue()))


def test_a_side_that_does_not_load_is_in_the_schemas_too() -> None:
    bad = some_review(wrong="x")
    stream = io.StringIO()
    write_approvals(bad, stream)

    REVIEW.validate(json.loads(written(bad, "json")))
    APPROVALS.validate(json.loads(stream.getvalue()))
    assert json.loads(stream.getvalue())["compared"] is False


def test_an_unknown_format_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="no format 'sarif'"):
        writer_named("sarif")


def some_review(*changes: Change, warnings: tuple[str, ...] = (), wrong: str = "") -> Review:
    head = Revision("HEAD", "b" * 40, None if wrong else Declared(), trouble=wrong or None)
    if wrong:
        fault = Fault(PurePosixPath(f"a{wrong}"), 1, 1, wrong, wrong)
        head = Revision(wrong, "b" * 40, None, (fault,), wrong)
    approvals = tuple(
        Approval(change, None, (Owner.model_construct(id="o", contact=change.told),), ())
        for change in changes
    )
    steps = {c.subject: (Step("create", c.told, c.told),) for c in changes}
    return Review(
        Revision("main", "a" * 40, Declared()),
        head,
        AT,
        tuple(sorted(changes, key=lambda change: change.order)),
        approvals,
        Comparison(steps, warnings),
    )


_changes = st.builds(
    Change,
    st.sampled_from(What),
    st.builds(Subject, st.sampled_from(Noun), texts, st.sampled_from(["", "dev"])),
    texts,
    effects=st.lists(texts, max_size=2).map(tuple),
)


@given(st.lists(_changes, max_size=3), st.lists(texts, max_size=2), texts)
@settings(max_examples=80)
def test_the_comment_has_only_our_structure(
    changes: list[Change], warnings: list[str], wrong: str
) -> None:
    for told in (some_review(*changes, warnings=(*warnings,)), some_review(wrong=f"x{wrong}")):
        markdown = written(told, "markdown")
        tokens = MarkdownIt("commonmark", {"linkify": True}).enable("table").parse(markdown)

        assert markdown.startswith(f"{MARKER}\n### Keys: ")
        assert [t.type for t in tokens].count("heading_open") == 1
        blocks = {t.type for t in tokens} - {"inline", "html_block"}
        assert {b.rsplit("_", 1)[0] for b in blocks} <= {
            "heading",
            "paragraph",
            "bullet_list",
            "list_item",
        }
        assert [t.content.strip() for t in tokens if t.type == "html_block"] == [MARKER]
        inline = [child for token in tokens for child in token.children or ()]
        assert {c.type for c in inline} <= {
            "text",
            "code_inline",
            "html_inline",
            "strong_open",
            "strong_close",
            "softbreak",
        }
        assert {c.content for c in inline if c.type == "html_inline"} <= {"<code>", "</code>"}
        items = [t for t in tokens if t.type == "list_item_open"]
        if told.changes:
            effects = sum(len(change.effects) + 1 for change in told.changes)
            subjects = len({change.subject for change in told.changes})
            assert len(items) == effects + subjects + len(warnings)


@given(st.lists(_changes, max_size=3), st.lists(texts, max_size=2), texts)
@settings(max_examples=60)
def test_the_log_of_a_pipeline_takes_no_text_for_a_command(
    changes: list[Change], warnings: list[str], wrong: str
) -> None:
    for told in (some_review(*changes, warnings=(*warnings,)), some_review(wrong=f"x{wrong}")):
        lines = written(told, "text").split("\n")

        assert not any(command_in(line) for line in lines)
        assert all(line.isprintable() for line in lines)


@given(st.lists(_changes, max_size=3))
@settings(max_examples=30)
def test_json_says_every_change(changes: list[Change]) -> None:
    answer = json.loads(written(some_review(*changes), "json"))

    REVIEW.validate(answer)
    assert [c["told"] for c in answer["changes"]] == [
        c.told for c in sorted(changes, key=lambda change: change.order)
    ]
    assert answer["format_version"] == 1


def test_a_comment_that_github_would_refuse_is_cut_and_says_so() -> None:
    many = [
        Change(What.ISSUED, Subject(Noun.KEY, f"key-{n}", "dev"), "x" * 200) for n in range(500)
    ]

    markdown = written(some_review(*many), "markdown")

    assert LARGEST - 1_000 < len(markdown) < 65_536
    assert "more: `keylife diff` shows them all\n" in markdown


def test_colour_is_for_terminals_and_not_where_it_is_not_wanted(
    told: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = written(told, "text")
    monkeypatch.setenv("NO_COLOR", "1")

    assert "\x1b[1;31m" in coloured
    assert "\x1b[31m" not in written(told, "text")
    assert "\x1b[1;31m" not in written(told, "text")


def test_text_that_others_wrote_is_shown(told: Review) -> None:
    hostile = Change(What.REWORDED, Subject(Noun.KEY, "a", "dev"), "a\x1b[31m`b` ##[error]c")

    assert plain(hostile.told) in written(some_review(hostile), "text")


def test_the_vectors_name_no_path_of_a_machine() -> None:
    for name in ("review.text.txt", "review.markdown.md", "review.json.json"):
        assert "/tmp" not in (FOLDER / name).read_text()


def test_the_page_lists_every_change_in_the_order_of_risk() -> None:
    page = (FOLDER.parent.parent.parent / "docs/how-to/review-key-changes.md").read_text("utf-8")

    for risk in Risk:
        listed = ", ".join(what for what in What if what.risk is risk)
        assert f"| {risk} | {listed} |" in page


@pytest.mark.parametrize("name", ["review", "approvals"])
def test_the_schema_knows_every_word(name: str) -> None:
    text = (FOLDER.parent.parent.parent / f"docs/reference/formats/{name}.schema.json").read_text()
    [words] = re.findall(r'"examples": \[(.*?)\]', text, re.DOTALL)

    assert re.findall(r'"(.*?)"', words) == [what.replace(" ", "-") for what in What]
