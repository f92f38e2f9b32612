"""Vault KV v2: the current version of a key at one path, written with check-and-set."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import JsonValue

from keylife.deliveries.delivery import DeliverySettings, Parcel
from keylife.model.fitting import Fits
from keylife.model.instant import format_instant
from keylife.orphan import Clients, Finder, Orphan, Pending

if TYPE_CHECKING:
    import pulumi


_KEPT = 2
"""How many values Vault keeps at the path: the current one and the one it replaced."""


_OF_A_VERSION = ("keylife-key", "keylife-version", "keylife-expiry")
"""What tells one version's copy from any other's: the expiry is the birth's, to the second."""


_PART = r"\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?"
"""A part of a path: no two dots in a row, and not a dot alone."""

KvPath = Annotated[
    str,
    Fits(
        f"^{_PART}(/{_PART})*$",
        "not a Vault path: letters, digits, _ . and -, parted by single slashes, without"
        " `.` and `..` as parts",
    ),
]
"""A path of a KV mount, or below one."""


class VaultKvSettings(DeliverySettings):
    """Where in Vault the current version stands."""

    mount: KvPath
    """The path of a KV version 2 mount."""

    path: KvPath
    """The secret's path below the mount."""


def _stray_copy(pending: Pending, clients: Clients) -> Iterable[Orphan]:
    """The secret at the path, if this very write made it and the state does not know it.

    Its metadata names key, version and expiry. The provider writes the value before the metadata:
    without metadata it is ours only if it holds exactly what was to be written. Anything else at
    the path is somebody else's.
    """
    import hvac

    mount, path = str(pending.inputs["mount"]), str(pending.inputs["name"])
    if f"{mount}/data/{path}" in pending.known:
        return
    kv = clients.vault.secrets.kv.v2
    try:
        found = kv.read_secret_metadata(path, mount_point=mount)["data"]
    except hvac.exceptions.InvalidPath:
        return
    wanted = pending.inputs["customMetadata"]
    assert isinstance(wanted, dict)
    assert isinstance(wanted["data"], dict)
    told = found["custom_metadata"]
    if told:
        mine = all(told.get(name) == wanted["data"][name] for name in _OF_A_VERSION)
    else:
        mine = found["current_version"] == 1 and _holds(kv, mount, path, pending)
    if mine:
        yield Orphan(
            f"copy at {mount}/{path}",
            partial(kv.delete_metadata_and_all_versions, path, mount_point=mount),
        )


def _holds(kv: Any, mount: str, path: str, pending: Pending) -> bool:
    import hvac

    try:
        found = kv.read_secret_version(path, mount_point=mount, raise_on_deleted_version=True)
    except hvac.exceptions.InvalidPath:
        return False  # deleted meanwhile
    wanted = pending.secrets.get("dataJson")
    return wanted is not None and found["data"]["data"] == json.loads(wanted)


class VaultKv:
    """A KV v2 secret that always holds the current version."""

    name: ClassVar[str] = "vault-kv"
    package: ClassVar[str] = "vault"
    settings: ClassVar[type[DeliverySettings]] = VaultKvSettings
    finders: ClassVar[Mapping[str, Finder]] = {"vault:kv/secretV2:SecretV2": _stray_copy}
    reread: ClassVar[frozenset[str]] = frozenset(finders)
    """Check-and-set has to know which version stands at the path."""

    def place(self, settings: DeliverySettings) -> str:
        """``vault-kv/secret/billing/aws``."""
        assert isinstance(settings, VaultKvSettings)
        return settings.located(f"{self.name}/{settings.mount}/{settings.path}")

    def deliver(
        self, name: str, parcel: Parcel, settings: DeliverySettings, options: pulumi.ResourceOptions
    ) -> pulumi.Resource:
        """Declare the secret.

        Check-and-set refuses to write over what somebody else wrote. The real provider sends
        its own ``cas`` argument where Vault does not look, so it goes into ``options``.
        """
        from pulumi_vault import kv

        assert isinstance(settings, VaultKvSettings)
        data = {
            "keylife-key": parcel.key_id,
            "keylife-version": str(parcel.version),
            "keylife-owner": parcel.owner,
            "keylife-expiry": format_instant(parcel.expiry),
        }
        life = int((parcel.expiry - parcel.birth).total_seconds())
        rest: dict[str, JsonValue] = {
            "mount": settings.mount,
            "name": settings.path,
            "customMetadata": {
                "maxVersions": _KEPT,
                "deleteVersionAfter": life,
                "data": {**data},
            },
        }
        secret: pulumi.Resource = kv.SecretV2(
            name,
            mount=settings.mount,
            name=settings.path,
            data_json=parcel.contents,
            options={"cas": _expected_version(parcel.last, rest)},
            delete_all_versions=True,  # removing the delivery destroys every copy, not just hides
            custom_metadata=kv.SecretV2CustomMetadataArgs(
                max_versions=_KEPT, delete_version_after=life, data=data
            ),
            opts=options,
        )
        return secret


def _expected_version(last: Mapping[str, JsonValue], rest: Mapping[str, JsonValue]) -> str:
    """The KV version that this write expects to find; 0 means that nothing may be there.

    It stays what it was as long as nothing else changes, or the engine would write again. A
    refresh that found another version than our last write made is the user's word that it may be
    written over. Where a write was not seen to its end, Vault has made the next version of it.
    """
    if not last:
        return "0"
    inputs, outputs = last["inputs"], last["outputs"]
    assert isinstance(inputs, dict) and isinstance(outputs, dict)
    options, metadata = inputs["options"], outputs.get("metadata") or {}
    assert isinstance(options, dict) and isinstance(metadata, dict)
    written = str(int(str(options["cas"])) + 1)
    unchanged = metadata.get("version") == written and all(
        inputs.get(field) == value for field, value in rest.items()
    )
    return str(options["cas"] if unchanged else metadata.get("version", written))
