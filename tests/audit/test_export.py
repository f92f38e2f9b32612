"""Copies of the log for others: whole, safe to open, and of the form they are said to have."""

from __future__ import annotations

import csv
import io
import json
from hashlib import sha256
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types

from keylife.audit.chain import Item, place
from keylife.audit.entry import read_event, write_event
from keylife.audit.export import EXPORTS
from keylife.audit.rows import Row, split_nodes
from keylife.evidence.event import Event, What
from keylife.evidence.source import Source
from tests.audit.events import event
from tests.audit.insider import EMPTY, KEY

ODD = '=HYPERLINK("x"),"\n\u2028\u202e\x1b[2J'

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


def closed(required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


# Of OCSF 1.7.0, class entity_management (3004): what is required, and of the rest what is used
# here, in their types; constraints as the objects state them.
OCSF = closed(
    "activity_id category_uid class_uid entity metadata severity_id time type_uid",
    activity_id={"enum": [*range(14), 99]},
    activity_name=TEXT,
    actor=closed("", app_name=TEXT, user=closed("name", name=TEXT, type_id=NUMBER)),
    category_name={"const": "Identity & Access Management"},
    category_uid={"const": 3},
    class_name={"const": "Entity Management"},
    class_uid={"const": 3004},
    comment=TEXT,
    entity=closed("name uid", name=TEXT, type=TEXT, type_id=NUMBER, uid=TEXT, version=TEXT),
    message=TEXT,
    metadata=closed(
        "product version",
        event_code=TEXT,
        log_name=TEXT,
        original_time=TEXT,
        product=closed("vendor_name", name=TEXT, vendor_name=TEXT),
        sequence=NUMBER,
        uid=TEXT,
        version={"const": "1.7.0"},
    ),
    severity=TEXT,
    severity_id={"enum": [0, 1, 2, 3, 4, 5, 6, 99]},
    status=TEXT,
    status_id={"enum": [0, 1, 2, 99]},
    time={"type": "integer", "minimum": 1_700_000_000_000},
    type_name=TEXT,
    type_uid={"type": "integer"},
    unmapped={"type": "object"},
)


def every_kind() -> list[Event]:
    events = [event(number, what) for number, what in enumerate(What, start=1)]
    bare = event(50, What.REVOKED, version=None, urn="", detail=ODD, source=Source())
    called = event(51, What.DENIED, source=Source(actor="svc", caller="ci@example.com"))
    return [*events, bare, called]


def rows() -> list[Row]:
    return place([Item(write_event(one), one.key, None) for one in every_kind()], EMPTY, KEY)[0]


def test_jsonl_is_what_was_hashed() -> None:
    lines = [*EXPORTS["jsonl"](rows())]

    assert [read_event(line.encode()) for line in lines] == every_kind()
    for line, row in zip(lines, rows(), strict=True):
        assert sha256(b"\x00" + line.encode()).digest() == split_nodes(row.nodes)[0]


def test_csv_is_a_line_an_entry_and_nothing_in_it_is_a_formula() -> None:
    lines = [*EXPORTS["csv"](rows())]

    found = [*csv.DictReader(io.StringIO("\n".join(lines)))]
    assert len(lines) == len(every_kind()) + 1
    assert [line["what"] for line in found] == [one.what for one in every_kind()]
    assert [int(line["sequence"]) for line in found] == list(range(1, len(found) + 1))
    assert found[0]["approved_by"] == "al@example.com"
    odd = found[-2]["detail"]
    assert odd.startswith("'=HYPERLINK")
    assert odd.isprintable()
    assert found[-2]["version"] == ""


def test_ocsf_is_of_the_class_it_says() -> None:
    schema = Draft202012Validator(OCSF)
    found = [json.loads(line) for line in EXPORTS["ocsf"](rows())]

    for one in found:
        assert [error.message for error in schema.iter_errors(one)] == []
        assert one["type_uid"] == 300_400 + one["activity_id"]
    assert [one["metadata"]["sequence"] for one in found] == list(range(1, len(found) + 1))
    by_kind = {one["metadata"]["event_code"]: one for one in found}
    names = {kind: (one["activity_id"], one["activity_name"]) for kind, one in by_kind.items()}
    assert names["issued"] == (1, "Create")
    assert names["destroyed"] == (4, "Delete")
    assert names["deactivated"] == (11, "Deactivate")
    assert names["verified"] == (99, "Verified")
    assert by_kind["refused by policy"]["status_id"] == 2
    assert by_kind["issued"]["time"] == 1_795_424_402_000
    assert by_kind["issued"]["unmapped"]["pull_request"] == "17"
    assert found[-1]["actor"]["user"]["name"] == "ci@example.com"
    assert "actor" not in found[-2]


def test_nothing_is_left_out_of_ocsf() -> None:
    for one, line in zip(every_kind(), EXPORTS["ocsf"](rows()), strict=True):
        told = line
        facts = one.model_dump(mode="json", exclude_none=True)
        for value in [*facts.pop("source").values(), *facts.values()]:
            assert json.dumps(value, ensure_ascii=False).strip('"') in told
