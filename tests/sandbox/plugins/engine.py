"""The engine's part of the conversation with a plugin, over a real connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc  # type: ignore[import-untyped]  # no stubs among the locked packages
from pulumi.runtime.proto import provider_pb2, status_pb2
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from keylife.sandbox.plugins.values import Values, decode, encode, reveal


class RefusedInputsError(Exception):
    """The plugin's check found something."""


@dataclass
class Deployed:
    """A resource as the stack's state holds it."""

    token: str
    id: str
    inputs: Values
    outputs: Values

    def __getitem__(self, name: str) -> Any:
        return reveal(self.outputs[name])

    @property
    def plain(self) -> Values:
        """The outputs as the engine sends them to a plugin that takes no secrets."""
        return {name: reveal(value) for name, value in self.outputs.items()}


class Engine:
    """Deploys one resource at a time, as a program's stack would."""

    def __init__(self, plugin: ResourceProviderStub) -> None:
        self.plugin = plugin

    def configure(self, **config: str) -> None:
        """Start up, with the configuration of the program's provider."""
        checked = self.plugin.CheckConfig(
            provider_pb2.CheckRequest(urn=_urn("pulumi:providers:x"), news=encode(config))
        )
        if checked.failures:
            raise RefusedInputsError(*(failure.reason for failure in checked.failures))
        self.plugin.Configure(provider_pb2.ConfigureRequest(args=checked.inputs))

    def check(self, token: str, news: Values, olds: Values | None = None) -> Values:
        """The inputs as they go into the state."""
        answer = self.plugin.Check(
            provider_pb2.CheckRequest(
                urn=_urn(token), news=encode(news), olds=encode(olds or {}), randomSeed=b"seed"
            )
        )
        if answer.failures:
            raise RefusedInputsError(*(failure.reason for failure in answer.failures))
        return decode(answer.inputs)

    def create(self, token: str, *, preview: bool = False, **news: Any) -> Deployed:
        """Make a resource."""
        inputs = self.check(token, news)
        answer = self.plugin.Create(
            provider_pb2.CreateRequest(
                urn=_urn(token), properties=encode(_plain(inputs)), preview=preview
            )
        )
        return Deployed(token, answer.id, inputs, decode(answer.properties))

    def diff(self, it: Deployed, **news: Any) -> provider_pb2.DiffResponse:
        """What new inputs would change."""
        inputs = self.check(it.token, news, it.inputs)
        answer: provider_pb2.DiffResponse = self.plugin.Diff(
            provider_pb2.DiffRequest(**_old_and_new(it, inputs))
        )
        return answer

    def update(self, it: Deployed, **news: Any) -> Deployed:
        """Change a resource in place."""
        inputs = self.check(it.token, news, it.inputs)
        answer = self.plugin.Update(provider_pb2.UpdateRequest(**_old_and_new(it, inputs)))
        return Deployed(it.token, it.id, inputs, decode(answer.properties))

    def refresh(self, it: Deployed) -> Deployed | None:
        """The resource as it is now, ``None`` when it is gone."""
        answer = self.plugin.Read(
            provider_pb2.ReadRequest(
                id=it.id,
                urn=_urn(it.token),
                properties=encode(it.plain),
                inputs=encode(_plain(it.inputs)),
            )
        )
        if not answer.id:
            return None
        return Deployed(it.token, answer.id, decode(answer.inputs), decode(answer.properties))

    def delete(self, it: Deployed) -> None:
        """Take a resource away."""
        self.plugin.Delete(
            provider_pb2.DeleteRequest(id=it.id, urn=_urn(it.token), properties=encode(it.plain))
        )


def left_behind(error: grpc.RpcError) -> provider_pb2.ErrorResourceInitFailed | None:
    """What a failed call tells the engine to keep."""
    for key, value in error.trailing_metadata():
        if key == "grpc-status-details-bin":
            status = status_pb2.Status.FromString(value)
            kept = provider_pb2.ErrorResourceInitFailed()
            assert status.details[0].Unpack(kept)
            return kept
    return None


def _old_and_new(it: Deployed, inputs: Values) -> dict[str, Any]:
    return {
        "id": it.id,
        "urn": _urn(it.token),
        "olds": encode(it.plain),
        "news": encode(_plain(inputs)),
        "old_inputs": encode(_plain(it.inputs)),
    }


def _urn(token: str) -> str:
    return f"urn:pulumi:stack::project::{token}::it"


def _plain(values: Values) -> Values:
    return {name: reveal(value) for name, value in values.items()}
