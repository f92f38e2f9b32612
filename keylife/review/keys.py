"""What a change does to keys: those that came, those that went, and each field of the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from keylife.model.key import Key
from keylife.model.registry import OwnerStatus, ServiceStatus
from keylife.review.change import Change, Noun, Subject, What
from keylife.review.consequences import (
    introduction_of,
    who_refuses,
)
from keylife.review.declared import Declared
from keylife.review.fields import field_changes

Keys = Mapping[tuple[str, str], Key]

_OF_ITS_OWN = {"id", "imported", "rotations", "revoked"}
_LIKENESSES = ({"purpose"}, {"deliver"})
"""What may differ between a key and the one that somebody meant to rename it to: where it is
delivered or what it is said to be for, but not both."""


def key_changes(base: Declared, head: Declared, at: datetime) -> Iterator[Change]:
    """Everything that becomes of keys; a renamed key is a new one, and the end of another."""
    before, after = base.keys, head.keys
    moved = _moved(before, after)
    from_ = {new: old for old, new in moved.items()}
    came: list[Change] = []
    went: list[Change] = []
    for where, new in after.items():
        old = before.get(from_.get(where, where))
        subject = Subject(Noun.KEY, new.id, where[0])
        if old is None:
            came.append(_introduced(subject, new, head))
            continue
        if where in from_:
            yield _moving(subject, from_[where][0], new)
        if old is not new and old != new:
            for change in field_changes(subject, old, new, at):
                (went if change.what is What.REVOKED else came).append(change)
    for where, old in before.items():
        if where not in after and where not in moved:
            went.append(_gone(Subject(Noun.KEY, old.id, where[0]), old))
    yield from _with_renames(came, went, before, after)


def _moved(before: Keys, after: Keys) -> dict[tuple[str, str], tuple[str, str]]:
    """The keys of which each stands in one stack before and in another one after."""
    arrivals = {key_id: (stack, key_id) for stack, key_id in after if (stack, key_id) not in before}
    return {
        (stack, key_id): arrivals.pop(key_id)
        for stack, key_id in before
        if (stack, key_id) not in after and key_id in arrivals
    }


def _introduced(subject: Subject, key: Key, head: Declared) -> Change:
    what = What.ISSUED if key.imported is None else What.IMPORTED
    effects = (*_ended_parties(key, head), *introduction_of(key))
    if key.revoked is not None:
        what, effects = What.BURIED, ("nothing is issued, and the id is taken for ever",)
    return Change(what, subject, f"`{key.kind}`: {key.purpose}", (), None, _dumped(key), effects)


def _ended_parties(key: Key, head: Declared) -> Iterator[str]:
    """Whether nobody is left who may use a new key, or answer for it."""
    service, owner = head.services.get(key.service), head.owners.get(key.owner)
    if service is not None and service.status is not ServiceStatus.ACTIVE:
        yield f"its service `{service.id}` is {service.status}"
    if owner is not None and owner.status is not OwnerStatus.ACTIVE:
        yield f"its owner `{owner.id}` is {owner.status}"


def _gone(subject: Subject, key: Key) -> Change:
    if key.revoked is not None:
        return Change(
            What.TOMBSTONE_LOST,
            subject,
            f"its tombstone ({key.revoked.reason}, {key.revoked.ref}) is taken away with it",
            (),
            _dumped(key),
            None,
            ("while the stack remembers it, the deploy refuses; restore the tombstone",),
        )
    return Change(
        What.FORGOTTEN,
        subject,
        "a key ends by a revocation, not by being forgotten",
        (),
        _dumped(key),
        None,
        (
            f"nothing revokes it: {who_refuses(key)} goes on accepting it until it expires",
            f"the deploy refuses; restore its declaration, then `keylife revoke {key.id}`",
        ),
    )


def _moving(subject: Subject, stack: str, key: Key) -> Change:
    return Change(
        What.MOVED,
        subject,
        f"from `{stack}` to `{subject.stack}`",
        ("stack",),
        stack,
        subject.stack,
        (
            f"`{stack}` still has its versions and refuses to deploy without its declaration",
            f"`{subject.stack}` would issue it anew: give the new key another id, and revoke"
            " this one where it is",
        )
        if key.revoked is None
        else (f"`{stack}` refuses to deploy without its tombstone",),
    )


def _with_renames(
    came: list[Change], went: list[Change], before: Keys, after: Keys
) -> Iterator[Change]:
    """The same changes; a key that came in the likeness of one that ended says so, and so does
    the other: a new id is a new key."""
    ended = [c for c in went if c.what in (What.FORGOTTEN, What.REVOKED)]
    issued = [c for c in came if c.what is What.ISSUED]
    about: dict[tuple[Subject, What], str] = {}
    for old, new in _look_alikes(ended, issued, before, after):
        about[old.subject, old.what] = f"`{new.subject.id}` takes its place: a new id is a new key"
        about[new.subject, new.what] = (
            f"`{old.subject.id}` under another name: a new id is a new key"
        )
    for change in (*came, *went):
        more = about.get((change.subject, change.what))
        yield change if more is None else replace(change, effects=(*change.effects, more))


def _look_alikes(
    ended: list[Change], issued: list[Change], before: Keys, after: Keys
) -> Iterator[tuple[Change, Change]]:
    olds = sorted((c for c in ended if _where(c) in before), key=lambda c: c.order)
    news = sorted(issued, key=lambda c: c.order)
    paired: set[Subject] = set()
    for beside in _LIKENESSES if olds and news else ():
        waiting: dict[tuple[str, str], list[Change]] = {}
        for old in olds:
            if old.subject not in paired:
                waiting.setdefault(_likeness(old, before, beside), []).append(old)
        for new in news:
            like = waiting.get(_likeness(new, after, beside))
            if like and new.subject not in paired:
                old = like.pop(0)
                paired |= {old.subject, new.subject}
                yield old, new


def _where(change: Change) -> tuple[str, str]:
    return change.subject.stack, change.subject.id


def _likeness(change: Change, keys: Keys, beside: set[str]) -> tuple[str, str]:
    key = keys[_where(change)]
    return change.subject.stack, key.model_dump_json(exclude=_OF_ITS_OWN | beside)


def _dumped(key: Key) -> dict[str, Any]:
    return key.model_dump(mode="json", exclude_defaults=True)
