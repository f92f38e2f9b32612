"""However a file is written, all keys of it end or are handed over, and nothing else changes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings

from keylife.declarations.everything import read_everything
from keylife.declarations.leaving import Leaving, depart_owner, retire_service
from keylife.declarations.replacement import ChangedMeanwhileError, replace_all
from keylife.errors import UsageError
from keylife.model.registry import OwnerStatus, ServiceStatus
from keylife.model.revocation import Reason, Tombstone
from tests.declarations.awkward import Awkward, awkward_files
from tests.declarations.folders import key_text, make_folder

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TOMBSTONE = Tombstone(at=NOON, reason=Reason.SUPERSEDED, by="me", ref="OPS-1", approved_by="lead")
OTHER = "  - {id: team-other, contact: o@example.com}\n"
_SETTINGS = settings(max_examples=40, deadline=None)


def folder_of(root: Path, text: str) -> Path:
    folder = make_folder(root)
    (folder / "dev/keys/billing.yaml").write_bytes(text.encode())
    owners = folder / "owners.yaml"
    owners.write_text(owners.read_text().rstrip("\n") + "\n" + OTHER)
    return folder


def written(folder: Path, leaving: Leaving) -> list[tuple[str, str]]:
    """What stood in each file of keys, and what does now."""
    before = {path: path.read_bytes() for path in folder.rglob("*.yaml")}
    leaving.edits.write()
    return [
        (content.decode(), path.read_bytes().decode())
        for path, content in before.items()
        if path.parent.name == "keys"
    ]


def is_within(old: str, new: str) -> bool:
    """Whether every character of one text stands in the other, in order."""
    rest = iter(new)
    return all(character in rest for character in old)


@_SETTINGS
@given(awkward_files())
def test_a_service_ends_with_every_key(
    tmp_path_factory: pytest.TempPathFactory, awkward: Awkward
) -> None:
    folder = folder_of(tmp_path_factory.mktemp("retire"), awkward.text)

    leaving = retire_service(folder, "billing", NOON, TOMBSTONE)
    texts = written(folder, leaving)

    after = read_everything(folder)
    keys = [entry.model for _, entry in after.keys if entry.model is not None]
    assert len(leaving.keys) == len(keys) >= 1
    assert all(key.revoked == TOMBSTONE for key in keys)
    service = after.services["billing"].model
    assert service is not None
    assert (service.status, service.since) == (ServiceStatus.RETIRED, NOON)
    assert all(is_within(old, new) for old, new in texts)
    assert all(new.count("approved_by: lead") == len(keys) for _, new in texts)


@_SETTINGS
@given(awkward_files())
def test_an_owner_hands_every_key_over(
    tmp_path_factory: pytest.TempPathFactory, awkward: Awkward
) -> None:
    folder = folder_of(tmp_path_factory.mktemp("depart"), awkward.text)

    leaving = depart_owner(folder, "team-payments", NOON, tombstone=None, to="team-other")
    texts = written(folder, leaving)

    after = read_everything(folder)
    assert {entry.model.owner for _, entry in after.keys if entry.model} == {"team-other"}
    owner = after.owners["team-payments"].model
    assert owner is not None and owner.status is OwnerStatus.DEPARTED
    assert [new.replace("team-other", "team-payments") for _, new in texts] == [
        old for old, _ in texts
    ]


def test_who_edits_at_the_same_time_is_not_written_over(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "keys:\n" + key_text())
    leaving = retire_service(folder, "billing", NOON, TOMBSTONE)
    services = folder / "services.yaml"
    services.write_text(services.read_text() + "# somebody else's\n")
    before = {path: path.read_bytes() for path in folder.rglob("*.yaml")}

    with pytest.raises(UsageError, match=r"services.yaml was changed meanwhile"):
        leaving.edits.write()

    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_byte_order_mark_stays(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "keys:\n" + key_text())
    [file] = folder.glob("*/keys/*.yaml")
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())

    retire_service(folder, "billing", NOON, TOMBSTONE).edits.write()

    assert file.read_bytes().startswith(b"\xef\xbb\xbfkeys:")
    assert b"revoked: {" in file.read_bytes()


def test_one_of_several_files_that_is_not_as_it_was_leaves_all_as_they_are(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"1")
    other.write_bytes(b"2")

    with pytest.raises(ChangedMeanwhileError):
        replace_all([(one, b"1", b"new"), (other, b"not 2", b"new")])

    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == [b"1", b"2"]


@pytest.mark.parametrize("by", ["lead", "Lead", " lead ", "LEAD"])
def test_two_people_are_two(by: str) -> None:
    with pytest.raises(ValueError, match="somebody else than who asked"):
        Tombstone.model_validate({**TOMBSTONE.model_dump(), "by": by})
