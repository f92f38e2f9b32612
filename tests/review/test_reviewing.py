"""Both sides are read from git's objects: nothing is checked out, run, or written through."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest

from keylife.errors import UsageError
from keylife.review import Noun, Subject, What
from keylife.review.repository import Repository as Reader
from keylife.review.review import Review
from keylife.review.reviewing import review
from tests.declarations.folders import OWNERS, SERVICES, key_text
from tests.review.declarations import AT
from tests.review.repositories import BILLING, DECLARED, Repository, keys

TOMBSTONE = "{at: 2026-11-20T09:30:00Z, reason: superseded, by: a, ref: PAY-1}"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repo")
    made.commit(**DECLARED)
    return made


def reviewed(repository: Repository, base: str, head: str | None = None) -> Review:
    folder = repository.folder / "stacks"
    return review(Reader(repository.folder), folder, base, head, at=AT)


def whats(told: Review) -> list[What]:
    return [change.what for change in told.changes]


def test_a_commit_and_the_working_tree_are_told_alike(repository: Repository) -> None:
    base = repository.git("rev-parse", "HEAD")
    repository.write(**{BILLING: keys(key_text(revoked=TOMBSTONE))})
    working = reviewed(repository, base)
    repository.commit()

    committed = reviewed(repository, base, "HEAD")

    assert whats(working) == whats(committed) == [What.REVOKED]
    assert working.changes == committed.changes
    subject = Subject(Noun.KEY, "billing-deploy", "dev")
    assert working.where(subject) == committed.where(subject) == (PurePosixPath(BILLING), 2)


def test_new_files_of_the_working_tree_count(repository: Repository) -> None:
    repository.write(
        **{
            "stacks/dev/keys/new.yaml": keys(key_text("new")),
            ".github/workflows/ci.yml": "on: push\n",
        }
    )

    assert whats(reviewed(repository, "main")) == [What.GUARD_CHANGED, What.ISSUED]


def test_all_stacks_are_read(repository: Repository) -> None:
    repository.commit(**{"stacks/prod/keys/a.yaml": keys(key_text("a"))})

    [change] = reviewed(repository, "HEAD~1", "HEAD").changes

    assert (change.what, change.subject.stack) == (What.ISSUED, "prod")


def test_what_is_new_is_compared_with_nothing(repository: Repository) -> None:
    repository.git("checkout", "-q", "--orphan", "empty")
    repository.git("rm", "-rqf", ".")
    repository.commit(README="no keys yet")

    told = reviewed(repository, "empty", "main")

    assert told.exit_code == 0
    assert told.before.trouble == "there is no folder `stacks` in it"
    assert What.ISSUED in whats(told)


def test_a_head_that_declares_nothing_at_all_does_not_load(repository: Repository) -> None:
    repository.git("rm", "-rq", "stacks")
    repository.commit()

    told = reviewed(repository, "HEAD~1", "HEAD")

    assert (told.exit_code, told.changes) == (2, ())
    assert told.after.trouble == "there is no folder `stacks` in it"


@pytest.mark.parametrize(("base", "head", "code"), [("main", "bad", 2), ("bad", "main", 1)])
def test_a_side_that_does_not_load_says_so_with_its_faults(
    repository: Repository, base: str, head: str, code: int
) -> None:
    repository.git("checkout", "-q", "-b", "bad")
    repository.commit(**{BILLING: keys(key_text(ttl="0d"), key_text())})

    told = reviewed(repository, base, head)

    side = told.after if head == "bad" else told.before
    assert (told.exit_code, told.changes) == (code, ())
    assert {str(fault.file) for fault in side.faults} == {BILLING}
    assert [fault.line for fault in side.faults] == [8, 11, 19]
    assert f"already, at {BILLING}:2" in side.faults[1].what
    assert not any("tmp" in str(fault) for fault in side.faults)


def test_a_link_out_of_the_folder_is_refused_and_never_followed(
    repository: Repository, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text(keys(key_text("stolen")))
    (repository.folder / "stacks/dev/keys/link.yaml").symlink_to(outside)
    repository.commit()

    told = reviewed(repository, "HEAD~1", "HEAD")

    assert told.exit_code == 2
    assert "this link leaves the declarations folder" in str(told.after.faults[0])


def test_a_link_within_the_folder_is_read(repository: Repository) -> None:
    repository.write(**{"stacks/dev/keys/more.yaml": keys(key_text("more"))})
    (repository.folder / "stacks/dev/keys/link.yaml").symlink_to("more.yaml")
    repository.commit()

    told = reviewed(repository, "HEAD~1", "HEAD")

    assert "there is a key `more` already" in str(told.after.faults[0])


def _tree(repository: Repository, *entries: tuple[str, str, str]) -> str:
    listed = "".join(f"{mode} {kind} {object_id}\n" for mode, kind, object_id in entries)
    return repository.git("mktree", "--missing", input=listed)


def test_nothing_is_written_through_a_link_that_bears_a_folders_name(
    repository: Repository, tmp_path: Path
) -> None:
    """A tree that git itself would not make: a link and a folder of one name."""
    target = tmp_path / "target"
    target.mkdir()
    blob = repository.git("hash-object", "-w", "--stdin", input=keys(key_text("x")))
    link = repository.git("hash-object", "-w", "--stdin", input=str(target))
    owners = repository.git("rev-parse", "HEAD:stacks/owners.yaml")
    inner = _tree(repository, ("100644", "blob", f"{blob}\tx.yaml"))
    both = (("120000", "blob", f"{link}\tkeys"), ("040000", "tree", f"{inner}\tkeys"))
    dev = _tree(repository, *both)
    stacks = _tree(
        repository,
        ("040000", "tree", f"{dev}\tdev"),
        ("100644", "blob", f"{owners}\towners.yaml"),
    )
    root = _tree(repository, ("040000", "tree", f"{stacks}\tstacks"))
    commit = repository.git("commit-tree", root, "-m", "bad", "-p", "HEAD")

    told = reviewed(repository, "HEAD", commit)

    assert told.exit_code == 2
    assert "it has a path that no file may have" in str(told.after.trouble)
    assert list(target.iterdir()) == []


@pytest.mark.parametrize("name", ["..", ".git", ".GIT"])
def test_a_path_that_would_leave_our_own_folder_is_refused(
    repository: Repository, name: str
) -> None:
    blob = repository.git("rev-parse", f"HEAD:{BILLING}")
    inner = _tree(repository, ("100644", "blob", f"{blob}\tx.yaml"))
    stacks = _tree(repository, ("040000", "tree", f"{inner}\t{name}"))
    root = _tree(repository, ("040000", "tree", f"{stacks}\tstacks"))
    commit = repository.git("commit-tree", root, "-m", "bad")

    told = reviewed(repository, "HEAD", commit)

    assert "it has a path that no file may have" in str(told.after.trouble)


def test_a_file_that_is_too_large_is_a_fault_and_is_not_read(repository: Repository) -> None:
    repository.commit(**{"stacks/dev/keys/big.yaml": "# " + "x" * (8 * 1024 * 1024)})

    told = reviewed(repository, "HEAD~1", "HEAD")

    assert "larger than 8 MiB" in str(told.after.faults[0])


def test_no_code_of_the_change_is_run_and_nothing_is_checked_out(
    repository: Repository, tmp_path: Path
) -> None:
    witness = tmp_path / "ran"
    base = repository.git("rev-parse", "HEAD")
    for hook in ("post-checkout", "post-index-change", "reference-transaction"):
        path = repository.folder / ".git/hooks" / hook
        path.write_text(f"#!/bin/sh\ntouch '{witness}'\n")
        path.chmod(0o755)
    program = f"open({str(witness)!r}, 'w')\n"
    repository.commit(
        **{
            "stacks/__main__.py": program,
            "sitecustomize.py": program,
            ".gitattributes": "*.yaml diff=evil filter=evil\n",
            BILLING: keys(key_text(ttl="60d")),
        }
    )
    head = repository.git("rev-parse", "HEAD")
    repository.git("checkout", "-q", base)
    repository.git("config", "diff.evil.command", f"touch '{witness}'")
    repository.git("config", "diff.evil.textconv", f"touch '{witness}'")
    repository.git("config", "core.fsmonitor", f"touch '{witness}'")
    witness.unlink(missing_ok=True)
    before = {path: path.read_bytes() for path in repository.folder.rglob("*.*") if path.is_file()}

    told = reviewed(repository, base, head)

    assert whats(told) == [What.GUARD_CHANGED, What.EXTENDED]
    assert not witness.exists()
    after = {path: path.read_bytes() for path in repository.folder.rglob("*.*") if path.is_file()}
    assert after == before


def test_code_owners_are_the_bases_own(repository: Repository) -> None:
    repository.commit(**{".github/CODEOWNERS": "* @base\n", "CODEOWNERS": "* @second\n"})
    repository.commit(**{".github/CODEOWNERS": "* @attacker\n", BILLING: keys(key_text(ttl="60d"))})

    told = reviewed(repository, "HEAD~1", "HEAD")

    assert {approval.code_owners for approval in told.approvals} == {("@base",)}


def test_waivers_are_asked_of_the_owners_of_their_file(repository: Repository) -> None:
    repository.commit(CODEOWNERS="* @all\nkeylife.yaml @security\n")
    repository.commit(
        **{
            "stacks/keylife.yaml": "waivers:\n  - rule: ttl-within-limit\n    key: billing-deploy\n"
            "    reason: moves to OIDC\n    approver: ciso\n    until: 2026-12-24T00:00:00Z\n"
        }
    )

    told = reviewed(repository, "HEAD~1", "HEAD")

    assert whats(told) == [What.GUARD_CHANGED, What.WAIVED]
    assert {approval.code_owners for approval in told.approvals} == {("@security",)}


def test_a_folder_outside_of_the_repository_is_a_mistake(
    repository: Repository, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="not in this repository"):
        review(Reader(repository.folder), tmp_path / "stacks", "main", None, at=AT)


@pytest.mark.parametrize("revision", ["nope", "--output=x", "-h", "HEAD:stacks", "main^{tree}"])
def test_what_is_no_commit_is_a_mistake(repository: Repository, revision: str) -> None:
    with pytest.raises(UsageError, match="there is no revision"):
        reviewed(repository, revision)

    assert not (repository.folder / "x").exists()


def test_a_folder_at_the_root_is_read_and_nothing_beside_it(repository: Repository) -> None:
    base = repository.commit(
        **{
            "services.yaml": SERVICES,
            "owners.yaml": OWNERS,
            "dev/keys/a.yaml": keys(key_text("a")),
            "src/deep/er/x.yaml": "not: [ours",
        }
    )
    repository.commit(**{"dev/keys/a.yaml": keys(key_text("a", ttl="60d"))})

    told = review(Reader(repository.folder), repository.folder, base, "HEAD", at=AT)

    assert whats(told) == [What.EXTENDED]
    assert told.where(told.changes[0].subject) == (PurePosixPath("dev/keys/a.yaml"), 2)


def test_names_that_are_not_utf_8_stop_nothing(repository: Repository) -> None:
    path = os.fsencode(repository.folder) + b"/caf\xe9.txt"
    Path(os.fsdecode(path)).write_text("x")
    repository.commit(**{BILLING: keys(key_text(ttl="60d"))})

    assert whats(reviewed(repository, "HEAD~1", "HEAD")) == [What.EXTENDED]


def test_stacks_whose_files_are_the_same_are_not_read(repository: Repository) -> None:
    """Nobody waits for ten thousand keys because one changed; `keylife check` judges all."""
    repository.commit(**{"stacks/broken/keys/a.yaml": "keys: 3\n"})
    repository.commit(**{BILLING: keys(key_text(ttl="60d"))})
    repository.commit(README="x")

    assert whats(reviewed(repository, "HEAD~2", "HEAD~1")) == [What.EXTENDED]
    assert reviewed(repository, "HEAD~1", "HEAD").exit_code == 0
    assert reviewed(repository, "HEAD~2").exit_code == 2


def test_all_stacks_are_read_where_what_they_share_changes(repository: Repository) -> None:
    repository.commit(**{"stacks/prod/keys/a.yaml": keys(key_text("a"))})
    retired = SERVICES + "    status: retired\n    since: 2026-11-01T00:00:00Z\n"
    repository.commit(**{"stacks/services.yaml": retired})

    [change] = reviewed(repository, "HEAD~1", "HEAD").changes

    assert [effect.split()[0] for effect in change.effects] == ["`billing-deploy`", "`a`"]


def test_the_only_stack_that_differs_may_be_new_or_gone(repository: Repository) -> None:
    repository.commit(**{"stacks/prod/keys/a.yaml": keys(key_text("a"))})

    assert whats(reviewed(repository, "HEAD~1", "HEAD")) == [What.ISSUED]
    assert whats(reviewed(repository, "HEAD", "HEAD~1")) == [What.FORGOTTEN]


def test_lines_are_looked_for_as_far_as_anybody_reads(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("keylife.review.review.LINES_FOR", 1)
    repository.commit(**{"stacks/dev/keys/more.yaml": keys(key_text("a"), key_text("b"))})

    told = reviewed(repository, "HEAD~1", "HEAD")

    file = PurePosixPath("stacks/dev/keys/more.yaml")
    assert [told.where(c.subject) for c in told.changes] == [(file, 2), (file, None)]


def test_a_repository_that_lacks_an_object_says_so(repository: Repository) -> None:
    repository.commit(**{BILLING: keys(key_text(ttl="60d"))})
    lost = repository.git("rev-parse", f"HEAD:{BILLING}")
    (repository.folder / ".git/objects" / lost[:2] / lost[2:]).unlink()

    with pytest.raises(UsageError) as error:
        reviewed(repository, "HEAD~1", "HEAD")

    assert error.value.exit_code == 2
