from __future__ import annotations

from typing import Any

import pytest

from keylife.compliance.credential import Absence, Stated
from keylife.compliance.resource import Resource
from keylife.compliance.statements import Statements
from keylife.compliance.unknown import UNKNOWN

OWNER = Statements.of("owner")


def resource(inputs: dict[str, Any], provider: dict[str, Any] | None = None) -> Resource:
    return Resource("urn:pulumi:dev::p::aws:x/y:Z::name", "aws:x/y:Z", inputs, provider or {})


@pytest.mark.parametrize(
    ("inputs", "provider", "stated"),
    [
        pytest.param({"tags": {"keylife:owner": "a"}}, {}, "a", id="a tag of our own"),
        pytest.param({"tags": {"owner": "b", "keylife:owner": "a"}}, {}, "a", id="ours first"),
        pytest.param({"tags": {"Owner": "a"}}, {}, "a", id="as AWS teams write it"),
        pytest.param({"tags": {"team": "a"}}, {}, Absence.UNSTATED, id="another tag"),
        pytest.param({"metadata": {"owner": "a"}}, {}, "a", id="metadata of a Vault token"),
        pytest.param({"metadata": '{"owner": "a"}'}, {}, "a", id="metadata of an AppRole"),
        pytest.param({"metadata": "{"}, {}, Absence.UNSTATED, id="metadata that is no JSON"),
        pytest.param({"labels": {"owner": "a"}}, {}, "a", id="labels"),
        pytest.param({"tags": UNKNOWN}, {}, Absence.COMPUTED, id="computed tags"),
        pytest.param({"tags": {"owner": UNKNOWN}}, {}, Absence.COMPUTED, id="a computed tag"),
        pytest.param({"tags": {"x": UNKNOWN, "owner": "a"}}, {}, "a", id="another one computed"),
        pytest.param({"tags": {"owner": "No Name"}}, {}, Absence.UNREADABLE, id="no name"),
        pytest.param({"owner": "a"}, {}, Absence.UNSTATED, id="a provider's own word `owner`"),
        pytest.param({}, {"defaultTags": {"tags": {"owner": "a"}}}, "a", id="default tags"),
        pytest.param({}, {"defaultTags": '{"tags":{"owner":"a"}}'}, "a", id="default tags as JSON"),
        pytest.param({}, {"defaultTags": UNKNOWN}, Absence.COMPUTED, id="computed default tags"),
    ],
)
def test_a_resource_states_its_owner(
    inputs: dict[str, Any], provider: dict[str, Any], stated: Stated
) -> None:
    assert OWNER.on(resource(inputs, provider)) == stated


def test_a_component_states_its_owner_as_an_input() -> None:
    component = Resource("urn:pulumi:dev::p::my:pkg:Team::a", "my:pkg:Team", {"owner": "a"})

    assert OWNER.on(component) == "a"


def test_other_tags_can_be_configured() -> None:
    statements = Statements.of("owner", tags=["team"])

    assert statements.on(resource({"tags": {"team": "a", "owner": "b"}})) == "a"


def test_the_longest_matching_pattern_assigns() -> None:
    statements = Statements.of("owner", assigned={"*": "all", "*::na*": "named", "*::b": "b"})

    assert statements.assigned_to("urn:pulumi:dev::p::aws:x/y:Z::name") == "named"
    assert statements.assigned_to("urn:pulumi:dev::p::aws:x/y:Z::other") == "all"
    assert OWNER.assigned_to("urn:pulumi:dev::p::aws:x/y:Z::name") is Absence.UNSTATED


def test_one_gate_may_be_configured_to_read_elsewhere() -> None:
    theirs = Statements.of("owner", ["team"], {"*": "everybody", "*::b": "b"})

    assert theirs.replaced_by(None, {}) == theirs
    one = theirs.replaced_by(["squad"], {"*": "nobody"})

    assert one.on(resource({"tags": {"squad": "a", "team": "b"}})) == "a"
    assert one.assigned_to("urn:a") == "nobody"
    assert one.assigned_to("urn::b") == "b"
