"""The log's key is its owner's alone, is made once, and shows itself to nobody."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from keylife.audit.errors import AuditKeyError
from keylife.audit.keys import Keys, make_key


def test_a_key_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "audit-key")
    before = os.umask(0)
    try:
        made = keys.existing_or_new()
    finally:
        os.umask(before)

    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600
    assert keys.existing_or_new() == keys.existing() == made
    assert made.name.startswith("keylife-audit-")
    assert [path.name for path in tmp_path.iterdir()] == ["audit-key"]


def test_two_keys_are_two(tmp_path: Path) -> None:
    one, other = make_key(tmp_path / "one"), make_key(tmp_path / "other")

    assert one.name != other.name
    assert one.verifier().public != other.verifier().public


def test_whoever_makes_it_at_once_gets_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: make_key(tmp_path / "audit-key"), range(16)))

    assert len({key.name for key in made}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["audit-key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    keys = Keys(tmp_path / "audit-key")
    keys.existing_or_new()
    keys.path.chmod(mode)

    with pytest.raises(AuditKeyError, match=f"others may read it .its mode is {mode:o}, not 600"):
        keys.existing()


def test_a_key_that_may_only_be_read_is_as_good(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "audit-key")
    made = keys.existing_or_new()
    keys.path.chmod(0o400)

    assert keys.existing() == made


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"PRIVATE+KEY+a+00000000+AAAA", b"canary" * 9]
)
def test_what_is_no_key_is_refused_and_not_shown(tmp_path: Path, content: bytes) -> None:
    keys = Keys(tmp_path / "audit-key")
    keys.path.write_bytes(content)
    keys.path.chmod(0o600)

    with pytest.raises(AuditKeyError) as caught:
        keys.existing()
    assert "canary" not in f"{caught.value} {caught.value!r}"


def test_a_key_that_is_not_there_is_an_error_that_names_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(AuditKeyError, match="it is not there") as caught:
        Keys(tmp_path / "audit-key").existing()

    assert "KEYLIFE_AUDIT_KEY" in str(caught.value.hint)
    with pytest.raises(AuditKeyError, match="No such file"):
        Keys(tmp_path / "nowhere" / "audit-key").existing_or_new()
