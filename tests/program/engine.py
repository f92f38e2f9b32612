"""A Pulumi engine in memory, on the SDK's mocks: it remembers every registration in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import pulumi
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockMonitor, MockResourceArgs, Mocks, set_mocks
from pulumi.runtime.stack import run_pulumi_func

T = TypeVar("T")

ACCESS_KEY = "aws:iam/accessKey:AccessKey"
API_KEY = "aws:apigateway/apiKey:ApiKey"
SERVICE_CREDENTIAL = "aws:iam/serviceSpecificCredential:ServiceSpecificCredential"
TOKEN = "vault:index/token:Token"
KV = "vault:kv/secretV2:SecretV2"
SECRET = "aws:secretsmanager/secret:Secret"
SECRET_VALUE = "aws:secretsmanager/secretVersion:SecretVersion"

_MINTED: Mapping[str, Mapping[str, str]] = {
    ACCESS_KEY: {"secret": "canary-secret-access-key"},
    API_KEY: {"value": "canary-api-key-value"},
    SERVICE_CREDENTIAL: {
        "serviceCredentialSecret": "canary-service-secret",
        "servicePassword": "canary-service-password",
        "serviceUserName": "billing-at-123456789012",
    },
    TOKEN: {"clientToken": "canary-client-token"},
    "vault:index/authBackend:AuthBackend": {"accessor": "auth_approle_mock"},
    "vault:pkiSecret/secretBackendCert:SecretBackendCert": {"issuingCa": "mock-issuing-ca"},
}
"""What an issuer adds to the inputs; the secrets in it are canaries."""

CANARIES = (
    "canary-secret-access-key",
    "canary-client-token",
    "canary-api-key-value",
    "canary-service-secret",
    "canary-service-password",
)


@dataclass(frozen=True)
class Registered:
    """One resource as the program registered it."""

    type: str
    name: str
    urn: str
    parent: str
    inputs: Mapping[str, Any]
    depends_on: frozenset[str]
    """URNs, of properties and of options."""

    protect: bool
    deleted_with: str
    """The URN of the resource that takes it along; empty if none does."""

    hooks: frozenset[str]
    secret_inputs: frozenset[str]
    provider: str = ""
    """The URN of an explicit provider, with an id behind it."""


class _Request(Protocol):
    type: str
    name: str
    parent: str
    object: Any
    dependencies: list[str]
    protect: bool
    deletedWith: str
    provider: str
    hooks: Any


class _Issuer(Mocks):
    def call(self, args: Any) -> tuple[dict[str, Any], None]:
        return {}, None

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return f"{args.name}-id", {**args.inputs, **_MINTED.get(args.typ, {})}


@dataclass
class Engine:
    """What was registered, in order."""

    preview: bool = False
    registered: list[Registered] = field(default_factory=list)

    def run(self, program: Callable[[], T]) -> T:
        """Run a program to its end, all of its resources registered."""
        answers: list[T] = []

        async def main() -> None:
            set_mocks(
                _Issuer(),
                project="keylife",
                stack="dev",
                organization="organization",
                preview=self.preview,
                monitor=_Monitor(self.registered),
            )
            await run_pulumi_func(lambda: answers.append(program()))

        asyncio.run(main())
        return answers[0]

    def one(self, kind: str, name: str) -> Registered:
        """The one resource of a type and name."""
        [found] = [r for r in self.registered if (r.type, r.name) == (kind, name)]
        return found

    def names(self, kind: str) -> list[str]:
        """The names of a type's resources, in the order of their registration."""
        return [r.name for r in self.registered if r.type == kind]

    def leads_to(self, later: Registered, earlier: Registered) -> bool:
        """Whether ``later`` waits for ``earlier``, directly or through others."""
        by_urn = {r.urn: r for r in self.registered}
        waiting, seen = {later.urn}, set[str]()
        while waiting:
            urn = waiting.pop()
            seen.add(urn)
            waiting |= {*by_urn[urn].depends_on} & {*by_urn} - seen
        return earlier.urn in seen - {later.urn}


class _Monitor(MockMonitor):
    def __init__(self, registered: list[Registered]) -> None:
        super().__init__(_Issuer())
        self._registered = registered

    def RegisterResource(self, request: _Request) -> Any:
        answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]  # of the SDK
        if request.type != "pulumi:pulumi:Stack":
            given = rpc.deserialize_properties(request.object)
            self._registered.append(
                Registered(
                    type=request.type,
                    name=request.name,
                    urn=answer.urn,
                    parent=request.parent,
                    inputs={name: _open(value) for name, value in given.items()},
                    depends_on=frozenset(request.dependencies),
                    protect=request.protect,
                    deleted_with=request.deletedWith,
                    provider=request.provider,
                    hooks=frozenset(
                        name
                        for _, names in (request.hooks.ListFields() if request.hooks else ())
                        for name in names
                    ),
                    secret_inputs=frozenset(
                        name for name, value in given.items() if _is_secret(value)
                    ),
                )
            )
        return answer


_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Source: pulumi/sdk, go/common/resource/sig/sig.go."""


def _is_secret(value: Any) -> bool:
    return isinstance(value, Mapping) and _SIGNATURE in value


def _open(value: Any) -> Any:
    return value["value"] if _is_secret(value) else value


def value_of(output: pulumi.Output[T]) -> Callable[[], T]:
    """Ask for an output's value once the program ran."""
    values: list[T] = []
    output.apply(values.append)
    return lambda: values[0]
