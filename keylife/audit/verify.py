"""Whether the log is what it was: every hash, every link, the signed head, and what others saw.

Nothing that the store says of an entry is believed: hashes are made anew from the entries' bytes,
and the one thing that comes from outside is the log's public key. What that cannot show (a tail
that was cut off, an old copy, a history written anew by whoever has the key) shows in the heads
that witnesses kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from keylife.audit.entry import FIRST, link, read_event, tail
from keylife.audit.head import Head, open_head
from keylife.audit.note import BadNoteError, Verifier
from keylife.audit.rows import Row
from keylife.audit.tree import Frontier, leaf_hash
from keylife.evidence.event import What

_VERIFIED = f'"what":"{What.VERIFIED}"'.encode()


@dataclass(frozen=True)
class Seen:
    """A head that somebody kept outside of the log."""

    by: str
    note: str


Proofs = Mapping[tuple[str, int, str], str]
"""The death certificates that are kept: by revocation, version and place, the SHA-256 of each in
hexadecimal."""


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong with the log."""

    first: int | None
    """The first entry that is not what it was; None if it is not one entry's."""

    last: int | None
    """Where several entries share a signature, or somebody with the key wrote anew: no later
    entry than this is the first one that is wrong."""

    what: str

    def __str__(self) -> str:
        match self.first, self.last:
            case None, _:
                return self.what
            case first, last if first == last:
                return f"entry {first}: {self.what}"
            case first, last:
                return f"from entry {first} on, or from one up to {last}: {self.what}"


@dataclass
class Verification:
    """What looking at a log showed."""

    size: int = 0
    """How many entries it has, as far as they hold together."""

    root: bytes = b""
    findings: list[Finding] = field(default_factory=list)
    heads: int = 0
    """How many heads that others kept it was held against."""

    @property
    def first_bad(self) -> int | None:
        """The number of the first entry that is not what it was."""
        return min((f.first for f in self.findings if f.first is not None), default=None)


def verify(
    entries: Iterable[Row],
    verifier: Verifier,
    seen: Sequence[Seen] = (),
    proofs: Proofs | None = None,
) -> Verification:
    """Look at a whole log.

    Args:
        entries: the log's rows by number; gone through once, and twice where something is wrong.
        verifier: the log's public key.
        seen: heads that were kept outside of the log; without any, a log that was cut off or
            rolled back cannot be told from a whole one.
        proofs: the death certificates that are kept; None does not look at them.
    """
    found = Verification(heads=len(seen))
    heads = _heads(seen, verifier, found)
    walk = _Walk(verifier.name, {head.size for _, head in heads}, proofs)
    bad = walk.through(entries)
    found.size, found.root = walk.size, walk.frontier.root()
    found.findings += walk.evidence
    if bad is not None or not _signs(verifier, walk.frontier, walk.signature):
        found.findings.append(_locate(entries, verifier, walk, bad))
    _compare(heads, walk, found)
    found.findings.sort(key=lambda finding: (finding.first or 0, finding.what))
    return found


class _Walk:
    """One way through a log, from entry to entry."""

    def __init__(self, origin: str, sizes: set[int], proofs: Proofs | None) -> None:
        self.frontier = Frontier()
        self.size = 0
        """How many entries fit; the frontier may have one more."""

        self.signature: bytes | None = None
        self.link_broken = False
        """Whether it stopped at an entry that does not follow the one before it: then the one
        before may be the wrong one."""

        self.roots: dict[int, bytes] = {0: self.frontier.root()}
        self.evidence: list[Finding] = []
        self._origin, self._sizes, self._proofs = origin, sizes, proofs

    def through(self, entries: Iterable[Row]) -> Finding | None:
        """Go to the end, or to the first entry that does not fit."""
        origin, frontier, sizes = self._origin, self.frontier, self._sizes
        previous = FIRST
        for number, row in enumerate(entries, start=1):
            if row.sequence != number:
                return _one(number, _out_of_order(row.sequence, number))
            entry = row.entry
            if not entry.endswith(tail(origin, number, previous, row.once)):
                self.link_broken = True
                return _one(number, "it does not follow the entry before it")
            leaf = leaf_hash(entry)
            if leaf != row.nodes[:32]:
                return _one(number, "its bytes are not those that were hashed")
            if b"".join(frontier.add(leaf)) != row.nodes:
                return _one(number, "the hashes beside it are not the tree's")
            if not _says(entry, row):
                return _one(number, "the key beside it is not what it says")
            if self._proofs is not None and _VERIFIED in entry:
                self._hold_evidence(row, self._proofs)
            previous = link(leaf, row.signature)
            self.size, self.signature = number, row.signature
            if number in sizes:
                self.roots[number] = frontier.root()
        return None

    def _hold_evidence(self, row: Row, proofs: Proofs) -> None:
        try:
            event = read_event(row.entry)
        except ValueError as error:
            self.evidence.append(_one(row.sequence, str(error)))
            return
        if event.what is not What.VERIFIED or event.certificate is None:
            return
        kept = proofs.get((event.revocation or "", event.version or 0, event.place or ""))
        if kept is None:
            self.evidence.append(_one(row.sequence, "the certificate it speaks of is not kept"))
        elif kept != event.certificate:
            self.evidence.append(_one(row.sequence, "the certificate that is kept is another"))


def _says(entry: bytes, row: Row) -> bool:
    """Whether the column by which a key's entries are found says what the entry says.

    Within a text the quotes would have backslashes before them.
    """
    return f'"key":"{row.key}"'.encode() in entry


def _signs(verifier: Verifier, frontier: Frontier, signature: bytes | None) -> bool:
    if frontier.size == 0:
        return True
    head = Head(verifier.name, frontier.size, frontier.root())
    return signature is not None and verifier.verifies(head.text().encode(), signature)


def _locate(
    entries: Iterable[Row], verifier: Verifier, walk: _Walk, bad: Finding | None
) -> Finding:
    """The first entry that is wrong, in a log whose end is not signed or that does not fit.

    Each head that was signed under the log is asked, up to where it stops fitting: the first that
    is not good ends the entries in question, the one before it begins them.
    """
    frontier, good = Frontier(), 0
    for row in entries:
        if frontier.size == walk.size:
            break
        frontier.add(leaf_hash(row.entry))
        if row.signature is None:
            continue
        if not _signs(verifier, frontier, row.signature):
            return Finding(good + 1, row.sequence, "it is not what the log's key signed")
        good = row.sequence
    if bad is None:
        return _one(walk.size + 1, "it is missing: the log ends within a batch")
    if walk.link_broken:
        return Finding(good + 1, bad.last, bad.what)
    return bad


def _compare(heads: Sequence[tuple[Seen, Head]], walk: _Walk, found: Verification) -> None:
    agreed = 0
    for seen, head in sorted(heads, key=lambda pair: pair[1].size):
        if found.first_bad is not None and found.first_bad <= head.size:
            return  # that says it already, and more exactly
        if head.size > walk.size:
            what = f"{seen.by} has seen {head.size} entries: the log was cut off or rolled back"
            found.findings.append(_one(walk.size + 1, what))
        elif walk.roots[head.size] == head.root:
            agreed = head.size
        else:
            what = f"{seen.by} has seen other entries among the first {head.size}"
            found.findings.append(Finding(agreed + 1, head.size, what))


def _heads(
    seen: Sequence[Seen], verifier: Verifier, found: Verification
) -> list[tuple[Seen, Head]]:
    heads: list[tuple[Seen, Head]] = []
    roots: dict[int, tuple[str, bytes]] = {}
    for one in seen:
        try:
            head = open_head(one.note, verifier)
        except BadNoteError as error:
            what = f"the head that {one.by} has is not one of this log: {error}"
            found.findings.append(Finding(None, None, what))
            continue
        other = roots.setdefault(head.size, (one.by, head.root))
        if other[1] != head.root:
            what = f"{one.by} and {other[0]} have seen two logs of {head.size} entries: a fork"
            found.findings.append(Finding(None, None, what))
        heads.append((one, head))
    return heads


def _out_of_order(sequence: int, number: int) -> str:
    if sequence < number:
        return f"entry {sequence} is there again"
    return f"it is missing: after {number - 1} comes {sequence}"


def _one(number: int, what: str) -> Finding:
    return Finding(number, number, what)
