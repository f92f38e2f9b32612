"""Recorded calls made again, on the stand-in, and every difference in its answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]  # no stubs among the locked packages
from google.protobuf import json_format  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from keylife.sandbox.plugins.protocol import make_server
from keylife.sandbox.plugins.resource import Provider
from tests.conformance.substitution import Substitution

REQUESTS = {
    "CheckConfig": provider_pb2.CheckRequest,
    "DiffConfig": provider_pb2.DiffRequest,
    "Configure": provider_pb2.ConfigureRequest,
    "Check": provider_pb2.CheckRequest,
    "Diff": provider_pb2.DiffRequest,
    "Create": provider_pb2.CreateRequest,
    "Read": provider_pb2.ReadRequest,
    "Update": provider_pb2.UpdateRequest,
    "Delete": provider_pb2.DeleteRequest,
}
UNORDERED = frozenset({"diffs", "replaces", "stables", "__defaults"})
"""Lists whose order the bridge leaves to chance."""

MISSING = "(nothing)"

Trace = list[dict[str, Any]]


@dataclass(frozen=True)
class Difference:
    """One place where the stand-in answers otherwise than the real plugin did."""

    trace: str
    method: str
    resource: str
    """The resource's name in the recorded program."""

    path: str
    recorded: Any
    actual: Any

    def __str__(self) -> str:
        return (
            f"{self.trace}: {self.method} {self.resource}: {self.path}: "
            f"recorded {self.recorded!r}, answered {self.actual!r}"
        )


def read_trace(path: Path) -> Trace:
    """The calls of one recording, in their order."""
    return [json.loads(line) for line in path.read_text().splitlines()]


@contextmanager
def served(provider: Provider) -> Iterator[ResourceProviderStub]:
    """A client of ``provider``, over a real connection."""
    server, port = make_server(provider)
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield ResourceProviderStub(channel)
    finally:
        server.stop(grace=None).wait()


class Replay:
    """Replays traces of one story, one after the other; what they make carries over."""

    def __init__(self, known: Mapping[str, str], make: Callable[[str], Provider]) -> None:
        self.substitution = Substitution(dict(known))
        self.providers: dict[str, Provider] = {}
        """The configured providers of the last trace, by the name in its program."""

        self._make = make

    def run(
        self, name: str, trace: Trace, routes: Mapping[str, str] | None = None
    ) -> list[Difference]:
        """Make each call of ``trace`` again.

        Args:
            name: what to call the trace in a difference.
            trace: the recorded calls.
            routes: the provider that serves a resource, by name, where a program has several.
        """
        differences: list[Difference] = []
        clients: dict[str, ResourceProviderStub] = {}
        self.providers = {}
        with ExitStack() as running:
            for call in trace:
                request, method = call["request"], call["method"]
                if "Config" in method:
                    # Each process of the real plugin serves one provider of the program.
                    provider = request["name"]
                    if provider not in clients:
                        self.providers[provider] = self._make(name)
                        clients[provider] = running.enter_context(served(self.providers[provider]))
                else:
                    provider = (routes or {}).get(request["name"], next(iter(clients)))
                answer = self._call(clients[provider], method, request)
                recorded = {key: call[key] for key in ("response", "errors") if key in call}
                for path, ours, theirs in self._differences(recorded, answer, ""):
                    differences.append(
                        Difference(name, method, request["name"], path, ours, theirs)
                    )
        return differences

    def _call(
        self, client: ResourceProviderStub, method: str, request: dict[str, Any]
    ) -> dict[str, Any]:
        message = json_format.ParseDict(self.substitution.actual(request), REQUESTS[method]())
        try:
            response = getattr(client, method)(message)
        except grpc.RpcError as error:
            code = error.code().name.title()
            return {"errors": [f"rpc error: code = {code} desc = {error.details()}"]}
        return {"response": json_format.MessageToDict(response)}

    def _differences(self, recorded: Any, actual: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
        if isinstance(recorded, dict) and isinstance(actual, dict):
            for key in sorted(recorded.keys() | actual.keys()):
                ours, theirs = recorded.get(key, MISSING), actual.get(key, MISSING)
                if key in UNORDERED and MISSING not in (ours, theirs):
                    ours, theirs = sorted(ours), sorted(theirs)
                yield from self._differences(ours, theirs, f"{path}.{key}" if path else key)
        elif isinstance(recorded, list) and isinstance(actual, list):
            if len(recorded) != len(actual):
                yield path, recorded, actual
            for index, (ours, theirs) in enumerate(zip(recorded, actual, strict=False)):
                yield from self._differences(ours, theirs, f"{path}[{index}]")
        elif isinstance(recorded, str) and isinstance(actual, str):
            if not self.substitution.same(recorded, actual):
                yield path, recorded, actual
        elif type(recorded) is bool or type(actual) is bool:
            if recorded is not actual:
                yield path, recorded, actual
        elif recorded != actual:
            yield path, recorded, actual
