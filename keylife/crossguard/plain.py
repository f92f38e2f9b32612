"""From what Pulumi hands to a policy to plain values, without ever raising.

One access to an unknown value through the SDK's proxies aborts the policy, and the engine turns
its verdict from mandatory into an advisory: the preview then exits 0. So nothing else in keylife
touches these proxies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from keylife.compliance.unknown import UNKNOWN

_DEEPEST = 64
"""Levels; what is nested deeper is in no property that a rule needs."""


class PlainInputs(Mapping[str, object]):
    """A resource's inputs, each converted when it is asked for, and only then."""

    def __init__(self, inputs: Mapping[str, object]) -> None:
        self._inputs = inputs

    def __getitem__(self, name: str) -> object:
        return _item(self._inputs, name, 0)

    def __iter__(self) -> Iterator[str]:
        return iter(self._inputs)

    def __len__(self) -> int:
        return len(self._inputs)


def plain(value: object, depth: int = 0) -> object:
    """Mappings, sequences and scalars as Python's own; all else is :data:`UNKNOWN`.

    Numbers come as floats from the engine (``3600.0``); whole ones are made integers again.
    """
    if depth > _DEEPEST:
        return UNKNOWN
    if isinstance(value, Mapping):
        return {str(key): _item(value, key, depth + 1) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_item(value, index, depth + 1) for index in range(len(value))]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if value is None or isinstance(value, str | int | float):
        return value
    return UNKNOWN


def _item(container: Mapping[str, object] | Sequence[object], key: str | int, depth: int) -> object:
    try:
        value = container[key]  # type: ignore[index]
    except (KeyError, IndexError):
        raise
    except Exception:  # the SDK's UnknownValueError, or whatever a later SDK raises in its place
        return UNKNOWN
    return plain(value, depth)
