"""What counts as a change, and what a deploy makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from keylife.sandbox.plugins.changes import Change, diff, planned, settled
from keylife.sandbox.plugins.schema import Field
from keylife.sandbox.plugins.values import UNKNOWN, Secret

FIELDS = {
    "text": Field(),
    "fixed": Field(force_new=True),
    "count": Field(kind="integer"),
    "open": Field(kind="boolean", default=False),
    "filled": Field(computed=True),
    "list": Field(kind="list"),
    "set": Field(kind="set", force_new=True),
    "map": Field(kind="map"),
    "object": Field(
        kind="object", computed=True, fields={"a": Field(kind="integer"), "b": Field(kind="map")}
    ),
    "json": Field(normalise=str.lower, secret=True),
    "made": Field(output=True),
}


def _found(state: dict[str, Any], news: dict[str, Any]) -> dict[str, str]:
    return {
        path: f"{change.kind}{' and replace' if change.replaces else ''}"
        for path, change in diff(FIELDS, {"open": False, **state}, news).changes.items()
    }


@pytest.mark.parametrize(
    ("state", "news", "found"),
    [
        pytest.param({"text": "a"}, {"text": "b"}, {"text": "update"}, id="another text"),
        pytest.param({"text": None}, {"text": "b"}, {"text": "add"}, id="a text where none was"),
        pytest.param({"text": "a"}, {}, {"text": "delete"}, id="a text left out"),
        pytest.param({"text": ""}, {}, {}, id="an empty text left out"),
        pytest.param({"text": None}, {"text": ""}, {}, id="an empty text where none was"),
        pytest.param({"text": "5"}, {"text": 5}, {}, id="a number written out"),
        pytest.param({"count": 0}, {}, {}, id="a zero left out"),
        pytest.param({"open": None}, {}, {"open": "add"}, id="a default where nothing was"),
        pytest.param({"open": True}, {}, {"open": "update"}, id="back to the default"),
        pytest.param({"filled": "x"}, {}, {}, id="what the system filled in"),
        pytest.param({"filled": "x"}, {"filled": "y"}, {"filled": "update"}, id="overruled"),
        pytest.param(
            {"fixed": "a"}, {"fixed": "b"}, {"fixed": "update and replace"}, id="a fixed text"
        ),
        pytest.param(
            {"fixed": "a"}, {"fixed": UNKNOWN}, {"fixed": "update and replace"}, id="not known yet"
        ),
        pytest.param({"list": ["a"]}, {"list": ["a", "b"]}, {"list[1]": "add"}, id="a longer list"),
        pytest.param(
            {"list": ["a", "b"]},
            {"list": ["b"]},
            {"list[0]": "update", "list[1]": "delete"},
            id="a shorter list",
        ),
        pytest.param({"set": ["a", "b"]}, {"set": ["b", "a"]}, {}, id="a set in another order"),
        pytest.param(
            {"set": ["a", "b"]},
            {"set": ["b", "c"]},
            {"set[0]": "delete and replace", "set[1]": "add and replace"},
            id="another set",
        ),
        pytest.param({"set": []}, {"set": ["a"]}, {"set": "add and replace"}, id="a first element"),
        pytest.param({"set": []}, {}, {}, id="an empty set left out"),
        pytest.param(
            {"map": {"a": "1", "b": "2", "c.d": "3"}},
            {"map": {"a": "1", "b": "3"}},
            {"map.b": "update", 'map["c.d"]': "delete"},
            id="another map",
        ),
        pytest.param(
            {"object": {"a": 1, "b": {"x": "y"}}},
            {"object": {"a": 2, "b": {"x": "z"}, "__defaults": []}},
            {"object.a": "update", "object.b.x": "update"},
            id="within an object",
        ),
        pytest.param({"json": Secret("a")}, {"json": Secret("A")}, {}, id="another spelling"),
        pytest.param(
            {"json": Secret("a")}, {"json": Secret("B")}, {"json": "update"}, id="another secret"
        ),
        pytest.param({"made": "x"}, {}, {}, id="an output"),
    ],
)
def test_a_change_is_what_the_real_plugins_call_one(
    state: dict[str, Any], news: dict[str, Any], found: dict[str, str]
) -> None:
    assert _found(state, news) == found


@pytest.mark.parametrize("ignored", ["map", "map.b"])
def test_an_ignored_change_is_none(ignored: str) -> None:
    state, news = {"open": False, "map": {"b": "2"}}, {"map": {"b": "3"}}

    assert diff(FIELDS, state, news, [ignored]).changes == {}
    assert diff(FIELDS, state, news, ["text"]).changes == {"map.b": Change("update", False)}


def test_a_new_resource_is_planned_with_what_is_known() -> None:
    outputs = planned(FIELDS, {"__defaults": [], "text": "t", "json": Secret("A")})

    assert outputs == {
        "text": "t",
        "fixed": None,
        "count": None,
        "open": False,
        "filled": UNKNOWN,
        "list": None,
        "set": None,
        "map": None,
        "object": UNKNOWN,
        "json": Secret("a"),
        "made": UNKNOWN,
    }


def test_a_planned_update_keeps_what_does_not_change() -> None:
    state = {"text": "t", "count": 0, "open": True, "filled": "f", "set": [], "made": "m"}

    outputs = planned(FIELDS, {"map": {"a": "b"}}, state)

    assert outputs["text"] is None
    assert outputs["open"] is False
    assert {name: outputs[name] for name in ("count", "filled", "set", "made")} == {
        "count": 0,
        "filled": "f",
        "set": [],
        "made": "m",
    }


@pytest.mark.parametrize(
    ("name", "hoped", "found", "kept"),
    [
        pytest.param("list", None, [], None, id="an empty list where none was planned"),
        pytest.param("list", [], None, [], id="no list where an empty one was planned"),
        pytest.param("list", ["a"], ["b"], ["b"], id="another list"),
        pytest.param("set", ["a"], ["b"], ["a"], id="a set stays as it was written"),
        pytest.param("text", "t", None, "t", id="a text that is not read back"),
        pytest.param("made", UNKNOWN, "m", "m", id="what was not known"),
    ],
)
def test_a_deploy_keeps_plan_and_state_together(
    name: str, hoped: Any, found: Any, kept: Any
) -> None:
    assert settled(FIELDS, {name: hoped}, {name: found})[name] == kept
