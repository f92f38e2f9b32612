"""What a change does to the rules themselves: waivers, levels and limits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

from keylife.model.configuration import Configuration, Level, WaiverDeclaration
from keylife.model.instant import format_instant
from keylife.review.change import Change, Noun, Subject, What

_STRICTNESS = (Level.DISABLED, Level.ADVISORY, Level.MANDATORY)
_FOR_EVER = datetime.max.replace(tzinfo=UTC)


def configuration_changes(
    before: Configuration, after: Configuration, at: datetime
) -> Iterator[Change]:
    """Waivers that were granted or withdrawn, rules that are taken more or less strictly."""
    if before == after:
        return
    yield from _waiver_changes(before, after, at)
    for rule in sorted({*before.rules, *after.rules}):
        old, new = (side.rules.get(rule, Level.MANDATORY) for side in (before, after))
        if old is not new:
            relaxed = _STRICTNESS.index(new) < _STRICTNESS.index(old)
            yield Change(
                What.RULE_RELAXED if relaxed else What.RULE_TIGHTENED,
                Subject(Noun.RULE, rule),
                f"{old} → {new}",
                ("level",),
                str(old),
                str(new),
            )
    for field in sorted(type(after).model_fields.keys() - {"rules", "waivers"}):
        if getattr(before, field) != getattr(after, field):
            dumped = [_dumped(side)[field] for side in (before, after)]
            told = f"`{field}` is another: its file shows how"
            yield Change(What.LIMITS_CHANGED, Subject(Noun.LIMITS, field), told, (field,), *dumped)


def _waiver_changes(before: Configuration, after: Configuration, at: datetime) -> Iterator[Change]:
    for name in sorted({(w.rule, w.key) for w in (*before.waivers, *after.waivers)}):
        olds, news = (
            [w for w in side.waivers if (w.rule, w.key) == name] for side in (before, after)
        )
        gone = sorted((w for w in olds if w not in news), key=_order)
        come = sorted((w for w in news if w not in olds), key=_order)
        subject = Subject(Noun.WAIVER, f"{name[0]} for {name[1]}")
        for old, new in zip_longest(gone, come):
            yield _waiver_change(subject, old, new, at)


def _waiver_change(
    subject: Subject, old: WaiverDeclaration | None, new: WaiverDeclaration | None, at: datetime
) -> Change:
    if new is None:
        assert old is not None
        return Change(
            What.WAIVER_WITHDRAWN, subject, f"it held {_until(old)}", (), _dumped(old), None
        )
    told = f"{_until(new)}, approved by {new.approver}: {new.reason}"
    effects: tuple[str, ...] = ()
    if new.until is None:
        effects = ("it has no end, which is a finding itself",)
    elif new.until <= at:
        effects = ("it is past its end, which is a finding itself",)
    if old is None:
        return Change(What.WAIVED, subject, told, (), None, _dumped(new), effects)
    earlier = _order(new)[0] < _order(old)[0]
    shortened = earlier and old.model_copy(update={"until": new.until}) == new
    fields = tuple(f for f in type(new).model_fields if getattr(old, f) != getattr(new, f))
    return Change(
        What.WAIVER_SHORTENED if shortened else What.WAIVER_CHANGED,
        subject,
        told,
        fields,
        _dumped(old),
        _dumped(new),
        (*effects, f"before: {_until(old)}, approved by {old.approver}"),
    )


def _order(waiver: WaiverDeclaration) -> tuple[datetime, str, str]:
    return waiver.until or _FOR_EVER, waiver.approver, waiver.reason


def _until(waiver: WaiverDeclaration) -> str:
    return "for ever" if waiver.until is None else f"until {format_instant(waiver.until)}"


def _dumped(model: Configuration | WaiverDeclaration) -> dict[str, Any]:
    return model.model_dump(mode="json")
