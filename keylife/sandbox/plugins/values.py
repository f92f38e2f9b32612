"""Property values at the border between the Pulumi engine and a resource type.

Plain Python on this side: ``None``, ``bool``, ``int``, ``float``, ``str``, ``list``, ``dict``,
plus ``Secret`` and ``UNKNOWN``. On the wire the engine uses ``google.protobuf.Struct`` with
signed objects for what JSON cannot say.

Source of the signatures: pulumi/pulumi, sdk/go/common/resource/sig/sig.go, and
sdk/go/common/resource/plugin/rpc.go for the sentinel that stands for an unknown value.
"""

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf import struct_pb2  # type: ignore[import-untyped]

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a marker, no secret
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_SENTINEL: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

Values = dict[str, Any]
"""Properties by name."""


class Unknown:
    """The type of ``UNKNOWN``: a value that only the deploy will know."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


class Secret:
    """A value that must not be shown: neither ``repr`` nor ``str`` nor an f-string tells it.

    Two secrets are equal when their values are.
    """

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def reveal(self) -> Any:
        """The value itself; whoever asks takes care that it is not shown."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and bool(self._value == other._value)

    def __hash__(self) -> int:
        return hash((Secret, repr(self._value)))

    def __repr__(self) -> str:
        return "Secret(…)"


def reveal(value: Any) -> Any:
    """``value`` without its secret wrapping, if it has one."""
    return value.reveal() if isinstance(value, Secret) else value


def decode(struct: struct_pb2.Struct) -> Values:
    """The properties that ``struct`` carries.

    Raises ``ValueError`` on assets, archives and resource references.
    """
    return {name: _decode_value(value) for name, value in struct.fields.items()}


def encode(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """``values`` as the engine reads them."""
    struct = struct_pb2.Struct()
    for name, value in values.items():
        struct.fields[name].CopyFrom(_encode_value(value))
    return struct


def _decode_value(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _decode_object(value.struct_value)
    if kind == "list_value":
        return [_decode_value(item) for item in value.list_value.values]
    if kind == "string_value":
        return UNKNOWN if value.string_value == UNKNOWN_SENTINEL else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    return None


def _decode_object(struct: struct_pb2.Struct) -> Any:
    signature = struct.fields.get(SIGNATURE)
    if signature is None:
        return decode(struct)
    if signature.string_value == SECRET_SIGNATURE:
        return Secret(_decode_value(struct.fields["value"]))
    if signature.string_value == OUTPUT_SIGNATURE:
        known = "value" in struct.fields
        value = _decode_value(struct.fields["value"]) if known else UNKNOWN
        return Secret(value) if struct.fields["secret"].bool_value else value
    raise ValueError("assets, archives and resource references are no inputs of this provider")


def _encode_value(value: Any) -> struct_pb2.Value:
    if isinstance(value, Secret):
        value = {SIGNATURE: SECRET_SIGNATURE, "value": value.reveal()}
    elif value is UNKNOWN:
        value = UNKNOWN_SENTINEL
    # A boolean is a number to Python, so it is looked at first.
    match value:
        case None:
            return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
        case bool():
            return struct_pb2.Value(bool_value=value)
        case int() | float():
            return struct_pb2.Value(number_value=value)
        case str():
            return struct_pb2.Value(string_value=value)
        case Mapping():
            return struct_pb2.Value(struct_value=encode(value))
        case list() | tuple():
            items = [_encode_value(item) for item in value]
            return struct_pb2.Value(list_value=struct_pb2.ListValue(values=items))
    raise TypeError(f"no property value: {type(value).__name__}")
