"""Text of others in Markdown: shown as it is, and nothing else."""

from __future__ import annotations

import html

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from keylife.reports.markdown import code, prose
from keylife.reports.plain import plain
from tests.reports.findings.verdicts import HOSTILE, texts

READER = MarkdownIt("commonmark").enable("table")


def inline(markdown: str) -> list[Token]:
    [_, paragraph, _] = READER.parse(f"so: {markdown}.")
    assert paragraph.children is not None
    return paragraph.children


def shown(tokens: list[Token]) -> str:
    return "".join(token.content for token in tokens if token.type != "html_inline")


@given(texts)
@settings(max_examples=200)
def test_code_shows_every_letter_and_is_nothing_but_code(text: str) -> None:
    tokens = inline(code(text))

    assert shown(tokens) == f"so: {plain(text) if plain(text).strip() else ' '}."
    assert [t.type for t in tokens if t.type != "text"] in (
        ["code_inline"],
        ["html_inline", "html_inline"],
    )


@given(texts)
@settings(max_examples=200)
def test_prose_shows_every_word_and_no_mark_up(text: str) -> None:
    tokens = inline(prose(text))

    assert {token.type for token in tokens} <= {"text", "code_inline", "html_inline"}
    assert _letters(shown(tokens)) == _letters(f"so: {plain(text)}.")


def _letters(text: str) -> str:
    return "".join(html.unescape(text).replace("`", "").split())


@pytest.mark.parametrize("text", HOSTILE)
def test_nobody_is_called_and_nothing_is_linked(text: str) -> None:
    outside = "".join(token.content for token in inline(prose(text)) if token.type == "text")

    assert "@" not in outside
    assert "://" not in outside
    assert "www." not in outside


def test_a_sentence_of_a_rule_stays_a_sentence() -> None:
    sentence = "service `exporter` is retired since 2026-10-01T00:00:00Z (now 2026-11-23)"

    assert prose(sentence) == sentence
    assert prose("by oncall@example.com, PAY-812") == "by `oncall@example.com`, PAY-812"
