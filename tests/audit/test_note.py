"""Signed notes as others write them; nothing but Ed25519, and nothing that was touched."""

from __future__ import annotations

import base64
from hashlib import sha256

import pytest

from keylife.audit.head import Head, open_head
from keylife.audit.note import BadNoteError, Signer, Verifier, open_note, write_note

SEED = base64.b64encode(bytes([1]) + bytes(range(32))).decode()
SIGNER = Signer.parse(f"PRIVATE+KEY+keylife.example/audit+09667cfd+{SEED}")
OTHER = Signer.make("keylife.example/audit")
HEAD = Head("keylife.example/audit", 7, sha256(b"root").digest())

PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngot"
    "pRZb6KE6RyyBwJnAM=\n"
)


def signed(head: Head = HEAD, signer: Signer = SIGNER) -> str:
    text = head.text()
    return write_note(text, signer.name, signer.signing().sign(text.encode()))


def test_a_note_that_go_signed_is_read() -> None:
    """The example in the documentation of golang.org/x/mod/sumdb/note."""
    text = open_note(PETERS_NOTE, Verifier.parse(PETER))

    assert text.startswith("If you think cryptography")


def test_keys_are_written_as_they_are_read() -> None:
    assert str(Verifier.parse(PETER)) == PETER
    assert Signer.parse(SIGNER.secret()) == SIGNER
    assert Verifier.parse(str(SIGNER.verifier())) == SIGNER.verifier()


def test_a_key_shows_nothing_of_itself() -> None:
    seed = SIGNER.secret().split("+", 4)[4]

    assert seed not in f"{SIGNER!r} {SIGNER} {SIGNER.verifier()}"
    assert "_seed" not in repr(SIGNER)


def test_what_was_signed_is_opened() -> None:
    assert open_head(signed(), SIGNER.verifier()) == HEAD


def test_signatures_of_others_do_not_count() -> None:
    more = signed() + signed(signer=OTHER).splitlines()[-1] + "\n"

    assert open_head(more, SIGNER.verifier()) == HEAD
    with pytest.raises(BadNoteError, match="not signed by"):
        open_head(signed(signer=OTHER), SIGNER.verifier())


def test_a_good_signature_does_not_save_a_bad_one_of_the_same_key() -> None:
    forged = SIGNER.verifier().key_id + bytes(64)
    line = f"\u2014 {SIGNER.name} {base64.b64encode(forged).decode()}\n"

    with pytest.raises(BadNoteError, match="signature is not good"):
        open_note(signed() + line, SIGNER.verifier())


def test_no_bit_of_a_note_can_be_turned() -> None:
    for place in range(len(signed().encode())):
        for bit in range(8):
            raw = bytearray(signed().encode())
            raw[place] ^= 1 << bit
            with pytest.raises(BadNoteError):
                open_head(raw.decode(errors="replace"), SIGNER.verifier())


@pytest.mark.parametrize("algorithm", [0, 2, 4, 255])
def test_a_key_of_another_algorithm_is_refused(algorithm: int) -> None:
    name, public = SIGNER.name, SIGNER.verifier().public
    key_id = sha256(name.encode() + bytes([0x0A, algorithm]) + public).digest()[:4]
    encoded = base64.b64encode(bytes([algorithm]) + public).decode()

    with pytest.raises(BadNoteError, match="only Ed25519"):
        Verifier.parse(f"{name}+{key_id.hex()}+{encoded}")
    relabelled = key_id + SIGNER.signing().sign(HEAD.text().encode())[4:]
    with pytest.raises(BadNoteError, match="not signed by"):
        open_note(write_note(HEAD.text(), name, relabelled), SIGNER.verifier())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n7\n",
        "a\n07\n" + "A" * 43 + "=\n",
        "a\n-7\n" + "A" * 43 + "=\n",
        "a\n7\n" + "A" * 43 + "=\nextension\n",
        "a\n7\n" + "A" * 42 + "\n",
        "a\n7\n" + "A" * 42 + "B=\n",
        "a\n\u0667\n" + "A" * 43 + "=\n",
        "\n7\n" + "A" * 43 + "=\n",
        "a\n7\n!\n",
    ],
    ids=repr,
)
def test_what_is_no_head_is_none(text: str) -> None:
    with pytest.raises(BadNoteError):
        Head.parse(text)


def test_a_head_of_another_log_is_none_of_this_one() -> None:
    other = Head("keylife.example/other", 7, HEAD.root)

    with pytest.raises(BadNoteError, match=r"another log, keylife\.example/other"):
        open_head(signed(other), SIGNER.verifier())


@pytest.mark.parametrize("text", ["", "x", "a+b", "a+00000000+AQ==", PETER.replace("c7", "c8")])
def test_what_is_no_key_is_none(text: str) -> None:
    for kind in (Verifier, Signer):
        with pytest.raises(BadNoteError):
            kind.parse(text)
    with pytest.raises(BadNoteError):
        Signer.parse(f"PRIVATE+KEY+{text}")


def test_a_note_with_more_signatures_than_anybody_needs_is_refused() -> None:
    line = signed().splitlines()[-1] + "\n"

    open_note(signed() + line * 15, SIGNER.verifier())
    with pytest.raises(BadNoteError, match="no signed note"):
        open_note(signed() + line * 16, SIGNER.verifier())
