"""A review for a person at a terminal."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console
from rich.text import Text

from keylife.model.instant import format_instant
from keylife.reports.plain import plain
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

_STYLES = {Risk.HIGH: "bold red", Risk.MEDIUM: "yellow", Risk.LOW: "green"}


def write(review: Review, stream: TextIO) -> None:
    """A block a change, the riskiest first; in colour on a terminal, unless NO_COLOR is set."""
    console = Console(file=stream, highlight=False, soft_wrap=True)

    def line(text: str, style: str = "") -> None:
        console.print(Text(plain(text), style=style))

    line(f"{name_of(review.before)} → {name_of(review.after)}, at {format_instant(review.at)}")
    for sentence, wrong in troubles_of(review):
        line(sentence, "bold red")
        for one in wrong:
            line(f"  - {one}")
    for change, steps in steps_beside(review):
        _change(console, review, change, steps)
    for warning in review.preview.warnings if review.preview else ():
        line(f"preview: {warning}", "yellow")
    asked = reviewers(review.approvals)
    if asked:
        line(f"reviewers: {', '.join(asked)}")
    if review.exit_code == 0:
        line(summary_of(review))


def _change(console: Console, review: Review, change: Change, steps: tuple[Step, ...]) -> None:
    noun, name = subject_of(change)
    place = place_of(review, change)
    head = Text(f"{change.what.risk:<6}  ", style=_STYLES[change.what.risk])
    what = change.what.upper() if change.what.risk is Risk.HIGH else str(change.what)
    head.append(plain(f"{what}: {noun}{name}"), style="bold")
    where = f" in {change.subject.stack}" if change.subject.stack else ""
    head.append(plain(f"{where}{f', {place}' if place else ''}"), style="dim")
    console.print(head)
    for sentence in (change.told, *change.effects, *(f"Pulumi: {step}" for step in steps)):
        console.print(Text(plain(f"{'':<8}- {sentence}")))
