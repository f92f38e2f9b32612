"""The files that Pulumi saved of ``tests/end_to_end/programs/saved``, as they were recorded.

Pulumi 3.200.0, the sandbox's stand-ins of pulumi-aws 7.51.1 and pulumi-vault 7.14.0. Written by
``pulumi preview --json --show-sames --save-plan FILE`` and ``pulumi stack export``; ``first`` on
an empty stack, ``second`` on the state after it; ``state-second`` after `pulumi up` of that.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from keylife.compliance.resource import Resource
from keylife.saved.document import Form, parse_document
from keylife.saved.plan import read_plan
from keylife.saved.preview import read_preview
from keylife.saved.saved import Saved
from keylife.saved.state import read_state

FOLDER = Path(__file__).resolve().parents[1] / "vectors/saved"


def text(name: str) -> str:
    """A recorded file."""
    return (FOLDER / f"{name}.json").read_text()


def document(name: str) -> dict[str, Any]:
    """A recorded file, to be changed by a test."""
    return copy.deepcopy(dict(parse_document(text(name), name)[1]))


def saved(name: str) -> Saved:
    """What a recorded file shows; a change together with the state that it was made on."""
    form, found = parse_document(text(name), name)
    if form is Form.STATE:
        return read_state(found)
    before = None if name.endswith("first") else document("state-first")
    return read_preview(found, before) if form is Form.PREVIEW else read_plan(found, before)


def standing(shown: Saved) -> dict[str, Resource]:
    """By name: what will stand."""
    return {r.name: r for r in shown.resources if not r.deleted}


def deleted(shown: Saved) -> dict[str, Resource]:
    """By name: what is deleted."""
    return {r.name: r for r in shown.resources if r.deleted}
