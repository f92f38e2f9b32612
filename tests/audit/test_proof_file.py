"""A proof from the log is checked without it, by keylife and by a reader of the format alone."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylife.audit.note import BadNoteError, Signer
from keylife.audit.proof_file import check_proof, write_proof
from keylife.audit.rows import Row, Rows
from keylife.store.database import Database
from tests.audit import oracle
from tests.audit.events import event
from tests.audit.examples import few
from tests.audit.insider import KEY, note_of, written
from tests.audit.logs import open_log


class Kept:
    """Rows in memory."""

    def __init__(self, rows: tuple[Row, ...]) -> None:
        self.rows = rows

    def nodes(self, ends: list[int]) -> dict[int, list[bytes]]:
        nodes = {end: self.rows[end].nodes for end in ends}
        return {e: [n[at : at + 32] for at in range(0, len(n), 32)] for e, n in nodes.items()}


def proof(sequence: int, size: int = 11) -> str:
    rows = written(1, (1,) * size)
    kept = Kept(rows)
    return write_proof(kept, rows[sequence - 1], size, note_of(rows, size))  # type: ignore[arg-type]


def test_every_entry_of_a_log_is_proven(database: Database, tmp_path: Path) -> None:
    log = open_log(database, tmp_path)
    for number in range(1, 8):
        log.append(event(number))
    note, rows = log.head(), Rows(database)
    assert note is not None

    for row in Rows(database):
        proven = check_proof(write_proof(rows, row, 7, note), log.verifier())
        assert (proven.sequence, proven.head.size) == (row.sequence, 7)
        assert proven.event == event(row.sequence)


def test_it_is_read_by_the_formats_text_alone() -> None:
    lines = proof(6).split("\n")

    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[2] == "index 5"
    entry = base64.b64decode(lines[1].removeprefix("extra "))
    entries = [row.entry for row in written(1, (1,) * 11)]
    assert entry == entries[5]
    blank = lines.index("")
    assert [base64.b64decode(line) for line in lines[3:blank]] == oracle.path(5, entries)
    assert base64.b64decode(lines[blank + 3]) == oracle.mth(entries)


@few
@given(st.data())
def test_no_proof_that_was_touched_is_taken(data: st.DataObject) -> None:
    raw = bytearray(proof(data.draw(st.integers(1, 11))).encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(BadNoteError):
        check_proof(raw.decode(errors="replace"), KEY.verifier)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("index 5", "index 4"),
        ("index 5", "index 05"),
        ("index 5", "index \u0665"),
        ("index 5", "index -1"),
        ("extra ", "extras "),
        ("tlog-proof@v1", "tlog-proof@v2"),
        ("\n\n", "\n"),
    ],
)
def test_what_is_no_proof_is_none(old: str, new: str) -> None:
    assert old in proof(6)

    with pytest.raises(BadNoteError):
        check_proof(proof(6).replace(old, new, 1), KEY.verifier)


def test_a_proof_is_good_for_its_own_log_alone() -> None:
    with pytest.raises(BadNoteError, match="not signed by"):
        check_proof(proof(6), Signer.make("keylife-audit-1f").verifier())
