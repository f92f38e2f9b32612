"""The sentences that a review says in every format for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from keylife.model.number import counted
from keylife.review.change import Change, Noun, Risk, Subject
from keylife.review.preview import Step
from keylife.review.review import Review
from keylife.review.revision import Revision


def name_of(revision: Revision) -> str:
    """A revision as it was asked for, with its commit."""
    if revision.commit is None:
        return revision.name
    short = revision.commit[:10]
    return short if revision.name == revision.commit else f"{revision.name} ({short})"


def summary_of(review: Review) -> str:
    """How many changes there are, and of which risk."""
    risks = Counter(change.what.risk for change in review.changes)
    total = len(review.changes)
    if not total:
        return "no key is touched"
    changes = counted(total, "change")
    if len(risks) == 1:
        return f"{changes} of {next(iter(risks))} risk"
    return f"{changes}: " + ", ".join(f"{risks[r]} of {r} risk" for r in Risk if risks[r])


def troubles_of(review: Review) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A sentence for each side that does not load, with what is wrong."""
    for side, revision in (("base", review.before), ("head", review.after)):
        if revision.declared is None:
            wrong = [revision.trouble] if revision.trouble else []
            wrong += [str(fault) for fault in revision.faults]
            yield f"the {side}, {name_of(revision)}, does not load: nothing is compared", (*wrong,)
        elif revision.trouble:
            yield f"the {side}, {name_of(revision)}, declares nothing", (revision.trouble,)


def steps_beside(review: Review) -> Iterator[tuple[Change, tuple[Step, ...]]]:
    """Each change with the steps of its key, which are told with the first of its changes."""
    told: set[Subject] = set()
    for change in review.changes:
        steps: tuple[Step, ...] = ()
        if review.preview is not None and change.subject not in told:
            steps = review.preview.steps.get(change.subject, ())
            told.add(change.subject)
        yield change, steps


def place_of(review: Review, change: Change) -> str | None:
    """``stacks/dev/keys/billing.yaml:3``; None for what stands in no declaration."""
    file, line = review.where(change.subject)
    if file is None:
        return None
    return str(file) if line is None else f"{file}:{line}"


def subject_of(change: Change) -> tuple[str, str]:
    """What a change is about: a word for what it is, empty for a key, and its name."""
    noun = change.subject.noun
    return ("" if noun is Noun.KEY else f"{noun} "), change.subject.id
