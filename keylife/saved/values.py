"""From the values in a saved file to plain ones.

A value that is a secret, or that is known only after the deploy, is :data:`UNKNOWN`: this gate
shows neither to a rule, so a TTL that is wrapped as a secret is one that nobody can review.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keylife.compliance.unknown import UNKNOWN

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Marks a wrapped value in a state or a plan: a secret, an asset, a reference.

Source: pulumi/sdk, go/common/resource/sig/sig.go.
"""

_HIDDEN = "[secret]"
"""What a preview writes in the place of a secret."""

_COMPUTED = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # text
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # true or false
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # list
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # mapping
    }
)
"""What is written in the place of a value that is known only after the deploy.

Source: pulumi/sdk, go/common/resource/plugin/rpc.go.
"""

_DEEPEST = 64
"""Levels; what is nested deeper is in no property that a rule needs."""

_OF_THE_BRIDGE = ("__defaults", "__meta")
"""What a bridged provider adds to inputs."""


def plain_inputs(inputs: object) -> dict[str, object]:
    """A resource's inputs as rules read them; empty for what is no mapping."""
    if not isinstance(inputs, Mapping):
        return {}
    return {name: plain(value) for name, value in inputs.items() if name not in _OF_THE_BRIDGE}


def plain(value: Any, depth: int = 0) -> object:
    """One value; whole numbers are integers, as everywhere in keylife's rules."""
    if isinstance(value, str):
        return UNKNOWN if value == _HIDDEN or value in _COMPUTED else value
    if isinstance(value, Mapping | list) and depth < _DEEPEST:
        if isinstance(value, list):
            return [plain(entry, depth + 1) for entry in value]
        if SIGNATURE not in value:
            return {name: plain(entry, depth + 1) for name, entry in value.items()}
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    return UNKNOWN


def is_secret(value: object) -> bool:
    """Whether an output is kept as a secret."""
    return value == _HIDDEN or (isinstance(value, Mapping) and SIGNATURE in value)


def is_hidden(value: object) -> bool:
    """Whether an output shows nothing: it is a secret, or not known before the deploy."""
    return is_secret(value) or (isinstance(value, str) and value in _COMPUTED)
