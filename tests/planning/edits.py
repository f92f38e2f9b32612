"""Edits of declarations as commits make them, applied one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from keylife.model.key import Key
from keylife.model.registry import Declarations
from keylife.model.revocation import Reason, RotationRequest, Tombstone
from tests.planning.strategies import SECOND, TWO_AT_MOST, Edit


def edited(declarations: Declarations, edit: Edit, at: datetime) -> Declarations:
    """The declarations after one edit, made by someone whose clock says ``at``.

    An edit of a key that is not declared changes nothing, except that ``add`` declares it.
    """
    keys = dict(declarations.keys)
    key = keys.pop(edit.key_id, None)
    if key is None:
        if edit.what == "add":
            keys[edit.key_id] = _fresh(edit)
        return declarations.model_copy(update={"keys": keys})
    if edit.what == "rename":
        keys[f"{key.id}-2"] = _changed(key, id=f"{key.id}-2")
    elif edit.what != "remove":
        keys[key.id] = _changed(key, **_changes(key, edit, at))
    return declarations.model_copy(update={"keys": keys})


def _fresh(edit: Edit) -> Key:
    ttl, rotate_every = edit.spans
    return Key(
        id=edit.key_id,
        kind=edit.kind,
        service="billing",
        owner=edit.owner,
        purpose="deploys the billing API",
        scope=edit.scope,
        ttl=ttl,
        rotate_every=rotate_every,
        quarantine=edit.quarantine,
        deliver=edit.deliver,
    )


def _changed(key: Key, **facts: object) -> Key:
    return Key.model_validate({**{name: getattr(key, name) for name in Key.model_fields}, **facts})


def _changes(key: Key, edit: Edit, at: datetime) -> Mapping[str, object]:
    when = at + edit.offset * SECOND
    ttl, rotate_every = edit.spans
    grave = key.revoked
    table: Mapping[str, Mapping[str, object]] = {
        "schedule": {"ttl": ttl, "rotate_every": rotate_every},
        "quarantine": {"quarantine": edit.quarantine},
        "scope": {"scope": edit.scope},
        "owner": {"owner": edit.owner},
        "deliver": {"deliver": edit.deliver},
        "request": {
            "rotations": (*key.rotations, RotationRequest(at=when, reason=edit.reason)),
        },
        "forget requests": {"rotations": ()},
        "take back": {"imported": None},
        "kind": {
            "kind": edit.kind,
            # no kind with a limit begins with an existing credential
            "imported": None if edit.kind == TWO_AT_MOST else key.imported,
        },
        "target": {
            "target": "prod-eu" if key.target is None else None,
            # what is adopted cannot move
            "imported": key.imported and key.imported.model_copy(update={"adopts": None}),
        },
        "unrevoke": {"revoked": None},
        "revoke": {
            "revoked": grave or Tombstone(at=when, reason=edit.reason, by="oncall", ref="PAY-1"),
        },
        "raise": {
            "revoked": grave and grave.model_copy(update={"reason": Reason.KEY_COMPROMISE}),
        },
        "retell": {
            "revoked": grave and grave.model_copy(update={"by": "security", "at": when}),
        },
    }
    return table.get(edit.what, {})
