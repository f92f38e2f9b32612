"""Resource hooks: what the engine did to a key, recorded as it happens.

Hooks run in the program's process during ``up``, not in a preview, also for a resource that the
program no longer declares, as long as a hook of the same name is registered in that run: so all
of them are registered in every run. A hook before a create raises where nothing can be recorded
(no key is issued without a record); hooks on a delete never raise (a kill is never held up).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pulumi

from keylife.compliance.tokens import MANAGED_KEY, PRINCIPAL, VERSION
from keylife.compliance.verdict import Waived
from keylife.errors import EventLogError, KeylifeError
from keylife.evidence.event import Event, What
from keylife.evidence.log import EventSink
from keylife.evidence.source import Source
from keylife.kinds import KINDS
from keylife.model.ledger import RecordedRevocation
from keylife.orphan import IssuerSilentError, Orphan
from keylife.program.strays import EarlierRuns
from keylife.program.waived import said_of

if TYPE_CHECKING:
    from keylife.program.central import Central
    from keylife.program.endings import Endings

_CREDENTIAL = re.compile(r"(?P<key>[a-z0-9-]+)-v(?P<version>[0-9]+)")
_DELIVERY = re.compile(r"(?P<key>[a-z0-9-]+)/(?P<place>[^#]+)")


@dataclass(frozen=True)
class _Subject:
    """What a resource's name and its parents' types say it belongs to."""

    key: str
    version: int | None = None
    place: str | None = None


def _subject(args: pulumi.ResourceHookArgs) -> _Subject:
    # by type, because what surrounds a credential may end in `-v2` too: a policy's attachment
    credential = any(args.type == kind.credential for kind in KINDS.in_use())
    if credential and _is_child_of(args, VERSION) and (match := _CREDENTIAL.fullmatch(args.name)):
        return _Subject(match["key"], version=int(match["version"]))
    if (match := _DELIVERY.fullmatch(args.name)) and _is_child_of(args, MANAGED_KEY):
        return _Subject(match["key"], place=match["place"])
    if _is_child_of(args, PRINCIPAL):
        return _Subject(args.name.partition("/")[0])
    return _Subject(args.name)


def _is_credential(args: pulumi.ResourceHookArgs) -> bool:
    return _subject(args).version is not None


def _is_delivery(args: pulumi.ResourceHookArgs) -> bool:
    """A delivery's last resource bears its name; what surrounds it adds ``#`` and a word."""
    return _subject(args).place is not None


def _is_child_of(args: pulumi.ResourceHookArgs, parent: str) -> bool:
    """The types of a resource and its parents stand in its URN, joined by ``$``."""
    kinds = args.urn.split("::")[2].split("$")
    return len(kinds) > 1 and kinds[-2] == parent


def _status(values: Mapping[str, Any] | None) -> Any:
    return (values or {}).get("status")


@dataclass(frozen=True)
class Recorder:
    """Turns what the engine did into events."""

    sink: EventSink
    stack: str
    at: datetime
    clock: Callable[[], datetime]
    current: Mapping[str, int]
    """By key id, the version that the deliveries carry after this run."""

    deliveries: frozenset[str]
    """The names of all deliveries that stand after this run: what is deleted of them was
    replaced by a newer value."""

    source: Callable[[], Source]
    """Asked for when there is something to record, because git takes its time."""

    earlier: EarlierRuns | None = None
    """What earlier runs may have begun; None knows of none."""

    central: Central | None = None
    """The store, in which every birth stands before its credential is made."""

    endings: Endings | None = None
    """What this run kills and proves dead itself; None where it ends nothing."""

    waived: Mapping[str, Sequence[Waived]] = field(default_factory=dict)
    """By key id, the findings against it that a waiver allows: what is issued all the same is
    recorded with them."""

    def bindings(self) -> pulumi.ResourceHookBinding:
        """The hooks every resource of a key carries; registers them in this run."""
        return pulumi.ResourceHookBinding(
            before_create=[pulumi.ResourceHook("keylife-before-create", self._before_create)],
            after_create=[pulumi.ResourceHook("keylife-after-create", self._after_create)],
            after_update=[pulumi.ResourceHook("keylife-after-update", self._after_update)],
            after_delete=[pulumi.ResourceHook("keylife-after-delete", self._after_delete)],
        )

    def _before_create(self, args: pulumi.ResourceHookArgs) -> Awaitable[None] | None:
        if self.earlier is not None and self.earlier.planned(args):
            return self._begin_again(args, self.earlier)
        self._begin(args)
        return None

    async def _begin_again(self, args: pulumi.ResourceHookArgs, earlier: EarlierRuns) -> None:
        try:
            orphans = await earlier.end(args)
        except IssuerSilentError as error:
            raise pulumi.RunError(f"{error}; {error.hint}") from None
        for orphan in orphans:
            self._append(What.ORPHAN_DESTROYED, _subject(args), args.urn, detail=orphan.what)
        self._begin(args)

    def _begin(self, args: pulumi.ResourceHookArgs) -> None:
        if _is_credential(args):
            subject = _subject(args)
            if self.central is not None and subject.version is not None:
                self.central.issuing(subject.key, subject.version)
            self._record(What.ISSUING, args)
            for waived in self.waived.get(subject.key, ()):
                self._append(What.WAIVED, subject, args.urn, detail=said_of(waived))

    def orphan_destroyed(self, key_id: str, version: int, orphan: Orphan) -> None:
        """Record that what an earlier run left of a version is gone; it never raises."""
        try:
            subject = _Subject(key_id, version=version)
            self._append(What.ORPHAN_DESTROYED, subject, "", detail=orphan.what)
        except EventLogError as error:
            pulumi.log.warn(f"an orphan of {key_id} is destroyed, but {error}; {error.hint}")

    def _after_create(self, args: pulumi.ResourceHookArgs) -> None:
        if _is_credential(args):
            self._record(What.ISSUED, args)
        elif _is_delivery(args):
            self._record(What.DELIVERED, args, version=self._carried(args))

    def revoked(self, key_id: str, recorded: RecordedRevocation, urn: str) -> None:
        """Record that a revocation now stands in the stack; components have no hooks of their own.

        Like a hook on a delete it never raises: a kill is never held up by its record.
        """
        detail = f"{recorded.reason}, by {recorded.by}, {recorded.ref}"
        try:
            self._append(What.REVOKED, _Subject(key_id), urn, detail=detail)
        except EventLogError as error:
            pulumi.log.warn(f"{key_id} is revoked, but {error}; {error.hint}")

    def adopted(self, key_id: str, version: int) -> None:
        """Record that what existed before is now a version; imports have no hooks of their own.

        It never raises: the credential was there before, with or without a record.
        """
        try:
            subject = _Subject(key_id, version=version)
            self._append(What.ADOPTED, subject, "")
            for waived in self.waived.get(key_id, ()):
                self._append(What.WAIVED, subject, "", detail=said_of(waived))
        except EventLogError as error:
            pulumi.log.warn(f"{key_id}-v{version} is adopted, but {error}; {error.hint}")

    def _after_update(self, args: pulumi.ResourceHookArgs) -> None:
        if _is_credential(args) and _status(args.new_inputs) != _status(args.old_inputs):
            if _status(args.new_inputs) == "Inactive":
                self._record(What.DEACTIVATED, args)
        elif _is_delivery(args):
            self._record(What.DELIVERED, args, version=self._carried(args))

    def _after_delete(self, args: pulumi.ResourceHookArgs) -> Awaitable[None] | None:
        """Record the end of what the run did not end itself; that is recorded with its proof."""
        if self.endings is None:
            self._ended(args, recorded=False)
            return None
        return self._proven(args, self.endings)

    async def _proven(self, args: pulumi.ResourceHookArgs, endings: Endings) -> None:
        await endings.deleted(args.urn)
        subject = _subject(args)
        recorded = endings.has_recorded(subject.key, subject.place, args.urn)
        self._ended(args, recorded=recorded)

    def _ended(self, args: pulumi.ResourceHookArgs, *, recorded: bool) -> None:
        try:
            if _is_credential(args):
                if not recorded:
                    self._record(What.DESTROYED, args)
                self._note_destroyed(_subject(args))
            elif _is_delivery(args) and args.name not in self.deliveries and not recorded:
                self._record(What.COPY_DESTROYED, args)
        except KeylifeError as error:
            pulumi.log.warn(f"{args.name} is destroyed, but {error}; {error.hint}")

    def _note_destroyed(self, subject: _Subject) -> None:
        if self.central is not None and subject.version is not None:
            self.central.destroyed(subject.key, subject.version)

    def _carried(self, args: pulumi.ResourceHookArgs) -> int | None:
        return self.current.get(_subject(args).key)

    def _record(
        self, what: What, args: pulumi.ResourceHookArgs, version: int | None = None
    ) -> None:
        self._append(what, _subject(args), args.urn, version=version)

    def _append(
        self,
        what: What,
        subject: _Subject,
        urn: str,
        *,
        version: int | None = None,
        detail: str | None = None,
    ) -> None:
        self.sink.append(
            Event(
                recorded=self.clock().replace(microsecond=0),
                at=self.at,
                what=what,
                key=subject.key,
                version=version or subject.version,
                place=subject.place,
                detail=detail,
                stack=self.stack,
                urn=urn,
                source=self.source(),
            )
        )
