"""``vault:kv/secretV2:SecretV2``.

Source: terraform-provider-vault, vault/resource_kv_secret_v2.go; Vault's API of KV version 2.
"""

import json
import re
import time
from collections.abc import Callable
from typing import Any, ClassVar

from keylife.sandbox.plugins.errors import PartialCreateError, PluginError
from keylife.sandbox.plugins.inputs import Checked, Failure, Naming
from keylife.sandbox.plugins.resource import Found, ResourceType
from keylife.sandbox.plugins.schema import Field, Fields
from keylife.sandbox.plugins.values import UNKNOWN, Values, reveal
from keylife.sandbox.plugins.vault.client import Vault, VaultRefusedError
from keylife.sandbox.plugins.vault.golang import normal_json, quoted, seconds, to_json

UPGRADE_PATIENCE = 60
"""How many times half a second is waited while a fresh mount becomes a KV version 2."""

_METADATA = {
    "max_versions": "maxVersions",
    "cas_required": "casRequired",
    "delete_version_after": "deleteVersionAfter",
    "custom_metadata": "data",
}


class SecretV2(ResourceType):
    """A secret of a KV version 2 mount: each write is a new version.

    ``cas`` and ``options`` go beside ``data`` as they are. Vault knows only ``options``, so
    ``options={"cas": "N"}`` checks the version and the input ``cas`` does nothing.

    The data is written before the metadata: what ``customMetadata`` says about versions
    (``deleteVersionAfter``) does not bind the version that is written with it for the first time.
    """

    token = "vault:kv/secretV2:SecretV2"  # noqa: S105 - a type, no secret
    name_property = "name"
    fields: ClassVar[Fields] = {
        "mount": Field(required=True, force_new=True),
        "name": Field(autoname=True, force_new=True),
        "namespace": Field(force_new=True),
        "cas": Field(kind="integer"),
        "options": Field(kind="map"),
        "disableRead": Field(kind="boolean", default=False),
        "dataJson": Field(secret=True, normalise=normal_json),
        "dataJsonWo": Field(suppress=lambda _old, _new: True),
        "dataJsonWoVersion": Field(kind="integer"),
        "deleteAllVersions": Field(kind="boolean", default=False),
        "customMetadata": Field(
            kind="object",
            computed=True,
            fields={
                "maxVersions": Field(kind="integer"),
                "casRequired": Field(kind="boolean"),
                "deleteVersionAfter": Field(kind="integer"),
                "data": Field(kind="map"),
            },
        ),
        "data": Field(kind="map", output=True, secret=True),
        "metadata": Field(kind="map", output=True),
        "path": Field(output=True),
    }

    def __init__(self, vault: Callable[[], Vault]) -> None:
        self._vault = vault

    def check(self, news: Values, olds: Values, naming: Naming) -> Checked:
        """Besides the usual: what is written must be a JSON object."""
        checked = super().check(news, olds, naming)
        return Checked(checked.inputs, [*checked.failures, *_data_failures(news, naming.name)])

    def preview_create(self, news: Values) -> Values:
        """As usual, without what is written only."""
        return {**super().preview_create(news), "dataJsonWo": None}

    def preview_update(self, news: Values, state: Values) -> Values:
        """As usual, without what is written only."""
        return {**super().preview_update(news, state), "dataJsonWo": None}

    def create(self, news: Values) -> Found:
        """Write the first version, or the next one of what is there already."""
        path = f"{news['mount']}/data/{news['name']}"
        self._write_data(path, news)
        try:
            return self._finish(path, news, {})
        except PluginError as error:
            raise PartialCreateError(str(error), path, {**news, "path": path}) from error

    def update(self, id_: str, news: Values, state: Values) -> Found:
        """Write another version, whatever changed."""
        self._write_data(id_, news)
        return self._finish(id_, news, state)

    def read(self, id_: str, state: Values) -> Found | None:
        """What Vault says about the newest version; never its content."""
        match = re.fullmatch(r"(.+?)/data/(.+)", id_)
        if match is None:
            raise PluginError(f"unable to read mount from ID {id_}, err=no mount found")
        mount, name = match.groups()
        found: Values = {**state, "mount": mount, "name": name, "path": id_, "dataJsonWo": None}
        if state.get("disableRead"):
            return Found(id_, found)
        vault, space = self._vault(), state.get("namespace")
        try:
            secret = vault.read(id_, space)
            if secret is None:
                return None
            about = vault.read(f"{mount}/metadata/{name}", space)
        except VaultRefusedError as error:
            raise PluginError(f"error reading from Vault: {error}") from error
        metadata = secret["data"].get("metadata") or {}
        found["data"] = {}
        found["metadata"] = {
            key: value if isinstance(value, str) else to_json(value)
            for key, value in metadata.items()
        }
        if about is not None:
            found["customMetadata"] = _custom_metadata(about["data"])
        return Found(id_, found)

    def delete(self, id_: str, state: Values) -> None:
        """Delete the newest version, or everything with ``deleteAllVersions``."""
        branch = "metadata" if state.get("deleteAllVersions") else "data"
        path = f"{state['mount']}/{branch}/{state['name']}"
        try:
            self._vault().delete(path, state.get("namespace"))
        except VaultRefusedError as error:
            raise PluginError(
                f"error deleting {quoted(path)} from Vault: {quoted(str(error))}"
            ) from error

    def _write_data(self, path: str, news: Values) -> None:
        text = reveal(news.get("dataJson")) or news.get("dataJsonWo")
        if text is None:
            raise PluginError('data_json "" syntax error: unexpected end of JSON input')
        body = {
            "data": json.loads(text),
            "cas": news.get("cas") or 0,
            "options": news.get("options") or {},
        }
        for _ in range(UPGRADE_PATIENCE):
            try:
                self._vault().write(path, body, news.get("namespace"))
            except VaultRefusedError as error:
                if not _is_upgrading(error):
                    raise PluginError(
                        f"error writing to path {quoted(path)}, err={error}"
                    ) from error
                time.sleep(0.5)
            else:
                return
        raise PluginError(f"error writing to path {quoted(path)}, err=the mount is being upgraded")

    def _finish(self, path: str, news: Values, state: Values) -> Found:
        if wished := news.get("customMetadata"):
            body = {name: wished[key] for name, key in _METADATA.items() if wished.get(key)}
            where = path.replace("/data/", "/metadata/", 1)
            try:
                self._vault().write(where, body, news.get("namespace"))
            except VaultRefusedError as error:
                raise PluginError(
                    f"error writing custom metadata to {where}, err={error}"
                ) from error
        found = self.read(path, {**state, **news})
        if found is None:
            raise PluginError(f"the secret at {path} is gone right after it was written")
        return found


def _is_upgrading(error: VaultRefusedError) -> bool:
    return any("Upgrading from non-versioned" in reason for reason in error.reasons)


def _custom_metadata(about: dict[str, Any]) -> Values:
    return {
        "maxVersions": about.get("max_versions", 0),
        "casRequired": about.get("cas_required", False),
        "deleteVersionAfter": seconds(about.get("delete_version_after") or "0s"),
        "data": about.get("custom_metadata") or {},
    }


def _data_failures(news: Values, name: str) -> list[Failure]:
    return [
        Failure(f"data_json is not a JSON object. Examine values at '{name}.{key}'.")
        for key in ("dataJson", "dataJsonWo")
        if news.get(key) is not None and not _is_json_object(reveal(news[key]))
    ]


def _is_json_object(text: Any) -> bool:
    if text is UNKNOWN or not isinstance(text, str):
        return text is UNKNOWN
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
