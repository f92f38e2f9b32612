"""Parameters as the AWS stand-in puts, reads and deletes them."""

from __future__ import annotations

import grpc  # type: ignore[import-untyped]  # no stubs among the locked packages
import pytest

from keylife.sandbox.plugins.values import Secret, Values
from tests.sandbox.aws.running import Sandbox, error_of
from tests.sandbox.plugins.aws.declared import PARAMETER, differences
from tests.sandbox.plugins.engine import Engine


def secure(name: str, value: str, **more: object) -> Values:
    return {"name": name, "type": "SecureString", "value": Secret(value), **more}


def test_a_parameter_from_birth_to_death(engine: Engine, aws: Sandbox) -> None:
    name = f"/billing/{aws.fresh_name()}"
    made = engine.create(PARAMETER, **secure(name, "first", tags={"key": "k"}, tier="Standard"))

    assert (made.id, made["version"], made["tier"]) == (name, 1, "Standard")
    assert made["arn"].endswith(f":parameter{name}")
    assert made.outputs["value"] == Secret("first")
    assert differences(engine, made, **secure(name, "first", tags={"key": "k"})) == ([], [])
    assert differences(engine, made, **secure(name, "second", tags={"key": "k"})) == (["value"], [])
    assert differences(engine, made, **secure(name + "x", "first", tags={"key": "k"}))[1] == [
        "name"
    ]

    changed = engine.update(made, **secure(name, "second", tags={"owner": "a"}, description="d"))
    assert (changed["version"], changed["description"]) == (2, "d")
    assert changed["tags"] == {"owner": "a"}
    told = aws.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]
    assert told["Value"] == "second"

    only_tags = engine.update(changed, **secure(name, "second", description="d"))
    assert (only_tags["version"], only_tags["tags"]) == (2, None)
    seen = engine.refresh(only_tags)
    assert seen is not None
    assert seen.outputs == only_tags.outputs

    engine.delete(only_tags)
    assert engine.refresh(only_tags) is None
    engine.delete(only_tags)
    assert error_of(aws.client("ssm").get_parameter, Name=name) == "ParameterNotFound"


def test_what_is_there_already_is_not_written_over_unasked(engine: Engine, aws: Sandbox) -> None:
    name = aws.fresh_name()
    engine.create(PARAMETER, **secure(name, "first"))

    with pytest.raises(grpc.RpcError, match="ParameterAlreadyExists"):
        engine.create(PARAMETER, **secure(name, "second"))
    engine.create(PARAMETER, **secure(name, "third", overwrite=True, tags={"key": "k"}))


def test_the_advanced_tier_is_left_by_beginning_anew(engine: Engine, aws: Sandbox) -> None:
    name = aws.fresh_name()
    made = engine.create(PARAMETER, **secure(name, "x", tier="Standard"))
    assert differences(engine, made, **secure(name, "x", tier="Advanced")) == (["tier"], [])

    made = engine.update(made, **secure(name, "x", tier="Advanced"))
    assert differences(engine, made, **secure(name, "x", tier="Intelligent-Tiering")) == ([], [])
    back = engine.diff(made, **secure(name, "x", tier="Standard"))
    assert (list(back.replaces), back.deleteBeforeReplace) == (["tier"], True)


def test_a_value_in_the_open_stays_in_the_open(engine: Engine, aws: Sandbox) -> None:
    name = aws.fresh_name()
    made = engine.create(PARAMETER, name=name, type="String", insecureValue="plain")

    assert (made["insecureValue"], made["value"]) == ("plain", "")
    assert differences(engine, made, name=name, type="String", insecureValue="plain") == ([], [])


def test_a_value_beyond_its_tier_is_refused_without_being_told(
    engine: Engine, aws: Sandbox
) -> None:
    large = "canary" * 700
    with pytest.raises(grpc.RpcError, match="too large") as refused:
        engine.create(PARAMETER, **secure(aws.fresh_name(), large))

    assert "canary" not in str(refused.value)
    engine.create(PARAMETER, **secure(aws.fresh_name(), large, tier="Advanced"))
