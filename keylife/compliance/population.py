"""What a gate knows of all its subjects together, for the rules that one subject cannot answer.

A gate notes what it sees in the order in which it sees it; the policy pack sees one resource
after the other, so whatever is second to claim a thing is the one that is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from keylife.compliance.credential import Absence, Component, Credential, Role, Subject
from keylife.compliance.lookalikes import skeleton
from keylife.compliance.tokens import REVOCATION


@dataclass(frozen=True)
class Noted:
    """What one part of a population has to do with the other parts of it."""

    revoked: Mapping[str, str]
    """How each revoked key was revoked, by its id."""

    skeletons: Mapping[str, str]
    """The revoked ids, by what they look like."""

    material: Mapping[str, str]
    """How the key of each revoked fingerprint or issuer's id was revoked."""

    claims: Mapping[str, Mapping[str, str]]
    """By what is claimed: each value, and the first subject that has it."""

    members: Mapping[tuple[str, str], int]
    """How many keys each owner and each service has that are counted."""


class Population:
    """Who claims which id, how many keys an owner or a service has, and what is dead."""

    def __init__(self, counted: Callable[[str, str], bool] = lambda _word, _name: True) -> None:
        """Know nothing yet.

        Args:
            counted: whether it will be asked how many keys an owner or a service has.
        """
        self._counted = counted
        self._claims: dict[str, dict[str, str]] = defaultdict(dict)
        self._members: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        self._before: Mapping[tuple[str, str], int] = {}
        self._revoked: dict[str, str] = {}
        self._skeletons: dict[str, str] = {}
        self._dead: dict[str, str] = {}
        self._dying: dict[str, str] = {}
        self._material: dict[str, str] = {}
        self._revocations: set[str] = set()
        self._lock = Lock()
        self.complete = False
        """Whether all subjects of the stack were noted: what is not there then does not exist."""

    def note(self, subject: Subject) -> None:
        """Remember a subject; once is as good as twice."""
        if isinstance(subject, Component):
            if subject.type == REVOCATION and isinstance(subject.key, str) and not subject.deleted:
                with self._lock:
                    self._revocations.add(subject.key)
            return
        if not isinstance(subject, Credential) or subject.deleted:
            return
        who = subject.subject
        with self._lock:
            for what, value in claims_of(subject):
                self._claims[what].setdefault(value, who)
            if subject.role is Role.KEY or not subject.managed:
                for word, name in (("owner", subject.owner), ("service", subject.service)):
                    if isinstance(name, str) and self._counted(word, name):
                        members = self._members[word, name]
                        members.setdefault(who, len(members) + 1)

    def note_revoked(self, key_id: str, how: str) -> None:
        """Remember a key that was revoked, here or in another stack of the same declarations.

        Args:
            key_id: its id.
            how: its tombstone in one phrase, beginning with ``revoked``.
        """
        with self._lock:
            self._revoked.setdefault(key_id, how)
            self._skeletons.setdefault(skeleton(key_id), key_id)

    def note_revoked_material(self, value: str, how: str) -> None:
        """Remember the fingerprint or the issuer's id of what was revoked: it never lives again.

        Args:
            value: a fingerprint, or what the issuer calls it.
            how: the tombstone of its key in one phrase, beginning with ``revoked``.
        """
        with self._lock:
            self._material.setdefault(value, how)

    def note_dead(self, name: str, how: str) -> None:
        """Remember what no program should name any more, or soon.

        Args:
            name: a version (``billing-deploy-v3``), an issuer's id or a fingerprint.
            how: what became of it, as in ``billing-deploy-v3, superseded by version 4``.
        """
        with self._lock:
            self._dead.setdefault(name, how)

    def note_dying(self, name: str, how: str) -> None:
        """Remember what lives, and soon will not.

        Args:
            name: a version or an issuer's id.
            how: when it ends, such as ``whose end is 2026-12-01T00:00:00Z``.
        """
        with self._lock:
            self._dying.setdefault(name, how)

    def noted(self) -> Noted:
        """What was noted so far, as far as it matters to other parts of a population."""
        return Noted(
            self._revoked,
            self._skeletons,
            self._material,
            self._claims,
            {party: len(members) for party, members in self._members.items()},
        )

    def hear(self, elsewhere: Noted) -> None:
        """Learn what the other parts of the population have to do with this one.

        Args:
            elsewhere: from :func:`heard`.
        """
        self._revoked = dict(elsewhere.revoked)
        self._skeletons = dict(elsewhere.skeletons)
        self._material = dict(elsewhere.material)
        self._before = elsewhere.members
        for what, claims in elsewhere.claims.items():
            self._claims[what] |= claims

    def first_to_claim(self, what: str, value: str) -> str | None:
        """The subject that was the first to have an ``id``, a ``cloud id``, a ``fingerprint``."""
        return self._claims.get(what, {}).get(value)

    def place_among(self, word: str, name: str, subject: str) -> int | None:
        """The how-manieth key of an owner or a service a subject is; 1 is the first. None if it is
        none of them, or they are not counted."""
        place = self._members.get((word, name), {}).get(subject)
        return None if place is None else self._before.get((word, name), 0) + place

    def revocation_of(self, key_id: str) -> str | None:
        """How a key was revoked; None if that is not known."""
        return self._revoked.get(key_id)

    def revoked_lookalike(self, key_id: str) -> str | None:
        """A revoked id that a reader could take for this one; None if there is none."""
        if not self._skeletons:
            return None
        found = self._skeletons.get(skeleton(key_id))
        return None if found == key_id else found

    def death_of(self, name: str) -> str | None:
        """What became of a version, an issuer's id or a fingerprint; None if it lives."""
        return self._dead.get(name)

    def end_of(self, name: str) -> str | None:
        """When something that is to die soon ends; None if it is not."""
        return self._dying.get(name)

    def revocation_of_material(self, value: str) -> str | None:
        """How a fingerprint's or an issuer's id's key was revoked; None if that is not known."""
        return self._material.get(value)

    def has_revocation_object(self, key_id: str) -> bool:
        """Whether the stack registers the revocation of a key."""
        return key_id in self._revocations


def heard(parts: Sequence[Noted]) -> list[Noted]:
    """What each part of a population has to hear of the others, so that all of its subjects are
    judged as if one population had noted them all, in the order of the parts.

    Args:
        parts: what each of them noted.
    """
    revoked: dict[str, str] = {}
    skeletons: dict[str, str] = {}
    material: dict[str, str] = {}
    for part in reversed(parts):  # the first that noted a thing has the last word
        revoked |= part.revoked
        skeletons |= part.skeletons
        material |= part.material
    told = []
    first: dict[str, dict[str, str]] = {}
    members: dict[tuple[str, str], int] = {}
    for part in parts:
        claims = {
            what: {value: first[what][value] for value in claimed.keys() & first[what].keys()}
            for what, claimed in part.claims.items()
            if what in first
        }
        told.append(Noted(revoked, skeletons, material, claims, dict(members)))
        for what, claimed in part.claims.items():
            first[what] = {**claimed, **first.get(what, {})}
        for party, count in part.members.items():
            members[party] = members.get(party, 0) + count
    return told


def claims_of(subject: Credential) -> list[tuple[str, str]]:
    """What a subject has that nobody else may have, each with what it is."""
    claims = []
    if subject.role is Role.KEY and not isinstance(subject.id, Absence):
        claims.append(("id", subject.id))
    if subject.cloud_id is not None:
        claims.append(("cloud id", f"{subject.type} {subject.cloud_id}"))
    if subject.fingerprint is not None:
        claims.append(("fingerprint", subject.fingerprint))
    return claims
