"""An entry's bytes: canonical, bound to log, place and predecessor, and of allowed fields only."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from keylife.audit.canonical import canonical
from keylife.audit.entry import FIRST, link, read_event, tail, write_entry, write_event
from keylife.evidence.event import Event, What
from keylife.evidence.source import Source
from tests.audit.events import event
from tests.audit.examples import few

ORIGIN = "keylife-audit-1f"


def entry(of: Event, sequence: int = 1) -> bytes:
    return write_entry(write_event(of), ORIGIN, sequence, FIRST)


def test_an_entry_is_canonical_and_says_where_it_stands() -> None:
    written = entry(event(), 42)

    assert canonical(json.loads(written)) == written
    assert json.loads(written)["sequence"] == 42
    assert json.loads(written)["log"] == ORIGIN
    assert json.loads(written)["previous"] == "00" * 32
    assert written.endswith(tail(ORIGIN, 42, FIRST))


def test_what_was_written_is_read() -> None:
    odd = event(detail='"}\u2028\U0001f511\x00,"sequence":9}', place="vault-kv/a")

    assert read_event(entry(odd)) == odd


@few
@given(
    st.sampled_from([None, '"source":0,"stack":', "\u2028\x00\\", "zo\u0308"])
    | st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from([Source(), Source(actor='"source":0,"stack":', clean=False, update=0)]),
    st.sampled_from(list(What)),
)
def test_an_event_is_written_as_the_canonical_form_of_what_it_says(
    text: str | None, source: Source, what: What
) -> None:
    one = event(3, what, detail=text, place=text, version=None, source=source)

    written = write_event(one)

    assert written == canonical(one.model_dump(mode="json", exclude_none=True))
    assert read_event(entry(one)) == one


def test_text_that_is_no_unicode_is_no_entry() -> None:
    with pytest.raises(ValueError):
        write_event(event(detail="\ud800"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"key":', b'"secret":"x","key":'),
        (b'"format":1', b'"format":1,"hmac":"x"'),
        (b'{"event"', b'{ "event"'),
        (b'"at":"2026', b'"at":"\\u0032026'),
        (b'"what":"issued"', b'"what":"whatever"'),
        (b'"version":1', b'"version":1.0'),
        (b'"format"', b'"form\xff"'),
    ],
)
def test_what_was_not_written_so_is_not_read(old: bytes, new: bytes) -> None:
    written = entry(event())
    assert old in written

    with pytest.raises(ValueError):
        read_event(written.replace(old, new))


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"{}", b'{"event":{}}', b"[" * 5000])
def test_what_is_no_entry_is_none(raw: bytes) -> None:
    with pytest.raises(ValueError):
        read_event(raw)


def test_a_link_tells_signatures_apart() -> None:
    leaf = bytes(range(32))

    assert len({link(leaf, None), link(leaf, b"a"), link(leaf, b"b"), link(bytes(32), None)}) == 4


def test_a_certificate_is_named_by_its_hash_alone() -> None:
    proof = "0f" * 32

    assert event(what=What.VERIFIED, certificate=proof).certificate == proof
    for wrong in ("", "0f", "0F" * 32, proof + "\n", "AKIAABCDEFGHIJKLMNOP"):
        with pytest.raises(ValidationError):
            event(what=What.VERIFIED, certificate=wrong)


def test_no_event_is_both_a_grant_and_a_kill() -> None:
    assert [what for what in What if what.is_grant and what.is_kill] == []
    assert {What.ISSUING, What.ISSUED, What.EXTENDED} < {what for what in What if what.is_grant}
    assert {What.REVOKED, What.DESTROYED, What.VERIFIED} < {what for what in What if what.is_kill}
    assert not What.DENIED.is_kill, "whoever asks often enough would use up the reserve"
