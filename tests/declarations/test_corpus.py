"""Every malformed declaration of the corpus is refused, once, where it is wrong and in our words.

The vectors and what is expected of them stand in ``tests/vectors/declarations``; each has a twin
that is mended and must be accepted.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from keylife.declarations import load
from keylife.errors import DeclarationError

_VECTORS = Path(__file__).parents[1] / "vectors" / "declarations"


@dataclass(frozen=True)
class Expectation:
    """What is expected of one malformed file."""

    name: str
    stands_as: str
    """Where the file is put in the declarations folder."""

    line: int
    column: int
    says: str
    """Part of the message."""


_EXPECTATIONS = [
    Expectation(**case) for case in json.loads((_VECTORS / "expectations.json").read_text())
]
_each = pytest.mark.parametrize("case", _EXPECTATIONS, ids=lambda case: case.name)


def _folder(tmp_path: Path, case: Expectation, state: str) -> Path:
    """A declarations folder that is in order but for the file in question."""
    keys = tmp_path / "dev" / "keys"
    keys.mkdir(parents=True)
    shutil.copy(_VECTORS / "surroundings" / "services.yaml", tmp_path)
    shutil.copy(_VECTORS / "surroundings" / "owners.yaml", tmp_path)
    shutil.copy(_VECTORS / "surroundings" / "other.yaml", keys / "0-other.yaml")
    shutil.copy(_VECTORS / state / f"{case.name}.yaml", tmp_path / case.stands_as)
    return tmp_path


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@_each
def test_the_malformed_file_is_refused_in_its_place(tmp_path: Path, case: Expectation) -> None:
    folder = _folder(tmp_path, case, "malformed")
    before = _contents(folder)

    with pytest.raises(DeclarationError) as refusal:
        load(folder, "dev")

    [fault] = refusal.value.faults
    assert (fault.line, fault.column) == (case.line, case.column), str(fault)
    assert case.says in f"{fault.what}; {fault.cure}"
    assert str(fault.file).endswith(case.stands_as)
    assert refusal.value.exit_code == 2
    assert _contents(folder) == before


@_each
def test_its_message_is_one_printable_line_without_the_words_of_a_library(
    tmp_path: Path, case: Expectation
) -> None:
    with pytest.raises(DeclarationError) as refusal:
        load(_folder(tmp_path, case, "malformed"), "dev")

    message = str(refusal.value)
    assert message.isprintable()
    for foreign in (
        "Input should",
        "Value error",
        "pydantic",
        "type=",
        "<block",
        "<scalar",
        "but found",
    ):
        assert foreign not in message


@_each
def test_its_mended_twin_is_accepted(tmp_path: Path, case: Expectation) -> None:
    load(_folder(tmp_path, case, "accepted"), "dev")


def test_the_corpus_is_as_large_as_was_promised() -> None:
    assert len(_EXPECTATIONS) >= 150
    for state in ("malformed", "accepted"):
        names = {path.stem for path in (_VECTORS / state).iterdir()}
        assert names == {case.name for case in _EXPECTATIONS}
