"""Fingerprints: keyed hashes by which a secret is known again without being kept.

HMAC-SHA-256 under a key of the store's owner: without that key a stolen store tells nothing of
what is in it, not even of secrets that could be guessed. The key's id stands with each
fingerprint, so that a new key can be put in front and the old ones still tell what they told.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select

from keylife.errors import UsageError
from keylife.store.statements import insert_if_new, many
from keylife.store.tables import cloud_ids, fingerprints

ENVIRONMENT = "KEYLIFE_FINGERPRINT_KEYS"
"""The environment variable that names the file with the keys, where several machines share a
store: all of them need the same keys."""

_BYTES = 32


@dataclass(frozen=True)
class HashKey:
    """One key to hash with."""

    id: str
    secret: bytes = field(repr=False)

    def of(self, value: str) -> str:
        """The fingerprint of a value: this key's id, and the digest."""
        digest = hmac.new(self.secret, value.encode(), hashlib.sha256).hexdigest()
        return f"{self.id}:{digest}"


@dataclass(frozen=True)
class HashKeys:
    """The keys of a store: the last one hashes what is new, all of them know the old again."""

    keys: tuple[HashKey, ...]

    def of(self, value: str) -> str:
        """The fingerprint by which a value is recorded from now on."""
        return self.keys[-1].of(value)

    def all_of(self, value: str) -> tuple[str, ...]:
        """Every fingerprint under which a value may have been recorded."""
        return tuple(key.of(value) for key in self.keys)


@dataclass(frozen=True)
class Seen:
    """Whose material a fingerprint or an issuer's id is."""

    key: str
    number: int
    stack: str


def keys_file(environment: Mapping[str, str], folder: Path) -> Path:
    """Where the keys are: what the environment names, else beside the project's own store."""
    named = environment.get(ENVIRONMENT)
    return Path(named) if named else folder / ".keylife" / "fingerprint.keys"


def read_keys(path: Path) -> HashKeys:
    """The keys in a file, made with one fresh key if it does not exist.

    A line a key, ``ID HEX``; to change the key, append a line. Only its owner may read the file.

    Raises:
        UsageError: it cannot be read or made, others may read it, or it is not such a file.
    """
    with suppress(FileExistsError):
        _make(path)
    try:
        if path.stat().st_mode & 0o077:
            raise UsageError(
                f"{path} can be read by others: who has it can test guesses against the store",
                f"chmod 600 {path}",
            )
        lines = path.read_text("ascii").split("\n")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _malformed(path) from None
    keys = tuple(_key(path, *line.partition(" ")) for line in lines if line)
    if not keys or len({key.id for key in keys}) != len(keys):
        raise _malformed(path)
    return HashKeys(keys)


def record(
    connection: Connection,
    of: Seen,
    values: Mapping[str, str],
    keys: HashKeys,
    at: datetime,
) -> Mapping[str, Seen]:
    """Record the fingerprints of a version's material; what is recorded already stays.

    Args:
        connection: in a writing transaction.
        of: whose material it is.
        values: by field, in memory only.
        keys: to hash with.
        at: now.

    Returns:
        By field, whose material it is already, if it is another key's.
    """
    others: dict[str, Seen] = {}
    for name, value in values.items():
        before = list(seen(connection, keys.all_of(value)).values())
        if before:
            if before[0].key != of.key:
                others[name] = before[0]
            continue
        hash_key, _, digest = keys.of(value).partition(":")
        row = {"hash_key": hash_key, "digest": digest, "field": name}
        insert_if_new(connection, fingerprints, {**row, **_row(of, at)})
    return others


def seen(connection: Connection, values: Iterable[str]) -> Mapping[str, Seen]:
    """By fingerprint, whose it is; those that nobody recorded are left out."""
    wanted = {value.partition(":")[2]: value for value in values}
    asked = select(fingerprints)
    return {
        wanted[row.digest]: Seen(row.key, row.number, row.stack)
        for row in many(connection, asked, fingerprints.c.digest, list(wanted))
        # found by an index; whether it is the same is not told by the time this takes
        if hmac.compare_digest(wanted[row.digest], f"{row.hash_key}:{row.digest}")
    }


def is_fingerprint(text: str) -> bool:
    """Whether a text is a fingerprint as `HashKey.of` writes it."""
    return re.fullmatch(r"[0-9A-Za-z]+:[0-9a-f]{64}", text) is not None


def record_cloud_id(connection: Connection, of: Seen, value: str, at: datetime) -> Seen:
    """Record what an issuer calls a version.

    Args:
        connection: in a writing transaction.
        of: the version.
        value: its issuer's id for it; no secret.
        at: now.

    Returns:
        Whose it is: ``of``, or whoever was first.
    """
    insert_if_new(connection, cloud_ids, {"value": value, **_row(of, at)})
    row = connection.execute(select(cloud_ids).where(cloud_ids.c.value == value)).one()
    return Seen(row.key, row.number, row.stack)


def recorded_of(connection: Connection, keys: Iterable[str]) -> frozenset[tuple[str, int]]:
    """The versions of these keys whose material is known, by key and number."""
    asked = select(fingerprints.c.key, fingerprints.c.number).distinct()
    rows = many(connection, asked, fingerprints.c.key, list(keys))
    return frozenset((row.key, row.number) for row in rows)


def hash_keys_in_use(connection: Connection) -> set[str]:
    """The ids of the keys that fingerprints in the store were hashed with."""
    return set(connection.scalars(select(fingerprints.c.hash_key).distinct()))


def _row(of: Seen, at: datetime) -> dict[str, object]:
    return {"key": of.key, "number": of.number, "stack": of.stack, "recorded": at}


def _make(path: Path) -> None:
    """Make a file with one fresh key; whole, or not at all."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    key_id = secrets.token_hex(4)
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, f"{key_id} {secrets.token_bytes(_BYTES).hex()}\n".encode())
            os.fsync(handle)
        finally:
            os.close(handle)
        try:
            os.link(draft, path)  # fails if another process was faster: its key counts
        finally:
            draft.unlink()
    except FileExistsError:
        raise
    except OSError as error:
        raise UsageError(f"{path} cannot be made: {error.strerror}") from None


def _key(path: Path, key_id: str, _: str, secret: str) -> HashKey:
    try:
        raw = bytes.fromhex(secret)
    except ValueError:
        raise _malformed(path) from None
    if len(raw) < _BYTES or not key_id.isalnum():
        raise _malformed(path)
    return HashKey(key_id, raw)


def _malformed(path: Path) -> UsageError:
    return UsageError(
        f"{path} holds no keys to hash with",
        f"a line a key: an id, a blank, {_BYTES} bytes in hexadecimal; the last one hashes",
    )
