"""A review as the comment of a pull request.

It begins with a marker that never changes and does not show, so that a bot finds its own earlier
comment and writes over it. Source of the limit: GitHub refuses a comment of more than 65,536
characters.
"""

from __future__ import annotations

from typing import TextIO

from keylife.model.instant import format_instant
from keylife.reports.markdown import code, prose
from keylife.reports.review.words import (
    name_of,
    place_of,
    steps_beside,
    subject_of,
    summary_of,
    troubles_of,
)
from keylife.review.approvals import reviewers
from keylife.review.change import Change, Risk
from keylife.review.preview import Step
from keylife.review.review import Review

MARKER = "<!-- keylife review -->"
"""The first line of every comment: what a bot looks for."""

LARGEST = 60_000
"""Characters of the changes; what is below them has to fit too."""

_SIGNS = {Risk.HIGH: "🔴", Risk.MEDIUM: "🟡", Risk.LOW: "🟢"}
_MOST = 50


def write(review: Review, stream: TextIO) -> None:
    """The whole comment; where it would be too long, the least risky changes are only counted."""
    stream.write(f"{MARKER}\n### Keys: {_headline(review)}\n")
    sides = f"{code(name_of(review.before))} → {code(name_of(review.after))}"
    stream.write(f"{sides}, at {format_instant(review.at)}\n")
    for sentence, wrong in troubles_of(review):
        stream.write(f"\n**Attention:** {prose(sentence)}\n")
        stream.writelines(f"- {code(one)}\n" for one in wrong[:_MOST])
        if len(wrong) > _MOST:
            stream.write(f"- and {len(wrong) - _MOST} more\n")
    _changes(review, stream)
    if review.preview is not None and review.preview.warnings:
        stream.write("\n**What Pulumi's preview says besides**\n")
        _listed(stream, review.preview.warnings, "", _MOST)
    asked = reviewers(review.approvals)
    if asked:
        stream.write(f"\n**Ask:** {', '.join(code(name) for name in asked[:_MOST])}\n")


def _headline(review: Review) -> str:
    return summary_of(review) if review.exit_code == 0 else "this change cannot be told"


def _changes(review: Review, stream: TextIO) -> None:
    risk, written = None, 0
    for number, (change, steps) in enumerate(steps_beside(review)):
        block = _change(review, change, steps)
        written += len(block)
        if written > LARGEST:
            left = len(review.changes) - number
            stream.write(f"\n…and {left} more: `keylife diff` shows them all\n")
            return
        if change.what.risk is not risk:
            risk = change.what.risk
            stream.write(f"\n{_SIGNS[risk]} **{risk} risk**\n")
        stream.write(block)


def _change(review: Review, change: Change, steps: tuple[Step, ...]) -> str:
    noun, name = subject_of(change)
    what = change.what.upper() if change.what.risk is Risk.HIGH else str(change.what)
    where = f" in {code(change.subject.stack)}" if change.subject.stack else ""
    place = place_of(review, change)
    if place is not None:
        where += f" ({code(place)})"
    lines = [f"- **{what}** {noun}{code(name)}{where}: {prose(change.told)}"]
    lines += [f"  - {_sentence(effect)}" for effect in change.effects[:_MOST]]
    if len(change.effects) > _MOST:
        lines.append(f"  - …and {len(change.effects) - _MOST} more")
    lines += [f"  - Pulumi: {prose(str(step))}" for step in steps[:_MOST]]
    if len(steps) > _MOST:
        lines.append(f"  - Pulumi: …and {len(steps) - _MOST} more")
    return "".join(f"{line}\n" for line in lines)


def _sentence(text: str) -> str:
    return f"→ {prose(text)}"  # so that no text of others begins the line


def _listed(stream: TextIO, sentences: tuple[str, ...], margin: str, most: int) -> None:
    stream.writelines(f"{margin}- {_sentence(one)}\n" for one in sentences[:most])
    if len(sentences) > most:
        stream.write(f"{margin}- …and {len(sentences) - most} more\n")
