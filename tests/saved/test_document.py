"""A file is recognised, or there is one clear error and exit code 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from keylife.saved.document import Form, SavedFileError, parse_document, read_document
from tests.saved.vectors import FOLDER, text

CANARY = "s3cr3t-canary"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("preview-first", Form.PREVIEW),
        ("preview-second", Form.PREVIEW),
        ("plan-second", Form.PLAN),
        ("state-first", Form.STATE),
    ],
)
def test_each_form_is_recognised_by_what_it_has(name: str, form: Form) -> None:
    assert read_document(FOLDER / f"{name}.json")[0] is form


def test_a_program_without_resources_has_a_preview() -> None:
    form, found = parse_document('{"changeSummary": {}}', "p.json")

    assert (form, found["steps"]) == (Form.PREVIEW, [])


@pytest.mark.parametrize("cut", [0, 1, 100, 5_000, -2])
@pytest.mark.parametrize("name", ["preview-first", "plan-first", "state-first"])
def test_a_file_that_was_cut_off_is_refused(name: str, cut: int) -> None:
    with pytest.raises(SavedFileError, match="no whole JSON") as refused:
        parse_document(text(name).rstrip()[:cut], "p.json")
    assert refused.value.exit_code == 2
    assert refused.value.hint


@pytest.mark.parametrize(
    "found",
    [
        pytest.param("[]", id="a list"),
        pytest.param("{}", id="an empty mapping"),
        pytest.param('"x"', id="a text"),
        pytest.param('{"resources": []}', id="something else"),
        pytest.param('{"steps": {}}', id="steps that are none"),
        pytest.param('{"deployment": []}', id="a state that is none"),
    ],
)
def test_another_document_is_refused(found: str) -> None:
    with pytest.raises(SavedFileError, match="not what Pulumi saves"):
        parse_document(found, "p.json")


@pytest.mark.parametrize(
    "found",
    [
        f'{{"steps": [{CANARY}',
        f"Previewing update (dev)\n{CANARY}",
        '{"sequence":1}\n{"sequence":2}',
        "[" * 100_000,
    ],
)
def test_an_error_quotes_nothing_of_the_file(found: str) -> None:
    with pytest.raises(SavedFileError) as refused:
        parse_document(found, "p.json")
    assert CANARY not in f"{refused.value} {refused.value.hint}"


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe\x00")

    for path, said in (
        (tmp_path / "nothing.json", "cannot be read: FileNotFoundError"),
        (tmp_path, "cannot be read: IsADirectoryError"),
        (binary, "not what Pulumi saves"),
    ):
        with pytest.raises(SavedFileError, match=said):
            read_document(path)
