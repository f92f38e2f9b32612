"""``docs/reference/evasions.md`` lists what is tested, by name, and says what refuses it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.evasions.in_a_program import REFUSED
from tests.evasions.in_a_pull_request import REQUESTS
from tests.evasions.in_a_saved_file import SHOWN
from tests.evasions.in_declarations import PAIRS, REFUSED_BY

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/evasions.md").read_text()
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))


def rows(section: str) -> dict[str, list[str]]:
    """By evasion: the other cells of its row."""
    cells = re.findall(r"^\| ([a-z0-9-]+) \| (.+) \|$", SECTIONS[section], re.MULTILINE)
    return {name: rest.split(" | ") for name, rest in cells if name not in ("evasion", "---")}


def test_every_evasion_has_a_name_of_its_own_and_there_are_more_than_sixty() -> None:
    names = [*REFUSED, *SHOWN, *PAIRS, *REQUESTS]

    assert len(names) == len(set(names)) >= 60
    assert len(REFUSED) >= 25, "of them in a program, through the real engine"
    assert PAGE.startswith(f"# Ways around the rules\n{len(names)} ways ")


def test_what_is_in_a_program_is_listed_with_the_rules_that_refuse_it() -> None:
    listed = rows("In a program")

    assert {name: set(cells[-1].split(", ")) for name, cells in listed.items()} == REFUSED


def test_what_is_in_a_saved_file_is_listed_with_the_rule_that_refuses_it() -> None:
    listed = rows("In what Pulumi saves")

    assert {name: cells[-1] for name, cells in listed.items()} == {
        name: shown.rule for name, shown in SHOWN.items()
    }


def test_what_is_in_a_pull_request_is_listed_with_the_word_that_tells_it() -> None:
    listed = rows("In a pull request")

    assert {name: cells[-1] for name, cells in listed.items()} == {
        name: request.told.value for name, request in REQUESTS.items()
    }


def test_what_is_in_declarations_is_listed_with_what_refuses_it() -> None:
    listed = rows("In declarations")

    assert {name: set(cells[-1].split(", ")) for name, cells in listed.items()} == REFUSED_BY


@pytest.mark.parametrize(
    ("section", "count"),
    [
        ("In a program", len(REFUSED)),
        ("In what Pulumi saves", len(SHOWN)),
        ("In declarations", len(PAIRS)),
        ("In a pull request", len(REQUESTS)),
    ],
)
def test_a_section_says_how_many_it_lists(section: str, count: int) -> None:
    assert f": {count}" in SECTIONS[section]
    assert len(rows(section)) == count
    assert all(len(cells) == 3 and all(cells) for cells in rows(section).values())


def test_what_no_gate_refuses_is_said() -> None:
    assert "invoke" in SECTIONS["What no gate refuses"]
