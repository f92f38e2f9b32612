"""A key of one stack that another stack of the repository declares too."""

from __future__ import annotations

from pathlib import Path

import pytest

from keylife.declarations import elsewhere, load
from keylife.declarations.document import Document
from keylife.errors import DeclarationError
from tests.declarations.folders import key_text, make_folder


def add_stack(folder: Path, name: str, text: str) -> Path:
    (folder / name / "keys").mkdir(parents=True)
    file = folder / name / "keys" / "theirs.yaml"
    file.write_text(text)
    return file


def entries(*keys: str) -> str:
    return "keys:\n" + "".join(keys)


def test_a_key_of_two_stacks_is_refused_in_both_and_both_places_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_folder(tmp_path, key_text("mine"), key_text("shared"))
    add_stack(folder, "prod", entries(key_text("theirs"), key_text("shared")))
    monkeypatch.chdir(tmp_path)

    with pytest.raises(DeclarationError) as here:
        load(folder, "dev")
    with pytest.raises(DeclarationError) as there:
        load(folder, "prod")

    [fault] = here.value.faults
    assert str(fault).startswith("stacks/dev/keys/billing.yaml:11:")
    assert "`shared` too, at stacks/prod/keys/theirs.yaml:11;" in str(fault)
    [fault] = there.value.faults
    assert str(fault).startswith("stacks/prod/keys/theirs.yaml:11:")
    assert "at stacks/dev/keys/billing.yaml:11;" in str(fault)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("keys: [{id: shared}]\n", id="in brackets"),
        pytest.param('{"keys": [{"id":"shared"}]}\n', id="as JSON"),
        pytest.param("keys:\n- 'id' : 'shared'\n", id="in quotes"),
        pytest.param('keys:\n- id: "\\x73hared"\n', id="with an escape"),
        pytest.param("keys:\n- id:\n    shared\n", id="on the next line"),
        pytest.param("keys:\n- id: # who\n    shared\n", id="behind a comment"),
        pytest.param("keys:\n- id: >-\n    shared\n", id="as a block"),
        pytest.param(
            "keys:\n- kind: nonsense\n  id: shared\n  what: no\n", id="in a file with faults"
        ),
        pytest.param(
            "keys:\n- id: shared\n  revoked: {at: 2026-11-20T09:30:00Z}\n", id="as a tombstone"
        ),
    ],
)
def test_however_the_other_stack_writes_it(tmp_path: Path, text: str) -> None:
    folder = make_folder(tmp_path, key_text("shared"))
    add_stack(folder, "prod", text)

    with pytest.raises(DeclarationError, match="another stack declares the key `shared` too"):
        load(folder, "dev")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(entries(key_text("shared-2")), id="a longer id"),
        pytest.param(entries(key_text("theirs", purpose="is not shared, id: none")), id="in prose"),
        pytest.param("keys: []\nid: shared\n", id="not a key's"),
        pytest.param("keys:\n- {id: theirs, owner: shared}\n", id="an owner of that name"),
        pytest.param("\x00", id="not text"),
    ],
)
def test_what_another_stack_says_otherwise_is_its_own_affair(tmp_path: Path, text: str) -> None:
    folder = make_folder(tmp_path, key_text("shared"))
    add_stack(folder, "prod", text)

    assert list(load(folder, "dev").keys) == ["shared"]


def test_a_file_without_any_of_the_ids_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten stacks of 10,000 keys: each load reads its own, and searches the others."""
    folder = make_folder(tmp_path, key_text("mine"))
    for stack in range(9):
        add_stack(folder, f"s{stack}", entries(*(key_text(f"k{stack}-{n}") for n in range(50))))
    read: list[Path] = []

    class Reading(Document):
        def __init__(self, path: Path, shown_as: Path, text: str) -> None:
            read.append(path)
            super().__init__(path, shown_as, text)

    monkeypatch.setattr(elsewhere, "Document", Reading)

    load(folder, "dev")

    assert read == []
