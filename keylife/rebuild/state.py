"""The state that a stack would have, written down from what its program declares.

The program itself says which resources stand for a ledger, with which inputs, parents and
dependencies: it is run against an engine that makes nothing. That engine asks the issuers what
is there, so that ids and read-back values go from one resource into the next as in a real run.
"""

from __future__ import annotations

import asyncio
import json
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import pulumi
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockMonitor, MockResourceArgs, Mocks, set_mocks
from pulumi.runtime.stack import run_pulumi_func

from keylife.compliance.tokens import CURRENT, VERSION
from keylife.rebuild.standing import Standing

_SIGNATURE, _SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"
"""Mark a wrapped value in a state, and a secret among them.

Source: pulumi/sdk, go/common/resource/sig/sig.go.
"""

_STACK = "pulumi:pulumi:Stack"
_PROVIDERS = "pulumi:providers:"


@dataclass(frozen=True)
class Declared:
    """A resource that the program declares."""

    type: str
    name: str
    provider: str
    """URN and id."""

    inputs: Mapping[str, Any] = field(repr=False)
    """With secrets in the clear; of one that is only read, its id alone."""


Look = Callable[[Declared], Standing | None]
"""Whether a resource stands at its issuer, and as what."""


@dataclass(frozen=True)
class StackName:
    """Which stack."""

    organization: str
    project: str
    stack: str

    def urn(self, types: str, name: str) -> str:
        """The URN of a resource, its own and its parents' types joined by ``$``."""
        return f"urn:pulumi:{self.stack}::{self.project}::{types}::{name}"


@dataclass
class Written:
    """A state's resources, in an order in which nothing comes before what it needs."""

    resources: list[dict[str, Any]] = field(default_factory=list, repr=False)
    """With secrets in the clear."""

    missing: list[str] = field(default_factory=list)
    """The URNs of what the program declares and no issuer has."""


class _Request(Protocol):
    """What the SDK asks of an engine, as far as it is written down."""

    type: str
    name: str
    id: str
    parent: str
    custom: bool
    object: Any
    dependencies: Iterable[str]
    propertyDependencies: Mapping[str, Any]
    protect: bool
    provider: str
    version: str
    additionalSecretOutputs: Iterable[str]
    deletedWith: str
    hooks: Any


def write_down(
    name: StackName, config: Mapping[str, str], look: Look, program: Callable[[], object]
) -> Written:
    """Run a program and write down what stands.

    Args:
        name: of the stack.
        config: the stack's, without secrets.
        look: asks the issuers.
        program: declares the resources.
    """
    monitor = _Scribe(name, config, look)

    def declared() -> None:
        program()

    async def run() -> None:
        set_mocks(
            monitor.mocks,
            project=name.project,
            stack=name.stack,
            organization=name.organization,
            preview=False,
            monitor=monitor,
        )
        pulumi.runtime.set_all_config(dict(config))
        await run_pulumi_func(declared)

    asyncio.run(run())
    return monitor.written


def without(written: Written, excluded: Callable[[Mapping[str, Any]], bool]) -> Written:
    """Leave resources out, and whatever hangs below them; nothing points at them afterwards."""
    gone: set[str] = set()
    kept = []
    for resource in written.resources:
        if excluded(resource) or resource.get("parent") in gone:
            gone.add(resource["urn"])
        else:
            kept.append(resource)
    return Written(_without_dangling(kept), written.missing)


def version_of(resource: Mapping[str, Any], key: str, number: int) -> bool:
    """Whether a resource is a version of a key, or tells which one is current."""
    if resource["type"] not in (VERSION, CURRENT):
        return False
    inputs = resource["inputs"]
    return (inputs["key"], int(inputs["version"])) == (key, number)


class _Nowhere(Mocks):
    def call(self, args: Any) -> tuple[dict[str, Any], None]:
        return {}, None

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        raise NotImplementedError  # the scribe answers


class _Answer(threading.local):
    """What this thread last found of a resource: the SDK registers several at a time."""

    latest: tuple[str, dict[str, Any]] = ("", {})


class _Scribe(MockMonitor):
    """An engine that makes nothing, and writes down what it would have made."""

    def __init__(self, name: StackName, config: Mapping[str, str], look: Look) -> None:
        super().__init__(_Nowhere())
        self.written = Written()
        self._name = name
        self._config = config
        self._look = look
        self._lock = threading.Lock()
        self._defaults: set[str] = set()
        self._answers = _Answer()
        self.mocks.new_resource = lambda args: self._answers.latest  # type: ignore[method-assign]

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """With the types of all parents, as the real engine has it; providers stand alone."""
        types = parent.split("::")[2] if parent else _STACK
        alone = types == _STACK or type_.startswith(_PROVIDERS)
        return self._name.urn(type_ if alone else f"{types}${type_}", name)

    def RegisterResource(self, request: _Request) -> Any:
        """Write it down if it stands, and answer as if it did in any case."""
        inputs = _plain(rpc.deserialize_properties(request.object, True))
        urn = self.make_urn(request.parent, request.type, request.name)
        entry: dict[str, Any] = {"urn": urn, "custom": request.custom, "type": request.type}
        if request.type == _STACK:
            self.written.resources.append(entry)
        elif not request.custom:
            self._answers.latest = ("", {})
            self.written.resources.append({**entry, "inputs": inputs, **_relations(request)})
        elif request.type.startswith(_PROVIDERS):
            self._answers.latest = (_made_up_id(urn), _open(inputs))
            inputs["version"] = request.version
            self.written.resources.append(
                {**entry, "id": _made_up_id(urn), "inputs": inputs, "outputs": inputs}
            )
        else:
            self._write_custom(request, entry, inputs)
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]  # of the SDK

    def ReadResource(self, request: _Request) -> Any:
        """Write down what the program only looks up, and answer with what stands."""
        provider = request.provider or self._default_provider(request)
        declared = Declared(request.type, request.name, provider, {"id": request.id})
        standing = self._look(declared)
        urn = self.make_urn(request.parent, request.type, request.name)
        if standing is None:
            self.written.missing.append(urn)
            self._answers.latest = ("nowhere", {})
        else:
            outputs = {**standing.outputs, "id": standing.id}
            self._answers.latest = (standing.id, outputs)
            self.written.resources.append(
                {
                    "urn": urn,
                    "custom": True,
                    "external": True,
                    "type": request.type,
                    "id": standing.id,
                    "inputs": {},
                    "outputs": outputs,
                    "parent": request.parent,
                    "provider": provider,
                }
            )
        return super().ReadResource(request)  # type: ignore[no-untyped-call]  # of the SDK

    def _write_custom(
        self, request: _Request, entry: dict[str, Any], inputs: dict[str, Any]
    ) -> None:
        provider = request.provider or self._default_provider(request)
        declared = Declared(request.type, request.name, provider, _open(inputs))
        standing = self._look(declared)
        if standing is None:
            self.written.missing.append(entry["urn"])
            self._answers.latest = ("nowhere", _open(inputs))
            return
        inputs = {
            **inputs,
            **standing.inputs,
            **{name: _sealed(value) for name, value in standing.secret_inputs.items()},
        }
        outputs = {
            **inputs,
            **standing.outputs,
            **{name: _sealed(value) for name, value in standing.secrets.items()},
            "id": standing.id,
        }
        self._answers.latest = (standing.id, _open(outputs))
        self.written.resources.append(
            {
                **entry,
                "id": standing.id,
                "inputs": inputs,
                "outputs": outputs,
                "provider": provider,
                "additionalSecretOutputs": list(request.additionalSecretOutputs),
                **_relations(request),
            }
        )

    def _default_provider(self, request: _Request) -> str:
        """The one that the engine makes by itself for resources that name none."""
        package = request.type.partition(":")[0]
        # dynamic providers have no version
        own = f"default_{request.version.replace('.', '_')}" if request.version else "default"
        urn = self._name.urn(f"{_PROVIDERS}{package}", own)
        reference = f"{urn}::{_made_up_id(urn)}"
        said = {
            name.partition(":")[2]: value
            for name, value in self._config.items()
            if name.startswith(f"{package}:")
        }
        inputs = {**said, **({"version": request.version} if request.version else {})}
        entry = {
            "urn": urn,
            "custom": True,
            "id": _made_up_id(urn),
            "type": f"{_PROVIDERS}{package}",
            "inputs": inputs,
            "outputs": inputs,
        }
        with self._lock:  # once, whichever resource asks for it first
            if urn not in self._defaults:
                self._defaults.add(urn)
                self.written.resources.append(entry)
        return reference


def export_with(export: Mapping[str, Any], written: Written) -> dict[str, Any]:
    """An empty stack's export with these resources, as `pulumi stack import` takes it."""
    resources = sorted(  # stable: the stack and the providers come before whatever needs them
        _without_dangling(written.resources),
        key=lambda entry: (entry["type"] != _STACK, not entry["type"].startswith(_PROVIDERS)),
    )
    return {
        **export,
        "version": 4,
        "features": ["hooks"],
        "deployment": {**export["deployment"], "resources": resources},
    }


def _without_dangling(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    there = {entry["urn"] for entry in resources}
    return [
        {
            **entry,
            **(
                {"dependencies": [u for u in entry["dependencies"] if u in there]}
                if "dependencies" in entry
                else {}
            ),
            **(
                {
                    "propertyDependencies": {
                        name: [u for u in urns if u in there]
                        for name, urns in entry["propertyDependencies"].items()
                    }
                }
                if "propertyDependencies" in entry
                else {}
            ),
        }
        for entry in resources
    ]


def _relations(request: _Request) -> dict[str, Any]:
    hooks = {
        "".join(word.capitalize() for word in kind.name.split("_")): list(names)
        for kind, names in (request.hooks.ListFields() if request.hooks else ())
    }
    return {
        "parent": request.parent,
        "dependencies": sorted(request.dependencies),
        "propertyDependencies": {
            name: sorted(found.urns) for name, found in request.propertyDependencies.items()
        },
        **({"protect": True} if request.protect else {}),
        **({"deletedWith": request.deletedWith} if request.deletedWith else {}),
        **({"resourceHooks": hooks} if hooks else {}),
    }


def _made_up_id(urn: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, urn))


def _sealed(value: str) -> dict[str, str]:
    """A secret on its way into the state, which the import encrypts."""
    return {_SIGNATURE: _SECRET, "plaintext": json.dumps(value)}


def _plain(values: Any) -> Any:
    """Values as a state writes them: whole numbers whole, secrets with their plaintext."""
    if isinstance(values, dict):
        if values.get(_SIGNATURE) == _SECRET:
            return {_SIGNATURE: _SECRET, "plaintext": json.dumps(_open(values["value"]))}
        return {name: _plain(value) for name, value in values.items()}
    if isinstance(values, list):
        return [_plain(value) for value in values]
    if isinstance(values, float) and values.is_integer():
        return int(values)
    return values


def _open(values: Any) -> Any:
    """Values as a program sees them."""
    if isinstance(values, dict):
        if values.get(_SIGNATURE) == _SECRET:
            return json.loads(values["plaintext"]) if "plaintext" in values else values["value"]
        return {name: _open(value) for name, value in values.items()}
    return [_open(value) for value in values] if isinstance(values, list) else values
