"""The replay must notice what it is there to notice."""

from __future__ import annotations

import pytest

from tests.conformance.substitution import UNKNOWN, Substitution

ONE = "3da3b7cc-9ba9-63f7-2015-28513c09f9fc"
TWO = "6eb85f13-85e8-d55b-df1b-70954db65f79"
NEW = "a156489f-5ab2-4d4d-e30a-6b471a28762f"
OTHER = "f1ed30b1-ef65-9d48-12ae-6a3ea0241f15"


def test_a_name_of_this_run_may_stand_for_a_recorded_one() -> None:
    assert Substitution({}).same(f"backend=x::accessor={ONE}", f"backend=x::accessor={NEW}")


def test_the_same_name_must_come_back_as_the_same() -> None:
    names = Substitution({})
    names.same(ONE, NEW)

    assert names.same(ONE, NEW)
    assert not names.same(ONE, OTHER)


def test_two_things_must_not_get_one_name() -> None:
    names = Substitution({})
    names.same(ONE, NEW)

    assert not names.same(TWO, NEW)


@pytest.mark.parametrize(
    ("recorded", "actual"),
    [
        pytest.param("rp-role", "rp-roles", id="a plain text must be the same"),
        pytest.param(ONE, UNKNOWN[:-1], id="a name must have the form of one"),
        pytest.param(
            f"backend=x::accessor={ONE}", f"backend=y::accessor={NEW}", id="text around it"
        ),
        pytest.param("kv_d1b455b8", "auth_approle_d1b455b8", id="a name of another kind"),
        pytest.param("2026-11-23T00:20:44Z", "yesterday", id="a time must be one"),
        pytest.param("7Kb6irhlbPhf8oGXW7T5omXH", "short", id="an accessor must look like one"),
        pytest.param(UNKNOWN, NEW, id="unknown is no name"),
    ],
)
def test_what_differs_is_told_apart(recorded: str, actual: str) -> None:
    assert not Substitution({}).same(recorded, actual)


def test_requests_go_out_in_the_names_of_this_run() -> None:
    names = Substitution({"http://127.0.0.1:8200": "http://127.0.0.1:4711"})
    names.same(ONE, NEW)

    assert names.actual(
        {"id": f"accessor={ONE}", "olds": [ONE, {"address": "http://127.0.0.1:8200"}]}
    ) == {
        "id": f"accessor={NEW}",
        "olds": [NEW, {"address": "http://127.0.0.1:4711"}],
    }
