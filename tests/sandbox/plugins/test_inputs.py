"""Inputs are refused, filled in and read back as the Terraform bridge does it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from keylife.sandbox.plugins.inputs import Naming, check, imported, refreshed, wanted
from keylife.sandbox.plugins.schema import Field
from keylife.sandbox.plugins.values import UNKNOWN, Secret

FIELDS = {
    "name": Field(autoname=True),
    "roleName": Field(required=True),
    "count": Field(kind="integer"),
    "open": Field(kind="boolean", default=True),
    "shut": Field(kind="boolean", default=False),
    "policies": Field(kind="set"),
    "tags": Field(kind="map"),
    "limits": Field(
        kind="object", fields={"most": Field(kind="integer"), "leastOf": Field(required=True)}
    ),
    "text": Field(normalise=str.strip),
    "password": Field(secret=True),
    "made": Field(output=True),
}
NAMING = Naming("thing", b"seed")


def _reasons(**news: Any) -> list[str]:
    checked = check(FIELDS, {"roleName": "r", **news}, {}, NAMING)
    return [failure.reason for failure in checked.failures]


@pytest.mark.parametrize(
    ("news", "reason"),
    [
        pytest.param(
            {"roleName": None},
            'Missing required argument. The argument "role_name" is required, '
            "but no definition was found.. Examine values at 'thing.roleName'.",
            id="a required input is missing",
        ),
        pytest.param(
            {"limits": {"most": 1}},
            'Missing required argument. The argument "limits.least_of" is required, '
            "but no definition was found.. Examine values at 'thing.limits.leastOf'.",
            id="a required input of an object is missing",
        ),
        pytest.param(
            {"nmae": "x"},
            "Invalid or unknown key. Examine values at 'thing.nmae'.",
            id="an unknown input",
        ),
        pytest.param(
            {"made": "x"},
            "Invalid or unknown key. Examine values at 'thing.made'.",
            id="an output that is given",
        ),
        pytest.param(
            {"count": "many"},
            "expected number type, got string type. Examine values at 'thing.count'.",
            id="a number that is none",
        ),
        pytest.param(
            {"count": True},
            "expected number type, got boolean type. Examine values at 'thing.count'.",
            id="a truth that is no number",
        ),
        pytest.param(
            {"policies": "one"},
            "expected array type, got string type. Examine values at 'thing.policies'.",
            id="a set that is none",
        ),
        pytest.param(
            {"policies": ["one", {}]},
            "expected string type, got object type. Examine values at 'thing.policies[1]'.",
            id="a set that holds something else",
        ),
        pytest.param(
            {"tags": {"a": []}},
            "expected string type, got array type. Examine values at 'thing.tags.a'.",
            id="a map that holds something else",
        ),
    ],
)
def test_what_the_schema_does_not_allow_is_refused(news: dict[str, Any], reason: str) -> None:
    assert _reasons(**news) == [reason]


def test_a_refusal_never_shows_a_value() -> None:
    assert "hunter2" not in str(_reasons(count="hunter2", password={"a": "hunter2"}, x="hunter2"))


@pytest.mark.parametrize("value", [UNKNOWN, None, "x", 1, True])
def test_what_can_become_a_text_is_accepted(value: Any) -> None:
    assert _reasons(text=value) == []


def test_unknown_values_are_accepted_everywhere() -> None:
    unknown = dict.fromkeys(("count", "open", "policies", "tags", "limits", "password"), UNKNOWN)

    assert _reasons(**unknown, roleName=UNKNOWN) == []


def test_defaults_that_say_something_are_filled_in_and_noted() -> None:
    inputs = check(FIELDS, {"roleName": "r", "name": "n"}, {}, NAMING).inputs

    assert inputs == {"roleName": "r", "name": "n", "open": True, "__defaults": ["open"]}


def test_secret_inputs_are_marked_even_if_the_program_does_not() -> None:
    checked = check(FIELDS, {"roleName": "r", "password": "p", "text": Secret("t")}, {}, NAMING)

    assert checked.inputs["password"] == Secret("p")
    assert checked.inputs["text"] == Secret("t")


def test_an_automatic_name_is_the_same_for_the_same_seed_and_stays() -> None:
    first = check(FIELDS, {"roleName": "r"}, {}, NAMING).inputs
    again = check(FIELDS, {"roleName": "r"}, {}, NAMING).inputs
    later = check(FIELDS, {"roleName": "r"}, first, Naming("thing", b"other")).inputs
    other = check(FIELDS, {"roleName": "r"}, {}, Naming("thing", b"other")).inputs

    assert re.fullmatch(r"thing-[0-9a-f]{7}", first["name"])
    assert first["name"] == again["name"] == later["name"] != other["name"]
    assert "name" in first["__defaults"]


def test_a_name_that_the_program_chose_is_not_kept_when_it_stops_choosing() -> None:
    chosen = check(FIELDS, {"roleName": "r", "name": "mine"}, {}, NAMING).inputs

    assert check(FIELDS, {"roleName": "r"}, chosen, NAMING).inputs["name"] != "mine"


def test_a_proposed_name_is_taken_and_naming_can_be_switched_off() -> None:
    proposed = check(FIELDS, {"roleName": "r"}, {}, Naming("thing", b"", "mine", "enforce"))
    none = check(FIELDS, {"roleName": "r"}, {}, Naming("thing", mode="disable"))

    assert proposed.inputs["name"] == "mine"
    assert "name" not in none.inputs


def test_a_create_gets_its_inputs_in_the_spelling_of_the_state() -> None:
    inputs = {"__defaults": [], "text": " t ", "limits": {"__defaults": [], "most": 1}}

    assert wanted(FIELDS, inputs) == {"text": "t", "limits": {"most": 1}}


def test_an_import_gives_the_inputs_that_no_default_gives() -> None:
    state = {
        "name": "n",
        "roleName": "",
        "count": 0,
        "open": True,
        "shut": None,
        "policies": [],
        "tags": {"a": "b"},
        "limits": {"most": 0, "leastOf": None},
        "made": "x",
    }

    assert imported(FIELDS, state) == {
        "__defaults": [],
        "name": "n",
        "roleName": "",
        "shut": None,
        "tags": {"__defaults": [], "a": "b"},
        "limits": {"__defaults": [], "leastOf": None},
    }


def test_a_refresh_changes_only_inputs_that_are_there() -> None:
    old = {"__defaults": ["open", "name"], "name": "n", "open": True, "text": " t ", "count": 1}
    state = {"name": "n", "open": False, "text": "t", "count": 2, "roleName": "new"}

    assert refreshed(FIELDS, old, state) == {
        "__defaults": ["name"],
        "name": "n",
        "open": False,
        "text": " t ",
        "count": 2,
    }
