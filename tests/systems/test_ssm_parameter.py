"""A copy in Parameter Store is dead when the parameter is gone; a successor's stays."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keylife.orphan import Clients
from keylife.systems.holdings import holdings_of, read_copy
from keylife.systems.system import Holding, Verdict
from keylife.systems.table import SYSTEMS
from tests.program.states import resource, state
from tests.systems.doing import done, holding
from tests.systems.lossy import Lossy

SSM = SYSTEMS["ssm-parameter"]


def write(clients: Clients, name: str, version: int, value: Any, key: str = "") -> Holding:
    tags = {"keylife:key": key or name, "keylife:version": str(version)}
    pairs = [{"Key": tag, "Value": text} for tag, text in tags.items()]
    ssm, text = clients.aws("ssm"), json.dumps(value)
    if version > 1:
        ssm.put_parameter(Name=f"/{name}", Value=text, Type="SecureString", Overwrite=True)
        ssm.add_tags_to_resource(ResourceType="Parameter", ResourceId=f"/{name}", Tags=pairs)
    else:
        ssm.put_parameter(Name=f"/{name}", Value=text, Type="SecureString", Tags=pairs)
    return holding("ssm-parameter", name, version, name=f"/{name}", ending=str(version))


def verdict(held: Holding, clients: Clients) -> tuple[Verdict, str]:
    answer = SSM.use(held, {}, clients)
    return answer.verdict, answer.said


GONE = (Verdict.REFUSED, "ParameterNotFound")


def test_a_parameter_goes_with_its_history(clients: Clients, name: str) -> None:
    write(clients, name, 1, {"token": "1"})
    held = write(clients, name, 2, {"token": "2"})
    assert verdict(held, clients) == (Verdict.ACCEPTED, "200: the parameter stands")
    assert read_copy(held, clients) == {"token": "2"}

    assert done(held, clients) == {"delete": "deleted, with its history"}

    assert verdict(held, clients) == GONE
    assert done(held, clients) == {"delete": "no such parameter"}
    ssm = clients.aws("ssm")
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        ssm.get_parameter(Name=f"/{name}:1")
    assert read_copy(held, clients) == {}


def test_a_successor_stays(clients: Clients, name: str) -> None:
    first = write(clients, name, 1, {"token": "1"})
    write(clients, name, 2, {"token": "2"})
    said = "the current value is of version 2"

    assert done(first, clients) == {"delete": f"left alone: {said}"}
    assert verdict(first, clients) == (Verdict.REFUSED, f"200: {said}")
    behind = first.model_copy(update={"weak": "a history is kept"})
    told = (Verdict.POWERLESS, f"200: {said}, a history may stand")
    assert verdict(behind, clients) == told
    assert read_copy(first, clients) == {}
    assert clients.aws("ssm").get_parameter(Name=f"/{name}")


def test_another_keys_parameter_is_left_alone(clients: Clients, name: str) -> None:
    held = write(clients, name, 1, {"token": "1"}, key="somebody-elses")
    mine = held.model_copy(update={"key": name})
    said = "another key's parameter is there"

    assert done(mine, clients) == {"delete": f"left alone: {said}"}
    assert verdict(mine, clients) == (Verdict.REFUSED, f"200: {said}")
    assert read_copy(mine, clients) == {}


def test_a_deletion_whose_answer_is_lost_is_done_again(
    through_aws_way: Clients, aws_way: Lossy, name: str
) -> None:
    held = write(through_aws_way, name, 1, {"token": "1"})
    deletes: list[str] = []

    def loses(method: str, path: str, body: bytes) -> bool:
        deletes.append(body.decode())
        return len(deletes) == 2  # the tags are asked for first

    aws_way.loses = loses
    with pytest.raises(Exception, match="Connection"):
        done(held, through_aws_way)

    assert done(held, through_aws_way) == {"delete": "no such parameter"}
    assert verdict(held, through_aws_way) == GONE


def test_what_the_state_has_of_a_parameter() -> None:
    export = state("in-rotation")
    name = "billing-deploy/vault-kv/secret/billing/aws"
    place = resource(export, "vault:kv/secretV2:SecretV2", name)
    place["type"] = "aws:ssm/parameter:Parameter"
    place["urn"] = place["urn"].replace("vault-kv/secret", "ssm-parameter")
    place["inputs"] = {"name": "/billing/aws", "tags": {"keylife:version": "2"}}

    older, newer = (
        next(h for h in holdings_of(export, "billing-deploy", ends) if h.system == "ssm-parameter")
        for ends in ([1], [2])
    )

    assert (older.place, newer.place) == ("ssm-parameter/billing/aws",) * 2
    assert newer.facts == {
        "name": "/billing/aws",
        "ending": "2",
        "mark.access_key_id": "EXAMPLE",
    }
    assert "keeps the last 100 values" in older.weak
    assert not newer.weak
