"""A review for programs, and the approvals that a required check asks for."""

from __future__ import annotations

import json
from typing import Any, TextIO

from keylife.model.instant import format_instant
from keylife.review.approvals import reviewers
from keylife.review.change import Change, Noun
from keylife.review.review import Review
from keylife.review.revision import Revision


def write(review: Review, stream: TextIO) -> None:
    """One JSON object, in ASCII so that any reader's encoding will do."""
    preview = review.preview
    answer = {
        **_head(review),
        "changes": [
            {
                **_change(review, change),
                "told": change.told,
                "fields": list(change.fields),
                "before": change.before,
                "after": change.after,
                "effects": list(change.effects),
                "steps": None
                if preview is None or change.subject.noun is not Noun.KEY
                else [
                    {
                        "operation": step.operation,
                        "type": step.type,
                        "name": step.name,
                        "retained": step.retained,
                    }
                    for step in preview.steps.get(change.subject, ())
                ],
            }
            for change in review.changes
        ],
        "preview_warnings": None if preview is None else list(preview.warnings),
        "reviewers": list(reviewers(review.approvals)),
    }
    _dump(answer, stream)


def write_approvals(review: Review, stream: TextIO) -> None:
    """What has to be approved, by whom and why; one JSON object.

    Where a side does not load, nothing is known of the change: that needs an approval too.
    """
    needed = [
        {
            **_change(review, approval.change),
            "why": f"{approval.change.what}: {approval.change.told}",
            "file": None if approval.file is None else str(approval.file),
            "owners": [{"id": o.id, "contact": o.contact} for o in approval.owners],
            "code_owners": list(approval.code_owners),
        }
        for approval in review.approvals
    ]
    answer = {**_head(review), "compared": review.exit_code == 0, "needed": needed}
    _dump(answer, stream)


def _dump(answer: dict[str, Any], stream: TextIO) -> None:
    json.dump(answer, stream, indent=2)
    stream.write("\n")


def _head(review: Review) -> dict[str, Any]:
    return {
        "format_version": 1,
        "at": format_instant(review.at),
        "base": _revision(review.before),
        "head": _revision(review.after),
    }


def _revision(revision: Revision) -> dict[str, Any]:
    return {
        "name": revision.name,
        "commit": revision.commit,
        "loads": revision.declared is not None,
        "trouble": revision.trouble,
        "faults": [
            {
                "file": fault.file.as_posix(),
                "line": fault.line,
                "column": fault.column,
                "what": fault.what,
                "cure": fault.cure,
            }
            for fault in revision.faults
        ],
    }


def _change(review: Review, change: Change) -> dict[str, Any]:
    file, line = review.where(change.subject)
    return {
        "what": str(change.what).replace(" ", "-"),
        "risk": str(change.what.risk),
        "noun": str(change.subject.noun),
        "id": change.subject.id,
        "stack": change.subject.stack or None,
        "file": None if file is None else str(file),
        "line": line,
    }
