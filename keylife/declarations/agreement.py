"""Whether what is declared in different places fits together: ids, names, kinds, deliveries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from keylife.declarations.echo import did_you_mean, one_of, quoted, shown
from keylife.declarations.nodes import Path
from keylife.declarations.registry import Entry
from keylife.declarations.wording import Anchor
from keylife.deliveries import DELIVERIES
from keylife.errors import Fault
from keylife.kinds import KINDS
from keylife.kinds.importing import IMPORTS
from keylife.model.base import Model
from keylife.model.gateway import Gateway
from keylife.model.key import Key

M = TypeVar("M", bound=Model)
T = TypeVar("T")


Seen = dict[str, Entry[Any]]
"""What entries of the files before have, by what it is, for who asks file by file."""


def repeated_ids(
    entries: Iterable[Entry[Any]], title: str, seen: Seen | None = None
) -> Iterator[Fault]:
    """An id that stands twice; both places are named."""
    first = {} if seen is None else seen
    for entry in entries:
        name = entry.id
        if name is None:
            continue
        if name in first:
            yield from entry.complain(
                ("id",),
                f"there is a {title} {quoted(name)} already, at {first[name].reference}",
                "give this one another id, or remove one of the two",
            )
        else:
            first[name] = entry


def unknown_names(
    keys: Iterable[Entry[Key]], field: str, known: Sequence[Entry[Any]]
) -> Iterator[Fault]:
    """A key's service or owner that is not declared; none while a declared one has no name."""
    names = [entry.id for entry in known if entry.id is not None]
    if len(names) < len(known):
        return
    declared = set(names)
    for key in keys:
        name = key.raw.get(field) if isinstance(key.raw, dict) else None
        if isinstance(name, str) and name not in declared:
            yield from key.complain(
                (field,),
                f"there is no {field} {quoted(name)}",
                _meant(name, names, f"declare it in `{field}s.yaml`"),
            )


def unfit_scopes(keys: Iterable[Entry[Key]]) -> Iterator[Fault]:
    """A kind that does not exist, or a scope that its kind does not take."""
    known = _Asked(KINDS)
    fitting: set[str] = set()  # many keys of a kind may do the same
    for key in keys:
        raw = key.raw if isinstance(key.raw, dict) else {}
        name, scope = raw.get("kind"), raw.get("scope")
        if not isinstance(name, str):
            continue
        kind = known[name]
        if kind is None:
            cure = _meant(name, KINDS, f"the kinds are {one_of(KINDS)}")
            yield from key.complain(("kind",), f"there is no kind {quoted(name)}", cure)
        elif isinstance(scope, dict) and (said := f"{name} {scope!r}") not in fitting:
            fitted, faults = _fitted(key, ("scope",), kind.scope, scope, "scope")
            yield from faults
            if fitted is not None:
                fitting.add(said)


def unfit_imports(keys: Iterable[Entry[Key]], seen: Seen | None = None) -> Iterator[Fault]:
    """An existing credential that its kind cannot begin with, and one of two keys."""
    taken = {} if seen is None else seen
    for key in keys:
        raw = key.raw if isinstance(key.raw, dict) else {}
        imported, kind = raw.get("imported"), raw.get("kind")
        if not isinstance(imported, dict) or not isinstance(kind, str) or kind not in KINDS:
            continue
        importing = IMPORTS.get(kind)
        if importing is None:
            yield from key.complain(
                ("imported",),
                f"an existing {shown(kind)} cannot be imported",
                "docs/how-to/import-existing-keys.md says why, and what to do instead",
                Anchor.NAME,
            )
            continue
        for name, model in (("credential", importing.credential), ("adopts", importing.adopts)):
            value = imported.get(name)
            if isinstance(value, dict):
                _, faults = _fitted(key, ("imported", name), model, value, f"`{name}`")
                yield from faults
        which = f"{kind} {imported.get('credential')}"
        if which in taken:
            yield from key.complain(
                ("imported", "credential"),
                f"this is what key {quoted(taken[which].id)} ({taken[which].reference}) imports",
                "a credential is one key's: take it out of one of the two",
            )
        taken.setdefault(which, key)


def unfit_deliveries(keys: Iterable[Entry[Key]], seen: Seen | None = None) -> Iterator[Fault]:
    """A delivery that does not exist or is set wrongly, and two to the same place.

    A revoked key takes up no place: its successor may deliver where it did.
    """
    taken = {} if seen is None else seen
    known = _Asked(DELIVERIES)
    for key in keys:
        raw = key.raw if isinstance(key.raw, dict) else {}
        deliver = raw.get("deliver")
        for number, entry in enumerate(deliver if isinstance(deliver, list) else ()):
            if not isinstance(entry, dict) or not entry:
                continue
            path: Path = ("deliver", number)
            if len(entry) != 1:
                if set(entry) == {"kind", "settings"}:  # the model's own form; others it refuses
                    yield from key.complain(
                        path,
                        "a delivery is declared as one entry",
                        "write its name, then its settings: `vault-kv: {…}`",
                    )
                continue
            [(name, settings)] = entry.items()
            delivery = known[name]
            if delivery is None:
                cure = _meant(name, DELIVERIES, f"the deliveries are {one_of(DELIVERIES)}")
                what = f"there is no delivery {quoted(name)}"
                yield from key.complain((*path, name), what, cure, Anchor.NAME)
                continue
            if not isinstance(settings, dict):
                continue
            fitted, faults = _fitted(
                key, (*path, name), delivery.settings, settings, f"delivery `{name}`"
            )
            yield from faults
            place = delivery.place(fitted) if fitted else None
            if place is None or "revoked" in raw:
                continue
            if place in taken:
                yield from key.complain(
                    (*path, name),
                    f"{shown(place, most=120)} is where {_whose(taken[place], key)} delivers to",
                    "deliver each key to a place of its own, where consumers find only that key",
                    Anchor.NAME,
                )
            else:
                taken[place] = key


def unfit_gateways(keys: Iterable[Entry[Key]], known: Sequence[Entry[Gateway]]) -> Iterator[Fault]:
    """A gateway that is not declared, and one that wants to be shown what a key does not have."""
    declared = {entry.id: entry for entry in known}
    names = [name for name in declared if name is not None]
    for key in keys:
        raw = key.raw if isinstance(key.raw, dict) else {}
        gateways = raw.get("gateways")
        for number, name in enumerate(gateways if isinstance(gateways, list) else ()):
            if not isinstance(name, str):
                continue
            if name not in declared:
                cure = _meant(name, names, "declare it in `gateways.yaml`")
                what = f"there is no gateway {quoted(name)}"
                yield from key.complain(("gateways", number), what, cure)
                continue
            gateway = declared[name].model
            lacking = None if gateway is None else unpresentable(gateway, raw.get("kind"))
            if lacking is not None:
                yield from key.complain(("gateways", number), *lacking)


def unpresentable(gateway: Gateway, kind: object) -> tuple[str, str] | None:
    """Why a key of a kind cannot be shown to a gateway, and what to do; None if it can, or the
    kind does not say."""
    known = KINDS.get(kind) if isinstance(kind, str) else None
    fields: frozenset[str] | None = getattr(known, "presentable", None)
    if fields is None or gateway.fields <= fields:
        return None
    lacking = one_of(sorted(gateway.fields - fields))
    has = f"it has {one_of(sorted(fields))}" if fields else "nothing of it fits in a header"
    return (
        f"gateway {quoted(gateway.id)} is shown {lacking}, which {shown(str(kind))} does not have",
        f"{has}: declare a gateway whose `value` shows that",
    )


def _whose(other: Entry[Any], key: Entry[Key]) -> str:
    if other.document is key.document and other.path == key.path:
        return "this key already"
    return f"key {quoted(other.id)} ({other.reference})"


class _Asked(dict[str, T | None], Generic[T]):
    """A table's answers, each asked for once: there are many keys and few kinds."""

    def __init__(self, table: Mapping[str, T]) -> None:
        super().__init__()
        self._table = table

    def __missing__(self, name: str) -> T | None:
        found = self[name] = self._table.get(name)
        return found


def _fitted(
    key: Entry[Key], path: Path, model: type[M], value: Mapping[str, Any], title: str
) -> tuple[M | None, list[Fault]]:
    try:
        return model.__pydantic_validator__.validate_python(value), []
    except ValidationError as error:
        return None, list(key.document.complain_all((*key.path, *path), error, model, title))


def _meant(name: str, known: Iterable[str], otherwise: str) -> str:
    meant = did_you_mean(name, known)
    return f"did you mean `{meant}`?" if meant else otherwise
