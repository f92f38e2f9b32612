"""Copies in AWS Parameter Store: the parameter deleted, and its history with it.

Source: AWS Systems Manager API Reference, DeleteParameter; a name can be used again after 30 s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from keylife.orphan import Clients, code_of
from keylife.systems.aws_answers import aws_errors, request_id_of, stated, unclear
from keylife.systems.copies import Copied, copies, texts_in
from keylife.systems.state import open_text, place_of
from keylife.systems.system import (
    Answer,
    Holding,
    Material,
    Resource,
    Step,
    Surroundings,
    Verdict,
)

WINDOW = 10.0
"""Seconds. AWS names no bound: taken as IAM's."""

_BEHIND = "Parameter Store keeps the last 100 values of a parameter, and none can be deleted alone"


def _delete(holding: Holding, clients: Clients) -> str:
    ssm = clients.aws("ssm")
    tags = _tags(ssm, holding)
    if tags is None:
        return "no such parameter"
    if whose := _stays(tags, holding):
        return f"left alone: {whose}"
    try:
        ssm.delete_parameter(Name=holding.facts["name"])
    except ssm.exceptions.ParameterNotFound:
        return "no such parameter"
    return "deleted, with its history"


def _tags(ssm: Any, holding: Holding) -> Mapping[str, str] | None:
    """What says whose the parameter is; None if there is none."""
    name = holding.facts["name"]
    try:
        listed = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)
    except ssm.exceptions.InvalidResourceId:
        return None
    return {tag["Key"]: tag["Value"] for tag in stated(listed, "TagList")}


def _stays(tags: Mapping[str, str], holding: Holding) -> str:
    """Whose it is in words, if it is of nothing that ends; empty if it is."""
    if tags.get("keylife:key") != holding.key:
        return "another key's parameter is there"
    version = tags.get("keylife:version", "")
    if version in holding.facts["ending"].split():
        return ""
    return f"the current value is of version {version}"


class SsmParameter(Copied):
    """A parameter."""

    name: ClassVar[str] = "ssm-parameter"
    types: ClassVar[frozenset[str]] = frozenset({"aws:ssm/parameter:Parameter"})
    steps: ClassVar[Sequence[Step]] = (Step("delete", _delete),)

    def holdings(self, resource: Resource, around: Surroundings) -> Iterable[Holding]:
        """One for each version that the parameter holds, or held before."""
        told = open_text(resource, "inputs", "tags", "keylife:version")
        return copies(
            self.name,
            resource,
            around,
            place=place_of(resource),
            facts={"name": open_text(resource, "inputs", "name")},
            window=WINDOW,
            current=int(told) if told.isdigit() else None,
            weak_behind=_BEHIND,
        )

    def use(self, holding: Holding, material: Material, clients: Clients) -> Answer:
        """Read the parameter as a consumer does."""
        return self.look(holding, clients)

    def look(self, holding: Holding, clients: Clients) -> Answer:
        """Read it, and what says whose it is."""
        try:
            ssm = clients.aws("ssm")
            told = ssm.get_parameter(Name=holding.facts["name"], WithDecryption=False)
            tags = _tags(ssm, holding)
        except aws_errors() as error:
            answer = unclear(error)
            gone = code_of(error) == "ParameterNotFound"
            return replace(answer, verdict=Verdict.REFUSED) if gone else answer
        request = request_id_of(told)
        if tags is None:
            return Answer(Verdict.UNCLEAR, "200, and then no such parameter", request)
        whose = _stays(tags, holding)
        if not whose:
            return Answer(Verdict.ACCEPTED, "200: the parameter stands", request)
        if holding.weak:
            return Answer(Verdict.POWERLESS, f"200: {whose}, a history may stand", request)
        return Answer(Verdict.REFUSED, f"200: {whose}", request)

    def read_copy(self, holding: Holding, clients: Clients) -> Material:
        """The value, if it says that it is the version's."""
        ssm = clients.aws("ssm")
        tags = _tags(ssm, holding) or {}
        mine = tags.get("keylife:version") == str(holding.version)
        if not mine or tags.get("keylife:key") != holding.key:
            return {}
        found = ssm.get_parameter(Name=holding.facts["name"], WithDecryption=True)
        return texts_in(found["Parameter"]["Value"])
