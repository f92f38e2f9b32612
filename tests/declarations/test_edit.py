"""Edits add to one key's text and leave every other character of every file alone."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keylife.declarations import declare_revocation, load, request_rotation
from keylife.errors import DeclarationError, UsageError
from keylife.model.revocation import Reason, RotationRequest, Tombstone
from tests.declarations.awkward import Awkward, awkward_files
from tests.declarations.folders import OWNERS, key_text, make_folder

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TOMBSTONE = Tombstone(at=NOON, reason=Reason.KEY_COMPROMISE, by="oncall@example.com", ref="PAY-812")
REVOKED = (
    "revoked: {at: 2026-11-23T12:00:00Z, reason: keyCompromise,"
    " by: oncall@example.com, ref: PAY-812}"
)
REQUEST = RotationRequest(at=NOON, reason=Reason.SUPERSEDED)
ENTRY = "{at: 2026-11-23T12:00:00Z, reason: superseded}"

BLOCK = """\
# who may change this: CODEOWNERS
keys:

  # the pipeline's key
  - id: billing-deploy   # never renamed
    kind: aws-access-key
    service: "billing"
    owner: 'team-payments'
    purpose: deploys the billing API   # and only that

    scope:
        policies:
        - arn:aws:iam::aws:policy/ReadOnlyAccess
        # no more, please
    ttl: 30d
    rotate_every: 21d
    deliver:
      - vault-kv: {mount: secret, path: billing/aws}   # read by the pipeline
      # - secrets-manager: {name: billing/aws}

  # the other one
  - id: other
    kind: vault-token
    service: billing
    owner: team-payments
    purpose: reads
    scope: {policies: [billing-read]}
    ttl: 12h
    rotate_every: 6h
    deliver: [{vault-kv: {mount: secret, path: other}}]
# the end
"""

FLOW = """\
keys: [
  {id: billing-deploy, kind: aws-access-key, service: billing, owner: team-payments, purpose: x,
   scope: {policies: [arn:aws:iam::aws:policy/ReadOnlyAccess]}, ttl: 30d, rotate_every: 21d,
   deliver: [{vault-kv: {mount: secret, path: billing/aws}}]},  # one line
  {
    "id": other,
    kind: vault-token,
    service: billing,
    owner: team-payments,
    purpose: reads,  # with a comma: here
    scope: {policies: [billing-read]},
    ttl: 12h,
    rotate_every: 6h,
    deliver: [{vault-kv: {mount: secret, path: other}}],   # and here
  },
]
"""


def _edit(text: str | bytes, tmp_path: Path, key_id: str, what: str = "revoke") -> tuple[str, str]:
    """The text of the file before and after."""
    folder = make_folder(tmp_path)
    file = folder / "dev" / "keys" / "billing.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    before = load(folder, "dev")

    if what == "revoke":
        changed = declare_revocation(folder, "dev", key_id, TOMBSTONE)
        expected = before.keys[key_id].model_copy(update={"revoked": TOMBSTONE})
    else:
        changed = request_rotation(folder, "dev", key_id, REQUEST)
        rotations = (*before.keys[key_id].rotations, REQUEST)
        expected = before.keys[key_id].model_copy(update={"rotations": rotations})

    after = load(folder, "dev")
    assert changed == file
    assert after.keys == {**before.keys, key_id: expected}
    assert list(after.keys) == list(before.keys)
    return (
        text if isinstance(text, str) else text.decode("utf-8-sig"),
        file.read_bytes().decode("utf-8-sig"),
    )


def _added(before: str, after: str) -> list[str]:
    """The added lines, when all others are as they were and in their order."""
    remaining = iter(before.splitlines(keepends=True))
    expected = next(remaining, None)
    added = []
    for line in after.splitlines(keepends=True):
        if line == expected:
            expected = next(remaining, None)
        else:
            added.append(line)
    assert expected is None, f"changed or lost: {expected!r}"
    return added


def test_a_tombstone_is_one_added_line_behind_the_key(tmp_path: Path) -> None:
    before, after = _edit(BLOCK, tmp_path, "billing-deploy")

    assert _added(before, after) == [f"    {REVOKED}\n"]
    assert f"# read by the pipeline\n    {REVOKED}\n      # - secrets-manager" in after


def test_git_shows_just_the_added_line(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    git = ("git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-C", str(folder))
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "keys"], check=True)

    declare_revocation(folder, "dev", "billing-deploy", TOMBSTONE)

    shown = subprocess.run(
        [*git, "diff", "--numstat"], check=True, capture_output=True, text=True
    ).stdout
    assert shown.split() == ["1", "0", "dev/keys/billing.yaml"]


def test_the_last_key_of_a_file_is_revoked_before_the_closing_comment(tmp_path: Path) -> None:
    before, after = _edit(BLOCK, tmp_path, "other")

    assert _added(before, after) == [f"    {REVOKED}\n"]
    assert after.endswith(f"    {REVOKED}\n# the end\n")


def test_a_first_rotation_is_a_list_of_its_own(tmp_path: Path) -> None:
    before, after = _edit(BLOCK, tmp_path, "other", "rotate")

    assert _added(before, after) == ["    rotations:\n", f"      - {ENTRY}\n"]


@pytest.mark.parametrize(
    ("rotations", "added"),
    [
        ("\n      - {at: 2026-01-01T00:00:00Z, reason: superseded}", [f"      - {ENTRY}\n"]),
        ("\n    - at: 2026-01-01T00:00:00Z  # one\n      reason: superseded", [f"    - {ENTRY}\n"]),
        ("[\n      {at: 2026-01-01T00:00:00Z, reason: superseded},\n    ]", [f"      {ENTRY},\n"]),
    ],
    ids=["indented list", "list as deep as its field", "brackets with closing comma"],
)
def test_a_further_rotation_is_one_added_line(
    tmp_path: Path, rotations: str, added: list[str]
) -> None:
    text = "keys:\n" + key_text(rotations=rotations) + "  # behind\n" + key_text("other")

    before, after = _edit(text, tmp_path, "billing-deploy", "rotate")

    assert _added(before, after) == added


@pytest.mark.parametrize(
    ("rotations", "expected"),
    [
        ("[]", f"rotations: [{ENTRY}]\n"),
        ("[ ]  # none", f"rotations: [{ENTRY} ]  # none\n"),
        (
            "[{at: 2026-01-01T00:00:00Z, reason: superseded}]",
            f"rotations: [{{at: 2026-01-01T00:00:00Z, reason: superseded}}, {ENTRY}]\n",
        ),
    ],
)
def test_a_further_rotation_between_brackets_changes_only_its_line(
    tmp_path: Path, rotations: str, expected: str
) -> None:
    text = "keys:\n" + key_text(rotations=rotations)

    before, after = _edit(text, tmp_path, "billing-deploy", "rotate")

    assert _added(before.replace(f"    rotations: {rotations}\n", ""), after) == [f"    {expected}"]


def test_a_key_in_braces_gets_its_tombstone_in_its_last_line(tmp_path: Path) -> None:
    before, after = _edit(FLOW, tmp_path, "billing-deploy")

    assert after == before.replace(
        "path: billing/aws}}]},  # one", f"path: billing/aws}}}}], {REVOKED}}},  # one"
    )


def test_a_key_in_braces_with_a_field_a_line_gets_a_line(tmp_path: Path) -> None:
    before, after = _edit(FLOW, tmp_path, "other")

    assert _added(before, after) == [f"    {REVOKED},\n"]


def test_carriage_returns_are_kept_and_used(tmp_path: Path) -> None:
    before, after = _edit(BLOCK.replace("\n", "\r\n"), tmp_path, "other", "rotate")

    assert _added(before, after) == ["    rotations:\r\n", f"      - {ENTRY}\r\n"]


def test_a_byte_order_mark_is_kept(tmp_path: Path) -> None:
    _edit(b"\xef\xbb\xbf" + BLOCK.encode(), tmp_path, "other")

    content = (tmp_path / "stacks" / "dev" / "keys" / "billing.yaml").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf# who") and content.count(b"\xef\xbb\xbf") == 1


def test_a_missing_line_end_at_the_end_stays_missing(tmp_path: Path) -> None:
    text = ("keys:\n" + key_text()).rstrip("\n")

    before, after = _edit(text, tmp_path, "billing-deploy")

    assert _added(before, after) == [f"    {REVOKED}\n"]
    assert after.endswith("path: billing-deploy}}]")


def test_tabs_in_comments_and_letters_of_all_scripts_stay(tmp_path: Path) -> None:
    text = BLOCK.replace("# who", "#\twho\t漢字 \U0001f511").replace(
        "purpose: reads", "purpose: läs"
    )

    before, after = _edit(text, tmp_path, "other")

    assert _added(before, after) == [f"    {REVOKED}\n"]


@pytest.mark.parametrize("style", ["|-", ">-", "|2-"])
def test_a_block_of_text_at_the_end_of_a_key_stays_whole(tmp_path: Path, style: str) -> None:
    purpose = f"{style}\n        deploys the API"
    fields = key_text().replace("    purpose: deploys the billing API from its pipeline\n", "")
    text = f"keys:\n{fields}    purpose: {purpose}\n\n  # next\n{key_text('other')}"
    if style == "|2-":
        text = text.replace("        deploys", "      deploys")

    before, after = _edit(text, tmp_path, "billing-deploy")

    assert _added(before, after) == [f"    {REVOKED}\n"]


def test_a_block_of_text_directly_before_the_next_key_stays_whole(tmp_path: Path) -> None:
    fields = key_text().replace("    purpose: deploys the billing API from its pipeline\n", "")
    block = "    purpose: >-\n      deploys\n      the API\n"

    before, after = _edit(f"keys:\n{fields}{block}{key_text('other')}", tmp_path, "billing-deploy")

    assert _added(before, after) == [f"    {REVOKED}\n"]
    assert f"the API\n    {REVOKED}\n  - id: other" in after


def test_a_key_whose_only_line_in_braces_ends_in_a_comma_is_continued_there(
    tmp_path: Path,
) -> None:
    fields = key_text().removeprefix("  - ").rstrip().replace("\n    ", ", ")
    text = f"keys:\n  - {{{fields},\n    }}\n"

    before, after = _edit(text, tmp_path, "billing-deploy")

    assert after == before.replace(",\n    }", f", {REVOKED},\n    }}")


@pytest.mark.parametrize(
    "by", ["a: b", "it's me", "[x]", "no", "# x", "a, b", "ü", '"q"', "\\n", "2026-11-20", " a "]
)
def test_what_people_write_is_quoted_where_it_must_be(tmp_path: Path, by: str) -> None:
    folder = make_folder(tmp_path)
    tombstone = TOMBSTONE.model_copy(update={"by": by, "ref": by})

    declare_revocation(folder, "dev", "billing-deploy", tombstone)

    assert load(folder, "dev").keys["billing-deploy"].revoked == tombstone


def test_a_rotation_and_then_a_revocation_of_one_key(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    request_rotation(folder, "dev", "billing-deploy", REQUEST)
    later = REQUEST.model_copy(update={"at": NOON + timedelta(hours=1)})
    request_rotation(folder, "dev", "billing-deploy", later)
    declare_revocation(folder, "dev", "billing-deploy", TOMBSTONE)

    key = load(folder, "dev").keys["billing-deploy"]

    assert (key.rotations, key.revoked) == ((REQUEST, later), TOMBSTONE)


class TestRefusals:
    """Nothing is changed where an edit is refused."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return make_folder(tmp_path)

    @pytest.fixture(autouse=True)
    def _nothing_changes(self, folder: Path) -> Iterator[None]:
        yield from _unchanged(folder)

    def test_an_unknown_id_is_refused_with_the_one_that_was_meant(self, folder: Path) -> None:
        with pytest.raises(UsageError, match="no key `billing-deplo`") as refusal:
            declare_revocation(folder, "dev", "billing-deplo", TOMBSTONE)

        assert refusal.value.hint == "did you mean `billing-deploy`?"
        assert refusal.value.exit_code == 2

    def test_declarations_out_of_order_are_refused(self, folder: Path) -> None:
        (folder / "owners.yaml").write_text("owners: []\n")

        with pytest.raises(DeclarationError):
            declare_revocation(folder, "dev", "billing-deploy", TOMBSTONE)

        (folder / "owners.yaml").write_text(OWNERS)

    def test_a_file_changed_meanwhile_is_refused(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = folder / "dev" / "keys" / "billing.yaml"
        old = file.read_bytes()

        def change(descriptor: int) -> None:
            file.write_bytes(old + b"# by an editor\n")

        monkeypatch.setattr(os, "fsync", change)
        with pytest.raises(UsageError, match="changed meanwhile"):
            declare_revocation(folder, "dev", "billing-deploy", TOMBSTONE)

        assert file.read_bytes() == old + b"# by an editor\n"
        file.write_bytes(old)

    def test_a_full_disk_leaves_the_old_text(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(descriptor: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(UsageError, match="No space left"):
            declare_revocation(folder, "dev", "billing-deploy", TOMBSTONE)

    def test_an_interruption_leaves_the_old_text(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupt(descriptor: int) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            declare_revocation(folder, "dev", "billing-deploy", TOMBSTONE)


def _unchanged(folder: Path) -> Iterator[None]:
    def contents() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    before = contents()
    yield
    assert contents() == before


def test_a_revoked_key_is_neither_revoked_again_nor_rotated(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    declare_revocation(folder, "dev", "billing-deploy", TOMBSTONE)
    file = folder / "dev" / "keys" / "billing.yaml"
    before = file.read_bytes()

    with pytest.raises(UsageError, match=r"revoked already, at .*billing\.yaml:2"):
        declare_revocation(folder, "dev", "billing-deploy", TOMBSTONE)
    with pytest.raises(UsageError, match="revoked already"):
        request_rotation(folder, "dev", "billing-deploy", REQUEST)

    assert file.read_bytes() == before


def test_the_same_rotation_is_not_asked_for_twice(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    request_rotation(folder, "dev", "billing-deploy", REQUEST)
    file = folder / "dev" / "keys" / "billing.yaml"
    before = file.read_bytes()

    with pytest.raises(UsageError, match="has this rotation already"):
        request_rotation(folder, "dev", "billing-deploy", REQUEST)

    assert file.read_bytes() == before


def test_an_edit_that_would_change_anything_else_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were the insertion ever wrong, the second reading is what stands between it and git."""
    folder = make_folder(tmp_path, key_text(), key_text("other"))
    file = folder / "dev" / "keys" / "billing.yaml"
    before = file.read_bytes()
    for wrong in (
        lambda text, *_, **__: text.replace("30d", "60d"),
        lambda text, *_, **__: text,
        lambda text, *_, **__: text + "}",
        lambda text, *_, **__: text + f"    {REVOKED}\n",  # the last key's, not the first's
    ):
        monkeypatch.setattr("keylife.declarations.edit.add_field", wrong)
        with pytest.raises(UsageError, match="cannot be edited safely"):
            declare_revocation(folder, "dev", "billing-deploy", TOMBSTONE)

    assert file.read_bytes() == before


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o664])
def test_the_mode_of_the_file_is_kept_and_nothing_else_is_left(tmp_path: Path, mode: int) -> None:
    folder = make_folder(tmp_path)
    file = folder / "dev" / "keys" / "billing.yaml"
    file.chmod(mode)

    declare_revocation(folder, "dev", "billing-deploy", TOMBSTONE)

    assert stat.S_IMODE(file.stat().st_mode) == mode
    assert [path.name for path in file.parent.iterdir()] == ["billing.yaml"]


def test_a_link_within_the_folder_stays_a_link(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    link = folder / "dev" / "keys" / "billing.yaml"
    target = folder / "billing-shared-text"
    link.rename(target)
    link.symlink_to(target)

    declare_revocation(folder, "dev", "billing-deploy", TOMBSTONE)

    assert link.is_symlink()
    assert REVOKED in target.read_text()


def test_two_editors_at_once_are_both_heard(tmp_path: Path) -> None:
    ids = [f"key-{number}" for number in range(6)]
    folder = make_folder(tmp_path, *(key_text(key_id) for key_id in ids))
    program = (
        "import sys, pathlib; from keylife.declarations import *;"
        "from keylife.model.revocation import *;"
        "declare_revocation(pathlib.Path(sys.argv[1]), 'dev', sys.argv[2],"
        " Tombstone(at='2026-11-23T12:00:00Z', reason='superseded', by='a', ref='b'))"
    )
    root = Path(__file__).parents[2]
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(folder), key_id], cwd=root)
        for key_id in ids
    ]

    assert [process.wait() for process in running] == [0] * len(ids)
    assert all(key.revoked for key in load(folder, "dev").keys.values())


@settings(max_examples=60, deadline=None)
@given(awkward_files(), st.sampled_from(["revoke", "rotate"]))
def test_however_a_key_is_written_only_its_own_field_is_added(
    tmp_path_factory: pytest.TempPathFactory, awkward: Awkward, what: str
) -> None:
    before, after = _edit(awkward.text, tmp_path_factory.mktemp("edit"), awkward.key_id, what)

    if awkward.may_change_a_line(what):
        kept = iter(after)
        assert all(character in kept for character in before)
        assert len(set(before.splitlines()) - set(after.splitlines())) <= 1
    else:
        assert 1 <= len(_added(before, after)) <= 2
