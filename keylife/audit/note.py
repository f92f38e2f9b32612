"""Signed notes: text, and below it who signed it.

Source: C2SP signed-note (c2sp.org/signed-note), with one algorithm, Ed25519 (RFC 8032): the floor
below which nothing is taken. A key is written as Go's ``golang.org/x/mod/sumdb/note`` writes it.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = 1
"""The algorithm's byte in a key; there is no other that is taken."""

_SIGNATURE_LINE = "\u2014 "
_MOST_SIGNATURES = 16
"""C2SP: a verifier takes at least so many; more are a way to make it work."""


class BadNoteError(ValueError):
    """A note, a key or a signature is not what it must be; says what, never a secret."""


@dataclass(frozen=True)
class Verifier:
    """The public half of a key: checks signatures."""

    name: str
    public: bytes
    """32 bytes, RFC 8032."""

    @property
    def key_id(self) -> bytes:
        """Four bytes by which a signature names its key and its algorithm."""
        return sha256(self.name.encode() + bytes([0x0A, ED25519]) + self.public).digest()[:4]

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Whether ``signature`` (key id and 64 bytes) is this key's under the text."""
        if len(signature) != 68 or signature[:4] != self.key_id:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature[4:], text)
        except InvalidSignature:
            return False
        return True

    def __str__(self) -> str:
        encoded = base64.b64encode(bytes([ED25519]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @staticmethod
    def parse(text: str) -> Verifier:
        """Read a key as ``str()`` writes it.

        Raises:
            BadNoteError: it is no such key, or one of another algorithm.
        """
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        found = Verifier(_named(name), _key(encoded))
        if found.key_id.hex() != key_id:
            raise BadNoteError("the key's id is not that of the key")
        return found


@dataclass(frozen=True)
class Signer:
    """A key that signs."""

    name: str
    _seed: bytes = field(repr=False)

    @staticmethod
    def make(name: str) -> Signer:
        """A new key."""
        return Signer(_named(name), Ed25519PrivateKey.generate().private_bytes_raw())

    def verifier(self) -> Verifier:
        """Its public half."""
        key = Ed25519PrivateKey.from_private_bytes(self._seed)
        return Verifier(self.name, key.public_key().public_bytes_raw())

    def signing(self) -> Signing:
        """The key made ready, for many signatures."""
        return Signing(Ed25519PrivateKey.from_private_bytes(self._seed), self.verifier())

    def secret(self) -> str:
        """The key as it is kept in a file; a secret."""
        encoded = base64.b64encode(bytes([ED25519]) + self._seed).decode()
        return f"PRIVATE+KEY+{self.name}+{self.verifier().key_id.hex()}+{encoded}"

    @staticmethod
    def parse(text: str) -> Signer:
        """Read a key as `secret` writes it.

        Raises:
            BadNoteError: it is no such key, or one of another algorithm.
        """
        begin, middle, rest = [*text.strip().split("+", 2), "", ""][:3]
        name, _, rest = rest.partition("+")
        key_id, _, encoded = rest.partition("+")
        if (begin, middle) != ("PRIVATE", "KEY"):
            raise BadNoteError("it is no signing key")
        found = Signer(_named(name), _key(encoded))
        if found.verifier().key_id.hex() != key_id:
            raise BadNoteError("the key's id is not that of the key")
        return found


class Signing:
    """A signing key made ready."""

    def __init__(self, key: Ed25519PrivateKey, verifier: Verifier) -> None:
        self._key = key
        self._key_id = verifier.key_id
        self.verifier = verifier

    def sign(self, text: bytes) -> bytes:
        """The key's id and its signature under the text, 68 bytes."""
        return self._key_id + self._key.sign(text)


def _named(name: str) -> str:
    if not name or "+" in name or any(c.isspace() or c < " " for c in name):
        raise BadNoteError("a key's name is text without spaces and plus signs")
    return name


def decode(encoded: str) -> bytes:
    """Bytes from base64, in the one way of writing them: no bit of a text goes unseen.

    Raises:
        BadNoteError: it is not in base64, or there is another way to write the same bytes.
    """
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise BadNoteError("it is not in base64") from None
    if base64.b64encode(raw).decode() != encoded:
        raise BadNoteError("it is not in base64 as it is written")
    return raw


def _key(encoded: str) -> bytes:
    raw = decode(encoded)
    if len(raw) != 33 or raw[0] != ED25519:
        raise BadNoteError("only Ed25519 keys are taken")
    return raw[1:]


def write_note(text: str, name: str, signature: bytes) -> str:
    """A note of the text with one signature."""
    return f"{text}\n{_SIGNATURE_LINE}{name} {base64.b64encode(signature).decode()}\n"


def open_note(note: str, verifier: Verifier) -> str:
    """The text of a note that the key signed; signatures of other keys do not count.

    Raises:
        BadNoteError: it is no note, or the key did not sign it.
    """
    text, signatures = _split(note)
    own = [s for name, s in signatures if name == verifier.name and s[:4] == verifier.key_id]
    if not own:
        raise BadNoteError(f"it is not signed by {verifier.name}+{verifier.key_id.hex()}")
    if not all(verifier.verifies(text.encode(), signature) for signature in own):
        raise BadNoteError("its signature is not good")
    return text


def _split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    if any(c < " " and c != "\n" for c in note):
        raise BadNoteError("a note has no control characters")
    text, blank, below = note.rpartition("\n\n")
    lines = below.split("\n")
    if not blank or lines[-1] or not 1 <= len(lines) - 1 <= _MOST_SIGNATURES:
        raise BadNoteError("it is no signed note")
    return f"{text}\n", [_signature(line) for line in lines[:-1]]


def _signature(line: str) -> tuple[str, bytes]:
    name, _, encoded = line.removeprefix(_SIGNATURE_LINE).partition(" ")
    raw = decode(encoded)
    if not line.startswith(_SIGNATURE_LINE) or not name or len(raw) < 5:
        raise BadNoteError("below the note stands what is no signature")
    return name, raw
