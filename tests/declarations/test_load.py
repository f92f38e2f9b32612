"""Loading a stack: all files, all faults, nothing passed over in silence."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from keylife.declarations import fast, load, precise
from keylife.declarations.document import Document
from keylife.declarations.echo import LONGEST
from keylife.declarations.text import LARGEST
from keylife.errors import DeclarationError, Fault, UsageError
from tests.declarations.folders import key_text, make_folder


def faults_of(folder: Path, stack: str = "dev") -> tuple[Fault, ...]:
    with pytest.raises(DeclarationError) as refusal:
        load(folder, stack)
    return refusal.value.faults


def test_keys_of_all_files_are_read_in_the_order_of_the_files(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, key_text("b"), key_text("a"), archive="keys:\n" + key_text("c"))

    declarations = load(folder, "dev")

    assert list(declarations.keys) == ["c", "b", "a"]
    assert declarations.keys["a"].grace == timedelta(days=9)
    assert list(declarations.services) == ["billing"]
    assert list(declarations.owners) == ["team-payments"]


def test_other_stacks_are_not_read(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    (folder / "prod" / "keys").mkdir(parents=True)
    (folder / "prod" / "keys" / "broken.yaml").write_text("keys: [")

    assert list(load(folder, "dev").keys) == ["billing-deploy"]


def test_a_stack_without_keys_is_in_order(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, empty="keys: []\n")
    (folder / "dev" / "keys" / "billing.yaml").unlink()
    (folder / "dev" / "keys" / ".gitkeep").touch()

    assert load(folder, "dev").keys == {}


def test_faults_of_all_files_are_reported_together_in_the_order_of_the_text(
    tmp_path: Path,
) -> None:
    folder = make_folder(
        tmp_path,
        key_text("one", ttl="0d", owner="nobody"),
        key_text("two", kind="gcp-key", colour="red"),
        another="keys: {}\n",
    )
    (folder / "services.yaml").write_text("services: [{id: billing}]\n")

    found = [(fault.file.name, fault.line) for fault in faults_of(folder)]

    assert found == [
        ("another.yaml", 1),
        ("billing.yaml", 5),
        ("billing.yaml", 8),
        ("billing.yaml", 12),
        ("billing.yaml", 20),
        ("services.yaml", 1),
    ]


def test_a_services_file_that_cannot_be_read_does_not_make_every_service_unknown(
    tmp_path: Path,
) -> None:
    folder = make_folder(tmp_path)
    (folder / "services.yaml").write_text("services: [")

    [fault] = faults_of(folder)

    assert fault.file.name == "services.yaml"


@pytest.mark.parametrize("name", ["services", "owners"])
def test_a_missing_shared_file_is_one_fault(tmp_path: Path, name: str) -> None:
    folder = make_folder(tmp_path)
    (folder / f"{name}.yaml").unlink()

    [fault] = faults_of(folder)

    assert (fault.file.name, fault.what) == (f"{name}.yaml", "this file is missing")
    assert f"`{name}: []`" in fault.cure


def test_a_missing_folder_is_one_fault(tmp_path: Path) -> None:
    [fault] = faults_of(tmp_path / "nowhere")

    assert fault.what == "there is no such declarations folder"


def test_a_missing_folder_of_keys_is_one_fault(tmp_path: Path) -> None:
    [fault] = faults_of(make_folder(tmp_path), "prod")

    assert fault.file.parts[-2:] == ("prod", "keys")
    assert fault.what == "the stack has no folder of keys"


@pytest.mark.parametrize("stack", ["", ".", "..", "../prod", "a/b", "/etc", "a\nb", ".hidden"])
def test_a_stack_whose_name_is_a_way_elsewhere_is_refused(tmp_path: Path, stack: str) -> None:
    with pytest.raises(UsageError):
        load(make_folder(tmp_path), stack)


def _file(name: str, content: str = "keys: []\n") -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    return make


def _link(name: str, target: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        (folder.parent / "outside.yaml").write_text("keys: []\n")
        (folder.parent / "outside").mkdir()
        (folder / name).symlink_to(target)

    return make


@pytest.mark.parametrize(
    ("spoil", "stray", "says"),
    [
        (_file("dev/keys/old.yml"), "old.yml", "rename it to `old.yaml`"),
        (_file("dev/keys/old.YAML"), "old.YAML", "rename it to `old.yaml`"),
        (_file("dev/keys/old.json"), "old.json", "rename it to `old.yaml`"),
        (_file("dev/keys/old.yaml.bak"), "old.yaml.bak", "rename it to `old.yaml`"),
        (_file("dev/keys/old"), "old", "rename it to `old.yaml`"),
        (_file("dev/keys/.old.yaml"), ".old.yaml", "rename it to `old.yaml`"),
        (_file("dev/keys/README.md"), "README.md", "move it out of the folder"),
        (_file("dev/keys/team/a.yaml"), "team", "move its files up"),
        (_file("dev/keys/team.yaml/a"), "team.yaml", "move its files up"),
        (_file("dev/billing.yaml"), "billing.yaml", "move it into the folder `keys`"),
        (_file("dev/services.yaml"), "services.yaml", "all stacks share one"),
        (_file("dev/owners.yml"), "owners.yml", "all stacks share one"),
        (_file("services.yml"), "services.yml", "rename it to `services.yaml`"),
        (_file("Owners.yaml"), "Owners.yaml", "rename it to `owners.yaml`"),
        (_file("service.yaml"), "service.yaml", "rename it to `services.yaml`"),
        (_file("keys/a.yaml"), "keys", "`<stack>/keys`"),
        (_link("dev/keys/a.yaml", "../../../outside.yaml"), "a.yaml", "put the file itself here"),
        (_link("dev/keys/a.yaml", "/dev/zero"), "a.yaml", "put the file itself here"),
        (_link("dev/keys/a.yaml", "../../nothing.yaml"), "a.yaml", "remove it, or mend"),
        (_link("dev/keys/a.yaml", "a.yaml"), "a.yaml", "remove it, or mend"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_looks_like_input_but_would_not_be_read_is_a_fault(
    tmp_path: Path, spoil: Callable[[Path], None], stray: str, says: str
) -> None:
    folder = make_folder(tmp_path)
    spoil(folder)

    [fault] = faults_of(folder)

    assert fault.file.name == stray
    assert says in fault.cure


def test_a_shared_file_that_is_a_link_to_the_outside_is_a_fault(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    (folder / "services.yaml").rename(tmp_path / "services.yaml")
    (folder / "services.yaml").symlink_to(tmp_path / "services.yaml")

    assert [fault.what for fault in faults_of(folder)] == [
        "this link leaves the declarations folder"
    ]


def test_a_folder_of_keys_that_is_a_link_to_the_outside_is_a_fault(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    (folder / "dev" / "keys").rename(tmp_path / "keys")
    (folder / "dev" / "keys").symlink_to(tmp_path / "keys")

    assert [fault.what for fault in faults_of(folder)] == [
        "this link leaves the declarations folder"
    ]


def test_a_declarations_folder_that_is_itself_a_link_is_read(tmp_path: Path) -> None:
    make_folder(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "stacks")

    assert list(load(tmp_path / "link", "dev").keys) == ["billing-deploy"]


def test_what_editors_and_git_leave_behind_is_left_alone(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    for name in (".gitkeep", ".billing.yaml.swp", ".DS_Store", ".billing.yaml.0a1b.tmp"):
        (folder / "dev" / "keys" / name).write_bytes(b"\xff\x00")
    _file("Pulumi.dev.yaml", "config: {}\n")(folder)
    _file("__main__.py", "")(folder)

    assert list(load(folder, "dev").keys) == ["billing-deploy"]


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    os.mkfifo(folder / "dev" / "keys" / "pipe.yaml")

    [fault] = faults_of(folder)

    assert fault.what == "this is not a regular file"


def test_a_file_of_the_largest_size_is_read_and_a_larger_one_is_not(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    file = folder / "dev" / "keys" / "billing.yaml"
    text = file.read_text()
    file.write_text(text + "#" * (LARGEST - len(text)))
    assert list(load(folder, "dev").keys) == ["billing-deploy"]

    file.write_text(text + "#" * (LARGEST - len(text) + 1))

    [fault] = faults_of(folder)
    assert "larger than 8 MiB" in fault.what


def test_a_file_whose_name_breaks_lines_cannot_forge_a_message(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    (folder / "dev" / "keys" / "a\nb.yaml").write_text("keys: [")
    (folder / "dev" / "keys" / os.fsdecode(b"\xff.yaml")).write_text("keys: [")

    for fault in faults_of(folder):
        assert str(fault).isprintable()
        str(fault).encode()


def test_files_are_named_as_the_user_would_name_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_folder(tmp_path, key_text(ttl="0d"))
    monkeypatch.chdir(tmp_path)

    for named in (folder, Path("stacks")):
        [fault] = faults_of(named)
        assert str(fault.file) == "stacks/dev/keys/billing.yaml"


def test_a_long_value_is_not_repeated_at_length(tmp_path: Path) -> None:
    secret = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYab"
    spoiled = {
        "kind": secret,
        "service": secret,
        "owner": f"'{secret}'",
        "scope": f"{{policies: [{secret}]}}",
        "ttl": secret,
        "rotate_every": f"'{secret}'",
        "quarantine": f"!{secret} 1d",
        "revoked": f"{{at: {secret}, reason: {secret}, by: a, ref: b, {secret}: c}}",
        "deliver": f"[{{{secret}: {{mount: a}}}}, {{vault-kv: {{mount: a, path: '/{secret}'}}}}]",
        secret: secret,
    }
    faults = faults_of(make_folder(tmp_path, key_text(**spoiled)))

    assert len(faults) >= len(spoiled)
    for fault in faults:
        assert secret[: LONGEST + 1] not in str(fault)


def test_a_key_may_deliver_where_a_revoked_one_did(tmp_path: Path) -> None:
    tombstone = "{at: 2026-11-20T09:30:00Z, reason: superseded, by: a, ref: b}"
    place = "[{vault-kv: {mount: secret, path: billing/aws}}]"
    old, new = key_text("old", deliver=place, revoked=tombstone), key_text("new", deliver=place)

    assert list(load(make_folder(tmp_path, old, new), "dev").keys) == ["old", "new"]


def test_two_living_keys_cannot_deliver_to_one_place(tmp_path: Path) -> None:
    place = "[{vault-kv: {mount: secret, path: billing/aws}}]"
    folder = make_folder(
        tmp_path, key_text("old", deliver=place), other="keys:\n" + key_text("new", deliver=place)
    )

    [fault] = faults_of(folder)

    assert fault.file.name == "other.yaml"
    assert "key `old`" in fault.what
    assert "billing.yaml:2" in fault.what


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_left_as_it_was(tmp_path: Path, enabled: bool) -> None:
    was = gc.isenabled()
    folder = make_folder(tmp_path)
    try:
        (gc.enable if enabled else gc.disable)()
        load(folder, "dev")
        after_success = gc.isenabled()
        (folder / "owners.yaml").unlink()
        faults_of(folder)
        after_failure = gc.isenabled()
    finally:
        (gc.enable if was else gc.disable)()

    assert (after_success, after_failure) == (enabled, enabled)


def test_a_file_in_the_usual_form_is_never_read_slowly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reference page's own example, several kinds of values and a comment among them."""
    folder = make_folder(
        tmp_path,
        "  # for the pipeline\n",
        key_text(purpose="'it''s: quoted'", quarantine="0s  # at once", revoked=_TOMBSTONE),
        key_text("second", deliver="\n      - vault-kv: {mount: secret, path: a/b}"),
    )

    def refuse(text: str) -> precise.Reading:
        raise AssertionError(f"read slowly: {text}")

    monkeypatch.setattr(precise, "read", refuse)

    assert list(load(folder, "dev").keys) == ["billing-deploy", "second"]


_TOMBSTONE = "{at: 2026-11-20T09:30:00Z, reason: superseded, by: oncall@example.com, ref: PAY-812}"


def test_a_text_that_only_the_careful_reader_takes_is_read_alike(tmp_path: Path) -> None:
    text = "keys:\n" + key_text(purpose=">-\n      deploys\n      the API")
    assert fast.read(text) is None

    document = Document(tmp_path, tmp_path, text)

    assert document.troubles == ()
    assert document.value["keys"][0]["purpose"] == "deploys the API"
