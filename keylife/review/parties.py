"""What a change does to services, owners and gateways, and to the keys that hang on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

from pydantic import JsonValue

from keylife.model.base import Model
from keylife.model.duration import format_duration
from keylife.model.gateway import Gateway
from keylife.model.instant import format_instant
from keylife.model.key import Key
from keylife.model.registry import Owner, OwnerStatus, Service, ServiceStatus
from keylife.review.change import Change, Noun, Subject, What
from keylife.review.declared import Declared

M = TypeVar("M", bound=Model)


def service_changes(before: Declared, after: Declared, at: datetime) -> Iterator[Change]:
    """What becomes of services; with one that is retired, every key that has to die."""

    def changed(subject: Subject, old: Service, new: Service) -> Iterator[Change]:
        if old.status is not new.status:
            yield _service_status(subject, old, new, before, after, at=at)
        elif old.since != new.since:
            yield _redated(subject, old.since, new.since)
        yield from _reworded(subject, "description", old.description, new.description)

    return _changes(
        Noun.SERVICE,
        (before.services, after.services),
        (What.SERVICE_ADDED, What.SERVICE_REMOVED),
        changed,
    )


def owner_changes(before: Declared, after: Declared, at: datetime) -> Iterator[Change]:
    """What becomes of owners; with one who departed, every key that nobody answers for."""

    def changed(subject: Subject, old: Owner, new: Owner) -> Iterator[Change]:
        if old.status is not new.status:
            departed = new.status is OwnerStatus.DEPARTED
            effects = (
                _keys_left("owner", subject.id, before, after)
                if departed
                else ("may be the owner of keys again",)
            )
            yield Change(
                What.OWNER_DEPARTED if departed else What.OWNER_RETURNED,
                subject,
                f"{old.status} → {new.status}{_since(new.since, at)}",
                *_status_fields(old, new),
                effects,
            )
        elif old.since != new.since:
            yield _redated(subject, old.since, new.since)
        if old.contact != new.contact:
            yield Change(
                What.CONTACT_CHANGED,
                subject,
                f"reached at {new.contact}, no longer at {old.contact}",
                ("contact",),
                old.contact,
                new.contact,
            )

    return _changes(
        Noun.OWNER,
        (before.owners, after.owners),
        (What.OWNER_ADDED, What.OWNER_REMOVED),
        changed,
    )


def gateway_changes(before: Declared, after: Declared) -> Iterator[Change]:
    """What becomes of gateways: where keys are shown, and what is believed of it."""

    def changed(subject: Subject, old: Gateway, new: Gateway) -> Iterator[Change]:
        was, now = _dumped(old), _dumped(new)
        fields = tuple(name for name in now if was[name] != now[name])
        if fields:
            yield Change(
                What.GATEWAY_CHANGED,
                subject,
                f"another {', '.join(f'`{name}`' for name in fields)}: {_introduced(new)}",
                fields,
                [was[name] for name in fields],
                [now[name] for name in fields],
                _shown_there(subject.id, after),
            )

    return _changes(
        Noun.GATEWAY,
        (before.gateways, after.gateways),
        (What.GATEWAY_CHANGED, What.GATEWAY_CHANGED),
        changed,
    )


def _shown_there(name: str, after: Declared) -> tuple[str, ...]:
    return tuple(
        f"`{key.id}` in `{stack}` is shown there when it ends"
        for (stack, _), key in sorted(after.keys.items())
        if name in key.gateways and key.revoked is None
    )


def _changes(
    noun: Noun,
    sides: tuple[Mapping[str, M], Mapping[str, M]],
    whats: tuple[What, What],
    changed: Callable[[Subject, M, M], Iterable[Change]],
) -> Iterator[Change]:
    before, after = sides
    for name in sorted({*before, *after}):
        subject = Subject(noun, name)
        old, new = before.get(name), after.get(name)
        if old is not None and new is not None:
            yield from changed(subject, old, new)
        elif new is not None:
            yield Change(whats[0], subject, _introduced(new), after=_dumped(new))
        elif old is not None:
            yield Change(whats[1], subject, _introduced(old), before=_dumped(old))


def _introduced(model: Model) -> str:
    match model:
        case Service():
            status = "" if model.status is ServiceStatus.ACTIVE else f", {model.status}"
            return f"{model.description}{status}"
        case Owner():
            status = "" if model.status is OwnerStatus.ACTIVE else f", {model.status}"
            return f"reached at {model.contact}{status}"
        case Gateway():
            return f"asked at {model.url}, remembers for {format_duration(model.cache_age)}"
        case _:
            raise TypeError(type(model).__name__)


def _service_status(
    subject: Subject,
    old: Service,
    new: Service,
    before: Declared,
    after: Declared,
    *,
    at: datetime,
) -> Change:
    match new.status:
        case ServiceStatus.RETIRED:
            what, effects = What.SERVICE_RETIRED, _keys_left("service", subject.id, before, after)
        case ServiceStatus.DEPRECATED if old.status is ServiceStatus.ACTIVE:
            what = What.SERVICE_DEPRECATED
            effects = tuple(
                f"`{key.id}` in `{stack}` is still its key"
                for (stack, _), key in sorted(after.keys.items())
                if key.service == subject.id and key.revoked is None
            )
        case _:
            what, effects = What.SERVICE_REVIVED, ("may have keys again",)
    return Change(
        what,
        subject,
        f"{old.status} → {new.status}{_since(new.since, at)}",
        *_status_fields(old, new),
        effects,
    )


def _status_fields(
    old: Service | Owner, new: Service | Owner
) -> tuple[tuple[str, ...], JsonValue, JsonValue]:
    """Status and since, told together where both changed."""
    fields: tuple[str, ...] = ("status",) if old.since == new.since else ("status", "since")
    before, after = ([_dumped(side)[name] for name in fields] for side in (old, new))
    return fields, before, after


def _keys_left(field: str, name: str, before: Declared, after: Declared) -> tuple[str, ...]:
    """Every key that has to die, or to be given to another: those with a tombstone, and without."""
    effects = []
    for (stack, key_id), key in sorted(after.keys.items()):
        if getattr(key, field) != name:
            continue
        old = before.keys.get((stack, key_id))
        if key.revoked is None:
            effects.append(f"`{key_id}` in `{stack}` has to die, and has no tombstone here")
        elif old is None or old.revoked is None:
            effects.append(f"`{key_id}` in `{stack}` is revoked with it")
    for (stack, key_id), gone in sorted(before.keys.items()):
        if getattr(gone, field) == name and _is_live(gone) and (stack, key_id) not in after.keys:
            effects.append(f"`{key_id}` in `{stack}` is deleted with it: it needs a tombstone")
    return tuple(effects) or (f"no key of this {field} is left",)


def _is_live(key: Key) -> bool:
    return key.revoked is None


def _redated(subject: Subject, old: datetime | None, new: datetime | None) -> Change:
    told = f"since {_shown(new)}, not since {_shown(old)}"
    return Change(What.REDATED, subject, told, ("since",), _shown(old), _shown(new))


def _reworded(subject: Subject, field: str, old: str, new: str) -> Iterator[Change]:
    if old != new:
        yield Change(What.REWORDED, subject, f"{field}: {new}", (field,), old, new)


def _since(since: datetime | None, at: datetime) -> str:
    if since is None:
        return ""
    return f" {'since' if since <= at else 'from'} {format_instant(since)}"


def _shown(instant: datetime | None) -> str | None:
    return None if instant is None else format_instant(instant)


def _dumped(model: Model) -> dict[str, Any]:
    return model.model_dump(mode="json")
