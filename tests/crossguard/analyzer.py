"""Asks a pack's policies as the engine does: through the SDK's own analyzer, proxies and all.

The SDK has no harness for tests, so this uses what its own tests use; private, hence only here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format  # type: ignore[import-untyped]  # it ships no types
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, Policy
from pulumi_policy.policy import _PolicyAnalyzerServicer
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

COMPUTED = UNKNOWN_STRING_VALUE
"""What the engine writes for a text that is known only after the deploy."""

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"


def secret(value: object) -> dict[str, object]:
    """A value that the program marked as a secret."""
    return {_SIGNATURE: _SECRET, "value": value}


@dataclass(frozen=True)
class Reported:
    """One thing a policy reported."""

    policy: str
    mandatory: bool
    message: str


class Analyzer:
    """A started pack."""

    def __init__(
        self,
        policies: Sequence[Policy],
        configuration: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self._servicer = _PolicyAnalyzerServicer(
            "keylife", "0.0.1", list(policies), EnforcementLevel.MANDATORY
        )
        if configuration is not None:
            request = analyzer_pb2.ConfigureAnalyzerRequest()
            for name, settings in configuration.items():
                request.policyConfig[name].enforcementLevel = analyzer_pb2.MANDATORY
                json_format.ParseDict(dict(settings), request.policyConfig[name].properties)
            self._servicer.Configure(request, None)  # type: ignore[no-untyped-call]

    def analyze(
        self,
        chain: str,
        inputs: Mapping[str, Any],
        *,
        name: str = "name",
        provider: Mapping[str, Any] | None = None,
        parent: str = "",
        protect: bool = False,
        aliases: Sequence[str] = (),
    ) -> list[Reported]:
        """What the policies report about one resource.

        Args:
            chain: the types of its ancestors and its own, as in a URN.
            inputs: its inputs; with ``COMPUTED`` and ``secret(…)`` as the engine writes them.
            provider: the inputs of its provider; None for a component.
        """
        request = analyzer_pb2.AnalyzeRequest(
            type=chain.rsplit("$", maxsplit=1)[-1], urn=urn(chain, name), name=name
        )
        json_format.Parse(json.dumps(inputs), request.properties)
        request.options.protect = protect
        request.options.aliases.extend(aliases)
        request.options.parent = parent
        if provider is not None:
            request.provider.type = "pulumi:providers:x"
            json_format.ParseDict(dict(provider), request.provider.properties)
        response = self._servicer.Analyze(request, None)  # type: ignore[no-untyped-call]
        return [
            Reported(d.policyName, d.enforcementLevel == analyzer_pb2.MANDATORY, d.message)
            for d in response.diagnostics
        ]


def urn(chain: str, name: str) -> str:
    """The URN of a resource of the test's stack."""
    return f"urn:pulumi:dev::project::{chain}::{name}"
