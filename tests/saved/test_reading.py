"""Whatever a file holds: it is read, or there is one clear error."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keylife.saved.document import Form, SavedFileError
from keylife.saved.reading import read_saved
from keylife.saved.saved import Saved
from keylife.saved.subjects import subjects_of
from tests.saved.vectors import document

CANARY = "s3cr3t-canary"
FILES = {
    Form.PREVIEW: "preview-second",
    Form.PLAN: "plan-second",
    Form.STATE: "state-first",
}


def small(form: Form) -> dict[str, Any]:
    """A part of a recorded file, so that what breaks it is found among less."""
    found = document(FILES[form])
    if form is Form.PREVIEW:
        found["steps"] = found["steps"][:12]
        found["changeSummary"] = Counter(step["op"] for step in found["steps"])
    elif form is Form.PLAN:
        found["resourcePlans"] = dict(list(found["resourcePlans"].items())[:12])
    else:
        found["deployment"]["resources"] = found["deployment"]["resources"][:12]
    return found


SMALL = {form: small(form) for form in Form}
anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.just(CANARY), st.just([]), st.just({}),
    st.just([CANARY]), st.just({CANARY: 1}), st.just([{}]), st.just({"urn": "a::b::c::d"}),
)  # fmt: skip


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every entry of a document, as the container and the key that lead to it."""
    found: list[tuple[Any, Any]] = []
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(entries):
        found.append((value, key))
        if isinstance(inner, dict | list):
            found += places(inner)
    return found


@pytest.mark.parametrize("form", Form)
@settings(max_examples=60)
@given(data=st.data())
def test_a_file_with_anything_anywhere_is_read_or_refused(form: Form, data: st.DataObject) -> None:
    damaged, state = SMALL[form], document("state-first")
    damaged = copy.deepcopy(damaged)
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(places(damaged)))
        container[key] = copy.deepcopy(data.draw(anything))  # else one list may come to hold itself

    try:
        shown = read_saved(form, damaged, state)
    except SavedFileError as refused:
        assert CANARY not in f"{refused} {refused.hint}"
    else:
        assert isinstance(shown, Saved)
        try:
            subjects_of(shown)
        except SavedFileError as refused:
            assert CANARY not in str(refused)


@pytest.mark.parametrize("form", Form)
def test_the_whole_file_is_read(form: Form) -> None:
    shown = read_saved(form, document(FILES[form]), document("state-first"))

    assert len(shown.resources) > 20


def test_what_is_nested_too_deep_is_not_seen() -> None:
    deep: Any = "x"
    for _ in range(500):
        deep = {"n": deep}
    state = document("state-first")
    state["deployment"]["resources"][-1]["inputs"]["deep"] = deep

    assert len(read_saved(Form.STATE, state).resources) > 20
