"""The audit log as it is written: durable before it returns, signed, one order for all writers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock

from keylife.audit.chain import Item, place
from keylife.audit.entry import write_event
from keylife.audit.errors import (
    AuditError,
    AuditKeyError,
    AuditUnwritableError,
    LogBehindError,
    ReserveError,
    WitnessError,
)
from keylife.audit.head import Head
from keylife.audit.keys import Keys
from keylife.audit.note import Signing, Verifier, write_note
from keylife.audit.reserve import Record, Reserve, Reserved
from keylife.audit.rows import Row, Rows, Tip
from keylife.audit.witness import Witness, require_seen, seen_by, tell
from keylife.evidence.event import Event
from keylife.store.database import Database
from keylife.store.errors import StoreError, StoreRefusedError

_TURNS = 1_000
"""How often another writer may be faster before this one gives up: in each turn one of them is
done, so this is reached only by thousands of writers, or by a table that refuses for another
reason."""

_HOPELESS = 5.0
"""Seconds after a failure in which kills go into the reserve without asking the store, which may
take as long to say no."""


@dataclass
class _Request:
    """What one caller wants recorded together."""

    items: Sequence[Item]
    kills: bool
    done: bool = False
    error: AuditUnwritableError | None = None


@dataclass
class Log:
    """The audit log in a store. Safe to share between threads: who comes while another writes is
    written together with all who came meanwhile, in one transaction."""

    database: Database
    keys: Keys
    """Who signs."""

    reserve: Reserve
    """Where kills are recorded if the store takes nothing."""

    witnesses: Callable[[Verifier], Sequence[Witness]]
    """Those of the log with that key."""

    clock: Callable[[], float]
    """Seconds that only go forward, such as ``time.monotonic``."""

    warn: Callable[[str], None]
    """Told what does not stop an event and should be known: a witness that did not take a head."""

    witness_every: float = 10.0
    """Seconds between two heads that witnesses are told, at least; and once more at `close`."""

    _rows: Rows = field(init=False)
    _signing: Signing | None = field(default=None, init=False)
    _tip: Tip | None = field(default=None, init=False)
    _seen: bool = field(default=False, init=False)
    """Whether the log was found to go on from what witnesses have."""

    _failed: tuple[float, StoreError | AuditError] | None = field(default=None, init=False)
    """When and why nothing could be appended, if that was so the last time."""

    _told: float | None = field(default=None, init=False)
    _untold: bool = field(default=False, init=False)
    _waiting: list[_Request] = field(default_factory=list, init=False)
    _queue: Lock = field(default_factory=Lock, init=False)
    _turn: Lock = field(default_factory=Lock, init=False)

    def __post_init__(self) -> None:
        self._rows = Rows(self.database)

    def append(self, event: Event, *, once: str | None = None) -> None:
        """Record one event durably.

        Args:
            event: what happened.
            once: if an event was recorded by this name before, nothing is recorded again.

        Raises:
            EventLogError: it is not recorded. Of a kill that means that the reserve is used up or
                broken, too: then the kill may not go on either.
        """
        self.append_all([(event, once)])

    def append_all(self, events: Sequence[tuple[Event, str | None]]) -> None:
        """Record several events, each with its ``once``, all or none of them.

        Raises:
            EventLogError: they are not recorded, see `append`.
        """
        if not events:
            return
        items = [Item(write_event(event), event.key, once) for event, once in events]
        request = _Request(items, all(event.what.is_kill for event, _ in events))
        with self._queue:
            self._waiting.append(request)
        with self._turn:
            if not request.done:
                with self._queue:
                    requests, self._waiting = self._waiting, []
                self._write(requests)
        if request.error is not None:
            raise request.error

    def prepare(self) -> None:
        """Make key and reserve, where they are not there, while there is room for them.

        Raises:
            EventLogError: the log could not be written, or not be left for its reserve.
        """
        with self._turn:
            try:
                self._ready()
            except (StoreError, AuditError) as error:
                raise self._unwritable(error) from None

    def verifier(self) -> Verifier:
        """The log's public key.

        Raises:
            AuditKeyError: there is none.
        """
        return self.keys.existing().verifier()

    def head(self) -> str | None:
        """The signed head of the log as it is; None of a log without entries.

        Raises:
            StoreError: the store cannot be used.
            AuditKeyError: the key that signed it is not to be had.
        """
        return self._note(self._rows.tip())

    def witness(self) -> None:
        """Tell every witness the head as it is now. What one does not take is told to `warn`.

        Raises:
            LogBehindError: a witness has seen another log, or more of this one.
            StoreError: the store cannot be used.
            AuditKeyError: the log's key is not to be had.
        """
        tip = self._rows.tip()
        note = self._note(tip)
        if note is None:
            return
        verifier = self.verifier()
        head = Head(verifier.name, tip.frontier.size, tip.frontier.root())
        for witness in self.witnesses(verifier):
            try:
                tell(witness, self._rows, head, note, verifier)
            except WitnessError as error:
                self.warn(f"{error}; what the log says from now on has no witness")

    def close(self) -> None:
        """Tell the witnesses what they do not know yet, and give the connection back."""
        with self._turn:
            if self._untold:
                self._tell_witnesses()
            self._rows.close()

    def _write(self, requests: Sequence[_Request]) -> None:
        try:
            self._require_hope(requests)
            self._ready()
            self._commit([item for request in requests for item in request.items])
            self._failed = None
        except (StoreError, AuditError) as error:
            self._tip = None
            self._failed = self._failed or (self.clock(), error)
            for request in requests:
                self._write_elsewhere(request, error)
        except BaseException:
            self._tip = None
            for request in requests:
                request.error = AuditUnwritableError(self.database.where, "it was interrupted")
                request.done = True
            raise
        for request in requests:
            request.done = True

    def _require_hope(self, requests: Sequence[_Request]) -> None:
        """Where the log failed a moment ago, a kill does not wait for it to fail again."""
        if self._failed is None or not all(request.kills for request in requests):
            return
        at, error = self._failed
        if self.clock() - at < _HOPELESS:
            raise error
        self._failed = None

    def _write_elsewhere(self, request: _Request, error: StoreError | AuditError) -> None:
        """The log takes nothing: a kill goes into the reserve, anything else is refused."""
        request.error = self._unwritable(error)
        if request.kills:
            try:
                self.reserve.prepare()  # what broke may have come before there was one
                self.reserve.add([Record(item.event, item.once) for item in request.items])
            except ReserveError as full:
                request.error = AuditUnwritableError(self.database.where, f"{error}; {full}")
            else:
                request.error = None
                self.warn(f"{error}; it is recorded in the reserve, {self.reserve.path}")

    def _ready(self) -> None:
        """Before anything is appended: the key, the reserve, and that this is the log that was
        witnessed."""
        if self._signing is None:
            tip = self._rows.tip()
            key = self.keys.existing() if tip.frontier.size else self.keys.existing_or_new()
            signing = key.signing()
            if tip.signature is not None and tip.signature[:4] != signing.verifier.key_id:
                raise AuditKeyError(self.keys.path, "the log is signed by another key")
            self.reserve.prepare()
            self._tip, self._signing = tip, signing
        if not self._seen:
            self._require_seen(self._signing.verifier)
            self._seen = True
        if not self.reserve.is_empty():
            with self.reserve.held() as reserved:
                self._commit([_from_reserve(one) for one in reserved])

    def _require_seen(self, verifier: Verifier) -> None:
        size = (self._tip or self._rows.tip()).frontier.size
        for witness in self.witnesses(verifier):
            try:
                head = seen_by(witness, verifier)
            except WitnessError as error:
                self.warn(str(error))
                continue
            if head is not None:
                require_seen(self._rows, size, head, witness.name)

    def _commit(self, items: Sequence[Item]) -> None:
        """Put items behind the last entry, in one transaction, unless they are there already."""
        signing = self._signing
        assert signing is not None
        for turn in range(_TURNS):
            if not items:
                return
            tip = self._tip or self._rows.tip()
            rows, after = place(items, tip, signing)
            try:
                self._rows.insert(rows)
            except StoreRefusedError:
                left = self._not_recorded(items)
                # recorded already, as who takes an order over finds it; else another was faster
                self._tip = tip if len(left) < len(items) else None
                items = left
                continue
            except StoreError:
                self._tip = None
                if not self._there(rows):
                    if turn == 0:
                        continue  # a server that was restarted is asked once more
                    raise
            self._tip = after
            self._untold = True
            if self._told is None or self.clock() - self._told >= self.witness_every:
                self._tell_witnesses()
            return
        raise StoreRefusedError(self.database.where, "it takes no entry")

    def _not_recorded(self, items: Sequence[Item]) -> Sequence[Item]:
        names = [item.once for item in items if item.once is not None]
        there = self._rows.recorded_once(names) if names else {}
        return [item for item in items if item.once not in there]

    def _there(self, rows: Sequence[Row]) -> bool:
        """Whether what was sent is in the log, though nobody said so."""
        found = self._rows.at(rows[-1].sequence)
        return found is not None and found.entry == rows[-1].entry

    def _tell_witnesses(self) -> None:
        try:
            self.witness()
            self._untold = False
        except (AuditError, StoreError) as error:
            self.warn(str(error))
        self._told = self.clock()

    def _note(self, tip: Tip) -> str | None:
        if tip.signature is None:
            return None
        name = self.verifier().name
        text = Head(name, tip.frontier.size, tip.frontier.root()).text()
        return write_note(text, name, tip.signature)

    def _unwritable(self, error: StoreError | AuditError) -> AuditUnwritableError:
        found = AuditUnwritableError(self.database.where, str(error))
        if isinstance(error, AuditKeyError | LogBehindError) and error.hint:
            found.hint = error.hint
        return found


def _from_reserve(reserved: Reserved) -> Item:
    event = Event.model_validate_json(reserved.content)
    return Item(reserved.content, event.key, reserved.once)
