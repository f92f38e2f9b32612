"""What somebody with the database's file in their hands can do to a log: P10.

Each way is raw SQL on the table, its triggers dropped first, with whatever hashes an insider can
make anew. It says which entry is the first that is not what it was.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from hashlib import sha256
from random import Random

from keylife.audit.chain import Item, place
from keylife.audit.entry import FIRST, link, write_event
from keylife.audit.head import Head
from keylife.audit.note import Signer, Signing, write_note
from keylife.audit.rows import COLUMNS, Row, Tip
from keylife.audit.tree import Frontier, leaf_hash
from keylife.audit.verify import Seen, Verification, verify
from keylife.evidence.event import Event, What
from tests.audit.events import event

KEY = Signer.make("keylife-audit-1f").signing()
WRONG = Signer.make("keylife-audit-1f").signing()
EMPTY = Tip(Frontier(), bytes(32), None)
_INSERT = f"INSERT INTO keylife_audit ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"


def proof_of(number: int) -> bytes:
    return f'{{"version":{number}}}'.encode()


def happened(number: int) -> Event:
    """Every fifth event is a proof of death."""
    if number % 5:
        return event(number)
    proof = sha256(proof_of(number)).hexdigest()
    facts = {"place": f"aws-iam/{number}", "revocation": "r1", "certificate": proof}
    return event(number, What.VERIFIED, **facts)


def item(number: int) -> Item:
    one = happened(number)
    return Item(write_event(one), one.key, f"once {number}" if number % 3 == 0 else None)


@cache
def written(first: int, batch: tuple[int, ...], signing: Signing = KEY) -> tuple[Row, ...]:
    """A log whose batches have these sizes, of events from ``first`` on."""
    rows: list[Row] = []
    tip, number = EMPTY, first
    for size in batch:
        more, tip = place([item(number + at) for at in range(size)], tip, signing)
        rows += more
        number += size
    return tuple(rows)


@dataclass
class World:
    """A log in a database, what was seen of it, and the certificates kept beside it."""

    rows: tuple[Row, ...]
    connection: sqlite3.Connection
    random: Random
    seen: list[Seen] = field(default_factory=list)
    """Of heads along the way; the last is the saved one, of the whole log."""

    proofs: dict[tuple[str, int, str], str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return len(self.rows)

    @property
    def signed(self) -> list[int]:
        """The entries that end a batch."""
        return [row.sequence for row in self.rows if row.signature is not None]

    def pick(self) -> int:
        return self.random.randint(1, self.size)

    def all(self) -> list[Row]:
        asked = f"SELECT {COLUMNS} FROM keylife_audit ORDER BY sequence, rowid"
        return [Row._make(found) for found in self.connection.execute(asked)]

    def sql(self, statement: str, *values: object) -> None:
        self.connection.execute(statement, values)

    def put(self, rows: Sequence[Row]) -> None:
        self.sql("DELETE FROM keylife_audit")
        self.connection.executemany(_INSERT, rows)

    def look(self) -> Verification:
        return verify(self.all(), KEY.verifier, self.seen, self.proofs)


@lru_cache(maxsize=10_000)
def note_of(rows: tuple[Row, ...], size: int) -> str:
    """The signed head of the log when it had that many entries."""
    frontier = Frontier()
    for row in rows[:size]:
        frontier.add(leaf_hash(row.entry))
    head = Head(KEY.verifier.name, size, frontier.root())
    return write_note(head.text(), head.origin, KEY.sign(head.text().encode()))


def empty_table() -> sqlite3.Connection:
    """The log's table, without the triggers that an insider drops."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute(
        "CREATE TABLE keylife_audit (sequence INTEGER, entry BLOB, nodes BLOB, signature BLOB,"
        " key TEXT, once TEXT)"
    )
    return connection


@cache
def shapes(batches: bool) -> list[tuple[int, ...]]:
    """The sizes of the batches of some logs; of one each, unless there are ``batches``."""
    random = Random(1)
    sizes = (1, 1, 1, 2, 3, 7) if batches else (1,)
    return [tuple(random.choices(sizes, k=random.randint(1, 24))) for _ in range(60)]


def world(random: Random, connection: sqlite3.Connection, *, batches: bool) -> World:
    rows = written(1, random.choice(shapes(batches)))
    made = World(rows, connection, random)
    made.put(rows)
    made.proofs = {
        ("r1", n, f"aws-iam/{n}"): sha256(proof_of(n)).hexdigest() for n in range(5, 400, 5)
    }
    ends = sorted({*random.sample(made.signed, min(len(made.signed), random.randint(0, 2)))})
    made.seen = [Seen("witness", note_of(rows, end)) for end in ends]
    made.seen.append(Seen("saved head", note_of(rows, made.size)))
    return made


def rechained(
    rows: Sequence[Row], first: int, signing: Signing | None, *, old: bytes = b'"format":1'
) -> Iterator[Row]:
    """Rows whose links and nodes are made anew from entry ``first`` on.

    With a key the heads are, too; without one, signatures stay as they were.
    """
    frontier, before = Frontier(), None
    for row in rows:
        entry, signature = row.entry, row.signature
        if row.sequence >= first:
            previous = FIRST if before is None else link(leaf_hash(before.entry), before.signature)
            begin, _, rest = entry.rpartition(b',"previous":"')
            number = f',"sequence":{row.sequence}}}'.encode()
            entry = begin + b',"previous":"' + previous.hex().encode() + b'"' + number
            assert rest.startswith(b'"') is False
        nodes = b"".join(frontier.add(leaf_hash(entry)))
        if signing is not None and row.sequence >= first and signature is not None:
            head = Head(KEY.verifier.name, frontier.size, frontier.root())
            signature = signing.sign(head.text().encode())
        before = row._replace(entry=entry, nodes=nodes, signature=signature)
        yield before


def changed(row: Row) -> Row:
    """The same entry, by somebody else."""
    return row._replace(entry=row.entry.replace(b'"actor":"ci"', b'"actor":"me"'))


def flipped(value: bytes, random: Random) -> bytes:
    at, bit = random.randrange(len(value)), random.randrange(8)
    return value[:at] + bytes([value[at] ^ 1 << bit]) + value[at + 1 :]


Way = Callable[[World], int]
"""Does it, and says which entry is the first that is not what it was."""


def flip_an_entry(w: World) -> int:
    k = w.pick()
    entry = flipped(w.rows[k - 1].entry, w.random)
    w.sql("UPDATE keylife_audit SET entry = ? WHERE sequence = ?", entry, k)
    return k


def flip_a_node(w: World) -> int:
    k = w.pick()
    nodes = flipped(w.rows[k - 1].nodes, w.random)
    w.sql("UPDATE keylife_audit SET nodes = ? WHERE sequence = ?", nodes, k)
    return k


def flip_a_signature(w: World) -> int:
    k = w.random.choice(w.signed)
    signature = flipped(w.rows[k - 1].signature or b"", w.random)
    w.sql("UPDATE keylife_audit SET signature = ? WHERE sequence = ?", signature, k)
    return k


def take_a_signature_away(w: World) -> int:
    k = w.random.choice(w.signed)
    w.sql("UPDATE keylife_audit SET signature = NULL WHERE sequence = ?", k)
    return k + 1 if k == w.size else k


def change_an_entry_and_its_hash(w: World) -> int:
    k = w.pick()
    row = changed(w.rows[k - 1])
    nodes = leaf_hash(row.entry) + row.nodes[32:]
    w.sql("UPDATE keylife_audit SET entry=?, nodes=? WHERE sequence = ?", row.entry, nodes, k)
    return k


def drop(w: World) -> int:
    k = w.pick()
    w.sql("DELETE FROM keylife_audit WHERE sequence = ?", k)
    return k


def drop_and_close_the_gap(w: World) -> int:
    k = w.pick()
    w.sql("DELETE FROM keylife_audit WHERE sequence = ?", k)
    w.sql("UPDATE keylife_audit SET sequence = sequence - 1 WHERE sequence > ?", k)
    return k


def drop_and_chain_anew(w: World) -> int:
    k = w.pick()
    rest = [row._replace(sequence=row.sequence - 1) for row in w.rows[k:]]
    w.put([*rechained([*w.rows[: k - 1], *rest], k, None)])
    return k


def double(w: World) -> int:
    k = w.pick()
    w.sql("UPDATE keylife_audit SET sequence = sequence + 1 WHERE sequence > ?", k)
    w.sql(_INSERT, *w.rows[k - 1]._replace(sequence=k + 1))
    return k + 1


def double_under_one_number(w: World) -> int:
    k = w.pick()
    w.sql(_INSERT, *w.rows[k - 1])
    return k + 1


def exchange(w: World) -> int:
    k, other = w.pick(), w.pick()
    if k == other:
        return flip_an_entry(w)
    one, two = w.rows[k - 1], w.rows[other - 1]
    rows = [*w.rows]
    rows[k - 1], rows[other - 1] = two._replace(sequence=k), one._replace(sequence=other)
    w.put(rows)
    return min(k, other)


def cut_off(w: World) -> int:
    left = w.random.randint(0, w.size - 1)
    w.sql("DELETE FROM keylife_audit WHERE sequence > ?", left)
    return left + 1


def splice(w: World) -> int:
    """An entry of another log, which another key signed, with all that belongs to it."""
    k = w.pick()
    other = written(100, (1,) * w.size, WRONG)[k - 1]
    w.put([*w.rows[: k - 1], other, *w.rows[k:]])
    return k


def splice_a_tail(w: World) -> int:
    k = w.pick()
    w.put([*w.rows[: k - 1], *written(100, (1,) * w.size, WRONG)[k - 1 :]])
    return k


def chain_anew(w: World) -> int:
    k = w.pick()
    rows = [*w.rows]
    rows[k - 1] = changed(rows[k - 1])
    w.put([*rechained(rows, k, None)])
    return k


def sign_with_a_wrong_key(w: World) -> int:
    k = w.pick()
    rows = [*w.rows]
    rows[k - 1] = changed(rows[k - 1])
    w.put([*rechained(rows, k, WRONG)])
    return k


def sign_everything_with_a_wrong_key(w: World) -> int:
    rows = [changed(w.rows[0]), *w.rows[1:]]
    w.put([*rechained(rows, 1, WRONG)])
    return 1


def sign_with_the_logs_own_key(w: World) -> int:
    """Only who saw the log before can tell."""
    k = w.pick()
    rows = [*w.rows]
    rows[k - 1] = changed(rows[k - 1])
    w.put([*rechained(rows, k, KEY)])
    return k


def go_down_to_an_older_format(w: World) -> int:
    k = w.pick()
    rows = [*w.rows]
    entry = rows[k - 1].entry.replace(b',"format":1', b',"format":0')
    rows[k - 1] = rows[k - 1]._replace(entry=entry)
    w.put([*rechained(rows, k, KEY)])
    return k


def go_down_to_another_algorithm(w: World) -> int:
    k = w.random.choice(w.signed)
    verifier = KEY.verifier
    made = verifier.name.encode() + bytes([0x0A, w.random.choice((0, 2, 5, 0xFF))])
    weak = sha256(made + verifier.public).digest()[:4] + (w.rows[k - 1].signature or b"")[4:]
    chosen = w.random.choice((weak, b"", weak[:4], bytes(68), weak[:36]))
    w.sql("UPDATE keylife_audit SET signature = ? WHERE sequence = ?", chosen, k)
    return k


def roll_back_to_an_old_copy(w: World) -> int:
    """A copy of the file, made when the log ended at that head: whole in itself."""
    ends = [0, *w.signed[:-1]]
    end = w.random.choice(ends)
    w.put(w.rows[:end])
    return end + 1


def fork(w: World) -> int:
    """Two writers of one key went on from one copy; this is the one that was not seen."""
    end = w.random.choice([0, *w.signed[:-1]])
    tip = EMPTY
    rows = list(w.rows[:end])
    if rows:
        frontier = Frontier()
        for row in rows:
            frontier.add(leaf_hash(row.entry))
        tip = Tip(frontier, leaf_hash(rows[-1].entry), rows[-1].signature)
    for number in range(w.size - end + w.random.randint(0, 3)):
        more, tip = place([item(200 + number)], tip, KEY)
        rows += more
    w.put(rows)
    return end + 1


def exchange_the_evidence(w: World) -> int:
    """Between two kept certificates; the log itself stays as it is."""
    own = [key for key in w.proofs if key[1] <= w.size]
    if len(own) < 2:
        return flip_an_entry(w)
    one, two = w.random.sample(own, 2)
    w.proofs[one], w.proofs[two] = w.proofs[two], w.proofs[one]
    return min(one[1], two[1])


def exchange_the_evidence_in_the_entries(w: World) -> int:
    own = [row.sequence for row in w.rows if b'"what":"verified"' in row.entry]
    if len(own) < 2:
        return flip_an_entry(w)
    one, two = sorted(w.random.sample(own, 2))
    rows = [*w.rows]
    of_one, of_two = (sha256(proof_of(number)).hexdigest().encode() for number in (one, two))
    for number, old, new in ((one, of_one, of_two), (two, of_two, of_one)):
        entry = rows[number - 1].entry.replace(old, new)
        rows[number - 1] = rows[number - 1]._replace(entry=entry)
    w.put([*rechained(rows, one, KEY)])
    return one


def lose_the_evidence(w: World) -> int:
    own = [key for key in w.proofs if key[1] <= w.size]
    if not own:
        return flip_an_entry(w)
    lost = w.random.choice(own)
    del w.proofs[lost]
    return lost[1]


def give_it_to_another_key(w: World) -> int:
    k = w.pick()
    w.sql("UPDATE keylife_audit SET key = 'exporter' WHERE sequence = ?", k)
    return k


def call_it_recorded(w: World) -> int:
    k = w.pick()
    w.sql("UPDATE keylife_audit SET once = 'once 999' WHERE sequence = ?", k)
    return k


def add_without_a_key(w: World) -> int:
    tip = EMPTY
    frontier = Frontier()
    for row in w.rows:
        frontier.add(leaf_hash(row.entry))
    tip = Tip(frontier, leaf_hash(w.rows[-1].entry), w.rows[-1].signature)
    [row], _ = place([item(w.size + 1)], tip, WRONG)
    copied = w.random.choice((row.signature, w.rows[-1].signature, bytes(68)))
    w.sql(_INSERT, *row._replace(signature=copied))
    return w.size + 1


WAYS: list[Way] = [
    flip_an_entry,
    flip_a_node,
    flip_a_signature,
    take_a_signature_away,
    change_an_entry_and_its_hash,
    drop,
    drop_and_close_the_gap,
    drop_and_chain_anew,
    double,
    double_under_one_number,
    exchange,
    cut_off,
    splice,
    splice_a_tail,
    chain_anew,
    sign_with_a_wrong_key,
    sign_everything_with_a_wrong_key,
    sign_with_the_logs_own_key,
    go_down_to_an_older_format,
    go_down_to_another_algorithm,
    roll_back_to_an_old_copy,
    fork,
    exchange_the_evidence,
    exchange_the_evidence_in_the_entries,
    lose_the_evidence,
    give_it_to_another_key,
    call_it_recorded,
    add_without_a_key,
]
WITH_THE_KEY = {sign_with_the_logs_own_key, fork, exchange_the_evidence_in_the_entries}
"""Where what is known is only between which heads that others saw it happened."""
