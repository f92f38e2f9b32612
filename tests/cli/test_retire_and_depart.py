"""A service that ends and an owner who leaves take their keys along, in one change for review."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Command
from tests.gates.test_declared import TOMBSTONE, key

AT = "2026-11-23T12:00:00Z"
SERVICES = """\
# all workloads
services:
  - {id: billing, description: bills}  # the old one
  - id: fax
    description: faxes
    status: deprecated  # since the portal
    since: 2026-06-01T00:00:00Z
  - id: new
    description: new
"""
OWNERS = """\
owners:
  - id: team-payments
    contact: p@example.com
  - {id: team-new, contact: n@example.com}
  - {id: gone, contact: g@example.com, status: departed, since: 2026-06-01T00:00:00Z}
"""
BILLING = key() + "    # read by the pipeline\n" + key("faxes", service="fax")
PROD = key("billing-prod") + key("ended", revoked=TOMBSTONE) + key("other", service="new")


@pytest.fixture
def declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The declarations of two stacks in a project under git, in which commands are run."""
    folder = tmp_path / "stacks"
    for name, text in {
        "services.yaml": SERVICES,
        "owners.yaml": OWNERS,
        "dev/keys/all.yaml": f"keys:\n{BILLING}",
        "prod/keys/all.yaml": f"keys:\n{PROD}",
        "../Pulumi.yaml": "name: keylife\nruntime: python\nmain: stacks\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KEYLIFE_DECLARATIONS", raising=False)
    for arguments in (
        ("init", "-q", "-b", "main"),
        ("config", "user.email", "me@example.com"),
        ("config", "user.name", "Me"),
        ("add", "-A"),
        ("commit", "-q", "-m", "declare"),
    ):
        git(*arguments)
    return folder


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def changed() -> list[str]:
    lines = git("diff", "--unified=0").splitlines()
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def rules_broken(keylife: Command) -> set[tuple[str, str]]:
    answer = keylife("check", "--at", AT, "--format", "json")
    found = [f for f in answer.json()["findings"] if f["severity"] == "violation"]
    assert answer.code == int(bool(found))
    return {(f["rule"], f["subject"]) for f in found}


def retire(keylife: Command, *more: str, service: str = "billing") -> Answer:
    return keylife("retire", service, "--ref", "OPS-1", "--at", AT, *more)


def test_a_retired_service_takes_its_keys_of_every_stack_along(
    keylife: Command, declared: Path
) -> None:
    answer = retire(keylife, "--write")

    revoked = (
        f"    revoked: {{at: {AT}, reason: cessationOfOperation, by: me@example.com, ref: OPS-1}}"
    )
    assert (answer.code, answer.out) == (0, "")
    assert changed() == [
        f"+{revoked}",
        f"+{revoked}",
        "-  - {id: billing, description: bills}  # the old one",
        f"+  - {{id: billing, description: bills, status: retired, since: {AT}}}  # the old one",
    ]
    assert "2 keys of it are revoked\n  dev/billing-deploy\n  prod/billing-prod\n" in answer.err
    assert rules_broken(keylife) == set()


def test_what_was_deprecated_is_retired_from_now_on(keylife: Command, declared: Path) -> None:
    assert retire(keylife, "--write", "--reason", "superseded", service="fax").code == 0

    assert changed()[1:] == [
        "-    status: deprecated  # since the portal",
        "-    since: 2026-06-01T00:00:00Z",
        "+    status: retired  # since the portal",
        f"+    since: {AT}",
    ]
    assert "reason: superseded" in changed()[0]


def test_an_owner_who_departs_takes_their_keys_along(keylife: Command, declared: Path) -> None:
    arguments = ("depart", "team-payments", "--ref", "HR-7", "--by", "it@example.com")

    answer = keylife(*arguments, "--at", AT, "--write")

    assert answer.code == 0
    revoked = "reason: affiliationChanged, by: it@example.com, ref: HR-7}"
    assert [line.endswith(revoked) for line in changed()] == [True, True, False, False, True, True]
    assert changed()[2:4] == ["+    status: departed", f"+    since: {AT}"]
    assert answer.err.count("\n  ") == 4  # of both stacks; the one with a tombstone stays
    assert rules_broken(keylife) == set()


def test_or_hands_them_to_somebody_who_stays(keylife: Command, declared: Path) -> None:
    answer = keylife("depart", "team-payments", "--to", "team-new", "--at", AT, "--write")

    assert answer.code == 0
    lines = changed()
    assert lines.count("+    owner: team-new") == lines.count("-    owner: team-payments") == 4
    assert len(lines) == 10
    assert rules_broken(keylife) == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ("retire", "billing", "--ref", "OPS-1"),
        ("depart", "team-payments", "--ref", "HR-7"),
        ("depart", "team-payments", "--to", "team-new"),
    ],
)
def test_without_write_it_is_a_diff_that_git_takes(
    keylife: Command, declared: Path, arguments: tuple[str, ...]
) -> None:
    shown = keylife(*arguments, "--at", AT)
    assert (shown.code, changed()) == (0, [])
    assert "next: --write" in shown.err
    Path("change.patch").write_text(shown.out)
    git("apply", "change.patch")
    patched = changed()
    git("apply", "-R", "change.patch")
    Path("change.patch").unlink()

    keylife(*arguments, "--at", AT, "--write")

    assert patched == changed() != []


def test_the_change_that_forgets_a_key_is_refused_and_the_command_mends_it(
    keylife: Command, declared: Path
) -> None:
    """By hand somebody retires the service, and revokes one of its two keys."""
    retire(keylife, "--write")
    prod = declared / "prod/keys/all.yaml"
    prod.write_text(f"keys:\n{PROD}")

    assert rules_broken(keylife) == {
        ("service-known-and-active", "prod/billing-prod"),
        ("revoked-means-revoked", "service billing"),
    }
    assert "in the same change: `keylife retire billing …`" in keylife("check", "--at", AT).out
    assert "`billing-prod` in `prod` has to die, and has no tombstone here" in (
        keylife("diff", "HEAD", "--at", AT).out
    )
    approvals = keylife("diff", "HEAD", "--at", AT, "--require-approval")
    assert (approvals.code, "service-retired" in approvals.out) == (1, True)
    services = (declared / "services.yaml").read_text()
    assert retire(keylife, "--write").code == 0
    assert rules_broken(keylife) == set()
    assert (declared / "services.yaml").read_text() == services
    assert "has no tombstone" not in keylife("diff", "HEAD", "--at", AT).out


def test_a_departure_that_forgets_a_key_is_refused_too(keylife: Command, declared: Path) -> None:
    keylife("depart", "team-payments", "--to", "team-new", "--at", AT, "--write")
    (declared / "prod/keys/all.yaml").write_text(f"keys:\n{PROD}")

    assert rules_broken(keylife) == {
        ("owner-known-and-active", "prod/billing-prod"),
        ("owner-known-and-active", "prod/other"),
        ("revoked-means-revoked", "owner team-payments"),
    }
    assert "`keylife depart team-payments …`" in keylife("check", "--at", AT).out
    told = keylife("diff", "HEAD", "--at", AT).out
    assert "`other` in `prod` has to die, and has no tombstone here" in told


def test_above_the_configured_number_a_second_person_has_to_agree(
    keylife: Command, declared: Path
) -> None:
    (declared / "keylife.yaml").write_text("second_approver_above: 1\n")
    git("add", "-A")

    alone = retire(keylife, "--write")
    tried = retire(keylife)
    oneself = retire(keylife, "--write", "--approved-by", " ME@example.com")

    assert (alone.code, oneself.code, tried.code) == (2, 2, 0)
    assert "2 keys are more than one person may revoke (1, `second_approver_above`" in alone.err
    assert "--write needs --approved-by" in tried.err
    assert "--approved-by: who approves is somebody else than who asked" in oneself.err
    assert changed() == []

    both = retire(keylife, "--write", "--approved-by", "lead@example.com")

    assert both.code == 0
    assert "with the trailer `Approved-by: lead@example.com`" in both.err
    told = keylife("diff", "HEAD", "--at", AT).out
    assert told.count("by me@example.com, approved by lead@example.com") == 2
    assert rules_broken(keylife) == set()


def test_to_hand_many_keys_over_takes_one_person(keylife: Command, declared: Path) -> None:
    (declared / "keylife.yaml").write_text("second_approver_above: 0\n")

    assert keylife("depart", "team-payments", "--to", "team-new", "--write").code == 0


def test_keys_that_are_declared_in_python_are_named(keylife: Command, declared: Path) -> None:
    program = declared / "__main__.py"
    program.write_text(
        "import keylife\n\n"
        'one = keylife.Key(id="a", service="billing")\n'
        'two = {"id": "b", "service": "billing"}\n'
        'not_one = {"id": "billing", "service": "billings"}\n'
    )
    for unread in (".venv/lib/x.py", "env/lib/x.py"):
        path = declared.parent / unread
        path.parent.mkdir(parents=True)
        path.write_text('dict(service="billing")')
    (declared.parent / "env/pyvenv.cfg").touch()
    (declared / "broken.py").write_text("def (\nservice='billing'")

    answer = retire(keylife, "--write")

    assert answer.code == 1
    named = [line.split()[3] for line in answer.err.splitlines() if "left for people" in line]
    assert named == ["stacks/__main__.py:3", "stacks/__main__.py:4", "stacks/broken.py:2"]
    assert rules_broken(keylife) == set()


def test_an_heir_who_would_have_too_many_keys_is_no_way_out(
    keylife: Command, declared: Path
) -> None:
    (declared / "keylife.yaml").write_text("limits: {owners: {team-new: {keys: 2}}}\n")

    answer = keylife("depart", "team-payments", "--to", "team-new", "--at", AT, "--write")

    assert answer.code == 1
    assert "would be refused: [count-within-limit] prod/" in answer.err
    assert changed() == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("retire", "biling", "--ref", "X"), "did you mean `billing`?"),
        (("depart", "nobody-here", "--ref", "X"), "there is no owner `nobody-here`"),
        (("depart", "gone", "--ref", "X"), "is gone already, and has no key left"),
        (("depart", "team-payments"), "--ref TICKET, or hand them over: --to OWNER"),
        (("depart", "team-payments", "--to", "team-payments"), "is the one who departs"),
        (("depart", "team-payments", "--to", "gone"), "is departed too"),
        (("depart", "team-payments", "--to", "team-nwe"), "did you mean `team-new`?"),
        (("depart", "team-payments", "--to", "team-new", "--ref", "X"), "leave out --ref"),
        (("retire", "billing", "--ref", "  "), "--ref: "),
        (("retire", "billing"), "--ref"),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    keylife: Command, declared: Path, arguments: tuple[str, ...], told: str
) -> None:
    answer = keylife(*arguments, "--write")

    assert answer.code == 2
    assert told in answer.err
    assert changed() == []


def test_what_cannot_be_edited_safely_changes_nothing(keylife: Command, declared: Path) -> None:
    prod = declared / "prod/keys/all.yaml"
    prod.write_text(
        prod.read_text().replace("owner: team-payments", "owner: >-\n      team-payments")
    )
    git("commit", "-qam", "another form")

    answer = keylife("depart", "team-payments", "--to", "team-new", "--write")

    assert answer.code == 2
    assert "stacks/prod/keys/all.yaml is written in a form that cannot be edited safely" in (
        answer.err
    )
    assert changed() == []


def test_all_files_are_written_or_none(
    keylife: Command, declared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk takes the first two names, and then no more."""
    rename, done = Path.replace, list[Path]()

    def fails(self: Path, target: Path) -> Path:
        if target.name == "services.yaml":
            raise OSError(28, "No space left on device")
        done.append(target)
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", fails)

    answer = retire(keylife, "--write")

    assert (answer.code, "No space left on device" in answer.err) == (2, True)
    assert [path.parent.parent.name for path in done] == ["dev", "prod", "dev", "prod"]
    assert changed() == []
    assert [path for path in declared.rglob("*") if path.name.endswith(".tmp")] == []
