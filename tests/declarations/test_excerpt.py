"""Places found fast are the places the careful reader finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keylife.declarations.document import Document
from keylife.declarations.excerpt import place_of_field
from keylife.declarations.registry import read_entries
from keylife.errors import Fault
from keylife.model.key import Key

BLOCK = """\
# of the payments team
keys:

  - id: first
    kind: aws-access-key
    scope:
      policies:
        - a
    ttl: 30d   # a month
    deliver:
      - vault-kv: {mount: secret, path: a}
  # the second one
  - kind: vault-token
    id: second
    ttl: "7d"
    purpose: |
      - id: third
    scope: {policies: [a]}
"""
FLOW = (
    'keys:\n- {id: first, ttl: 30d, scope: {}}\n- {"id": second, ttl: 7d}\n- id: third\n  ttl: 1d\n'
)
RETURNS = "keys:\r\n  - id: first\r\n    ttl: 30d\r\n"
FIELDS = (None, "id", "ttl", "scope", "deliver", "kind", "purpose", "owner")


def held(text: str) -> None:
    document = Document(Path("f.yaml"), Path("f.yaml"), text)
    faults: list[Fault] = []
    entries = read_entries(document, "keys", Key, faults)
    assert entries
    for entry in entries:
        for field in FIELDS:
            way = entry.path if field is None else (*entry.path, field)
            assert place_of_field(entry, field) == document.place(way), (entry.id, field)


@pytest.mark.parametrize("text", [BLOCK, FLOW, RETURNS, BLOCK + "\n\n"])
def test_a_place_is_the_one_of_the_careful_reader(text: str) -> None:
    held(text)


@pytest.mark.parametrize("text", [BLOCK, FLOW, RETURNS])
def test_a_place_is_the_same_once_the_value_is_let_go_of(text: str) -> None:
    whole, forgetful = (Document(Path("f.yaml"), Path("f.yaml"), text) for _ in range(2))
    value = forgetful.value
    entries = [
        [entry for entry in read_entries(document, "keys", Key, []) or ()]
        for document in (whole, forgetful)
    ]

    forgetful.forget_value()

    for kept, bare in zip(*entries, strict=True):
        for field in FIELDS:
            assert place_of_field(kept, field) == place_of_field(bare, field)
    assert forgetful.value == value


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3), st.sampled_from(["ttl: 30d", "ttl:\n        30d", "# x", "owner: a"])
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["", "  ", "    "]),
)
def test_however_the_entries_are_laid_out(entries: list[tuple[int, str]], indent: str) -> None:
    text = "keys:\n"
    for number, (blanks, field) in enumerate(entries):
        text += "\n" * blanks
        text += f"{indent}- id: key-{number}\n{indent}  {field}\n{indent}  kind: x\n"

    held(text)
