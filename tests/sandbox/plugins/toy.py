"""A plugin with one resource type, that fails on demand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from keylife.sandbox.plugins.errors import PartialCreateError, PluginError
from keylife.sandbox.plugins.resource import Found, Provider, ResourceType
from keylife.sandbox.plugins.schema import Field, Fields
from keylife.sandbox.plugins.values import Secret, Values

THING = "toy:index/thing:Thing"


class Thing(ResourceType):
    token = THING
    name_property = "name"
    fields: ClassVar[Fields] = {
        "name": Field(autoname=True, force_new=True),
        "size": Field(kind="integer"),
        "wish": Field(),
        "key": Field(output=True, secret=True),
    }

    def __init__(self) -> None:
        self.calls: list[str] = []

    def create(self, news: Values) -> Found:
        self.calls.append("create")
        if news.get("wish") == "fail":
            raise PluginError("the system said no")
        state = {**news, "key": Secret("hunter2")}
        if news.get("wish") == "break":
            raise ValueError(f"cannot read {state['key'].reveal()}")
        if news.get("wish") == "fail half-way":
            raise PartialCreateError("half of it is missing", "thing-1", state)
        return Found("thing-1", state)

    def read(self, id_: str, state: Values) -> Found | None:
        self.calls.append("read")
        return Found(id_, {**state, "size": 7}) if id_ == "thing-1" else None

    def update(self, id_: str, news: Values, state: Values) -> Found:
        self.calls.append("update")
        if news.get("wish") == "fail":
            raise PluginError("the system said no")
        return Found(id_, {**state, **news})

    def delete(self, id_: str, state: Values) -> None:
        self.calls.append("delete")
        if state.get("wish") == "stay":
            raise PluginError("it stays")


class Toy(Provider):
    name = "toy"
    version = "1.2.3"
    config: ClassVar[Fields] = {"where": Field()}

    def __init__(self) -> None:
        self.thing = Thing()

    @property
    def resources(self) -> Mapping[str, ResourceType]:
        return {THING: self.thing}

    def configure(self, config: Values) -> None:
        if config.get("where") == "nowhere":
            raise PluginError("there is no nowhere")
