"""gateways.yaml: read where there is one, and fitted to the keys that name it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from keylife.declarations import load
from keylife.declarations.everything import read_everything
from keylife.errors import DeclarationError, Fault
from tests.declarations.folders import key_text, make_folder

EDGE = """\
gateways:
  - id: edge
    url: https://edge.example.com/health
    value: Bearer {token}
    cache_age: 5m
    refused: [401, 403]
"""
TOKEN = {"kind": "vault-token", "scope": "{policies: [metrics-read]}"}


def folder_with(tmp_path: Path, text: str | None, **fields: str) -> Path:
    folder = make_folder(tmp_path, key_text(**{**TOKEN, **fields}))
    if text is not None:
        (folder / "gateways.yaml").write_text(text)
    return folder


def faults_of(folder: Path) -> tuple[Fault, ...]:
    """The same from both readers."""
    with pytest.raises(DeclarationError) as of_one:
        load(folder, "dev")
    with pytest.raises(DeclarationError) as of_all:
        read_everything(folder)
    assert of_one.value.faults == of_all.value.faults
    return of_one.value.faults


def test_a_key_names_its_gateways(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, EDGE, gateways="[edge]")

    declared = load(folder, "dev")

    assert declared.keys["billing-deploy"].gateways == ("edge",)
    assert declared.gateways["edge"].cache_age == timedelta(minutes=5)
    assert declared.gateways["edge"].refused == (401, 403)
    assert list(read_everything(folder).gateways) == ["edge"]


def test_without_the_file_there_are_none(tmp_path: Path) -> None:
    assert load(folder_with(tmp_path, None), "dev").gateways == {}


@pytest.mark.parametrize(
    ("text", "fields", "where", "what", "cure"),
    [
        pytest.param(
            EDGE,
            {"gateways": "[egde]"},
            ("billing.yaml", 11, 16),
            "there is no gateway `egde`",
            "did you mean `edge`?",
            id="a gateway that is not declared",
        ),
        pytest.param(
            None,
            {"gateways": "[edge]"},
            ("billing.yaml", 11, 16),
            "there is no gateway `edge`",
            "declare it in `gateways.yaml`",
            id="no file at all",
        ),
        pytest.param(
            EDGE,
            {"gateways": "[edge]", "kind": "generated", "scope": "{accepted_by: the edge}"},
            ("billing.yaml", 11, 16),
            "gateway `edge` is shown `token`, which generated does not have",
            "it has `secret`: declare a gateway whose `value` shows that",
            id="a kind without that field",
        ),
        pytest.param(
            EDGE,
            {"gateways": "[edge, edge]"},
            ("billing.yaml", 11, 15),
            "`gateways` cannot be a list",
            "name each gateway once",
            id="one gateway twice",
        ),
        pytest.param(
            EDGE.replace("5m", "2h"),
            {"gateways": "[edge]"},
            ("gateways.yaml", 5, 16),
            "`cache_age` cannot be `2h`",
            "a gateway that remembers keys for longer than 1h keeps revoked ones alive for as"
            " long: have it remember less",
            id="a memory that is too long",
        ),
        pytest.param(
            EDGE + EDGE.partition("\n")[2],
            {},
            ("gateways.yaml", 7, 9),
            "there is a gateway `edge` already, at {folder}/gateways.yaml:2",
            "give this one another id, or remove one of the two",
            id="an id twice",
        ),
        pytest.param(
            "gateways: [",
            {"gateways": "[edge]"},
            ("gateways.yaml", 1, 12),
            None,
            None,
            id="a file that cannot be read makes no gateway unknown",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path,
    *,
    text: str | None,
    fields: dict[str, str],
    where: tuple[str, int, int],
    what: str | None,
    cure: str | None,
) -> None:
    folder = folder_with(tmp_path, text, **fields)

    [fault] = faults_of(folder)

    assert (fault.file.name, fault.line, fault.column) == where
    if what is not None:
        assert fault.what == what.format(folder=fault.file.parent)
        assert fault.cure == cure


def test_a_file_of_almost_that_name_is_not_passed_over(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, None)
    (folder / "gateway.yaml").write_text(EDGE)

    [fault] = faults_of(folder)

    assert fault.cure == "rename it to `gateways.yaml`"
