"""What differs between a state and new inputs, and what a deploy would make of it.

Source: terraform-plugin-sdk v2, helper/schema, ``schemaMap.diff`` (what counts as a change), and
pulumi/pulumi-terraform-bridge, pkg/tfbridge/detailed_diff.go (how it is told to the engine).
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

from keylife.sandbox.plugins.inputs import DEFAULTS
from keylife.sandbox.plugins.schema import STRING, Field, Fields
from keylife.sandbox.plugins.values import UNKNOWN, Values, reveal

ChangeKind = Literal["add", "delete", "update"]


@dataclass(frozen=True)
class Change:
    """One changed property."""

    kind: ChangeKind
    replaces: bool
    """Whether the resource must be replaced for it."""


@dataclass(frozen=True)
class Diff:
    """All changes, by path (``tags.owner``, ``policies[0]``)."""

    changes: Mapping[str, Change]
    delete_before_replace: bool = False

    @property
    def replaces(self) -> bool:
        """Whether the resource must be replaced."""
        return any(change.replaces for change in self.changes.values())


def diff(fields: Fields, state: Values, news: Values, ignored: Collection[str] = ()) -> Diff:
    """What ``news`` would change in ``state``; secrets are compared by value.

    ``ignored`` are the paths of the program's ``ignore_changes``.
    """
    changes = dict(_changes(fields, state, news, ""))
    kept = {
        path: change
        for path, change in changes.items()
        if path not in ignored and top_level(path) not in ignored
    }
    return Diff(kept)


def top_level(path: str) -> str:
    """The property that ``path`` leads into."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def _changes(
    fields: Fields, state: Mapping[str, Any], news: Mapping[str, Any], at: str
) -> Iterable[tuple[str, Change]]:
    for name, field in fields.items():
        if field.is_input:
            old, new = reveal(state.get(name)), reveal(news.get(name))
            yield from _field_changes(field, old, new, at + name)


def _field_changes(field: Field, old: Any, new: Any, at: str) -> Iterable[tuple[str, Change]]:
    if new is None:
        if field.computed:
            return
        new = field.default
    new = field.in_state(new)
    if _same(field, old, new) or (field.suppress and field.suppress(old, new)):
        return
    if not _present(old) or not _present(new) or new is UNKNOWN:
        yield at, Change(_kind(old, new), field.force_new)
    elif field.kind == "object" and field.fields:
        yield from _changes(field.fields, old, new, at + ".")
    elif field.kind in _ELEMENT_CHANGES:
        for path, kind in _ELEMENT_CHANGES[field.kind](old, new):
            yield at + path, Change(kind, field.force_new)
    else:
        yield at, Change("update", field.force_new)


def _same(field: Field, old: Any, new: Any) -> bool:
    if new is None:
        # Left out and not computed: the same as the zero value, which is what it would become.
        return not old
    if not _present(old) and not _present(new):
        return True
    if field.kind == "string":
        return bool(_text(old) == _text(new))
    if field.kind == "set":
        return sorted(map(repr, old or ())) == sorted(map(repr, new or ()))
    if field.kind == "map" and isinstance(old, Mapping) and isinstance(new, Mapping):
        return _entries(field, old) == _entries(field, new)
    return bool(old == new)


def _present(value: Any) -> bool:
    return value is not None and value not in ([], {})


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return value if value is UNKNOWN else str("" if value is None else value)


def _entries(field: Field, value: Mapping[str, Any]) -> dict[str, Any]:
    text = (field.elements or STRING).kind == "string"
    return {key: _text(item) if text else item for key, item in value.items() if key != DEFAULTS}


def _kind(old: Any, new: Any) -> ChangeKind:
    if not _present(old):
        return "add"
    return "update" if _present(new) else "delete"


def _list_changes(old: list[Any], new: list[Any]) -> Iterable[tuple[str, ChangeKind]]:
    for index, (before, after) in enumerate(zip_longest(old, new)):
        if before != after:
            yield f"[{index}]", _kind(before, after)


def _set_changes(old: list[Any], new: list[Any]) -> Iterable[tuple[str, ChangeKind]]:
    for index, item in enumerate(old):
        if item not in new:
            yield f"[{index}]", "delete"
    for index, item in enumerate(new):
        if item not in old:
            yield f"[{index}]", "add"


def _map_changes(
    old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterable[tuple[str, ChangeKind]]:
    for key in sorted(old.keys() | new.keys()):
        before, after = old.get(key), new.get(key)
        if key != DEFAULTS and before != after:
            simple = re.fullmatch(r"[A-Za-z_$][\w$]*", key)
            yield f".{key}" if simple else f'["{key}"]', _kind(before, after)


_ELEMENT_CHANGES: Mapping[str, Callable[[Any, Any], Iterable[tuple[str, ChangeKind]]]] = {
    "list": _list_changes,
    "set": _set_changes,
    "map": _map_changes,
}


def planned(fields: Fields, news: Mapping[str, Any], state: Values | None = None) -> Values:
    """The outputs that a deploy of ``news`` would give, as far as they are known before it.

    Without ``state`` the resource is new and what the system fills in is unknown; with it, what
    does not change stays what it was.
    """
    return {
        name: _planned_value(
            field, news.get(name), None if state is None else state.get(name), state
        )
        for name, field in fields.items()
    }


def _planned_value(field: Field, new: Any, old: Any, state: Values | None) -> Any:
    if new is None and (field.output or field.computed):
        return UNKNOWN if state is None else old
    if new is None:
        changed = state is None or any(_field_changes(field, reveal(old), None, ""))
        return field.default if changed else old
    if isinstance(new, Mapping) and field.fields:
        return planned(field.fields, new, old if isinstance(old, dict) else None)
    if isinstance(new, Mapping):
        return {key: item for key, item in new.items() if key != DEFAULTS}
    return field.in_state(new)


def settled(fields: Fields, hoped: Mapping[str, Any], found: Mapping[str, Any]) -> Values:
    """The state after a deploy that planned ``hoped`` and read ``found``.

    The plugin SDK keeps the two consistent: an empty collection stays as absent as it was planned,
    a set stays as it was written, and a value that is not read back is taken on trust.

    Source: terraform-plugin-sdk v2, helper/schema/grpc_provider.go, ``normalizeNullValues``.
    """
    return {
        **found,
        **{
            name: _settled_value(field, hoped.get(name), found.get(name))
            for name, field in fields.items()
        },
    }


def _settled_value(field: Field, hoped: Any, found: Any) -> Any:
    if hoped is UNKNOWN:
        return found
    if field.kind in _ELEMENT_CHANGES and not reveal(found) and not reveal(hoped):
        return hoped
    if hoped is not None and (field.kind == "set" or found is None):
        return hoped
    return found
