"""Copies in Vault's KV v2: every value destroyed, and the metadata with them.

A deleted value can be undeleted, a destroyed one cannot (OpenBao, "KV secrets engine, version 2").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from keylife.model.number import counted
from keylife.orphan import Clients
from keylife.systems.copies import Copied, copies, holds_of
from keylife.systems.state import open_text, place_of
from keylife.systems.system import (
    Answer,
    Holding,
    Material,
    Resource,
    Step,
    Surroundings,
    Verdict,
)
from keylife.systems.vault_answers import Told, ask, require, vault_errors
from keylife.systems.vault_token import WINDOW


def _destroy(holding: Holding, clients: Clients) -> str:
    """Destroy the values that are the version's; with the last of them the metadata goes."""
    told = require(_metadata(holding, clients), 404)
    if told.status == 404:
        if not told.nothing_there:
            require(told)
        return "nothing is there"
    whose = _whose(told, holding, clients)
    if whose is None:
        return "left alone: another key's copy is there"
    mine = list(_mine(told, holding, whose, clients))
    if mine:
        versions = {"versions": mine}
        require(ask(clients.vault, "PUT", _path(holding, "destroy"), versions))
    destroyed = f"destroyed {counted(len(mine), 'value')}" if mine else "found none of its values"
    if whose not in _ending(holding):
        return f"{destroyed}; the current one, of version {whose}, stays"
    now = require(_metadata(holding, clients), 404)
    if _state(now) != _state(told):
        return f"{destroyed}; something was written meanwhile and stays"
    require(ask(clients.vault, "DELETE", _path(holding, "metadata")))
    return f"{destroyed}, and the metadata"


def _metadata(holding: Holding, clients: Clients) -> Told:
    told = ask(clients.vault, "GET", _path(holding, "metadata"))
    if told.status == 200 and "current_version" not in told.data:
        return Told(0, broke="200 without a path's metadata")  # another key's would have some
    return told


def _path(holding: Holding, part: str) -> str:
    return f"{holding.facts['mount']}/{part}/{holding.facts['path']}"


def _state(told: Told) -> tuple[object, object]:
    return told.data.get("current_version"), told.data.get("custom_metadata")


def _ending(holding: Holding) -> frozenset[int]:
    return frozenset(map(int, holding.facts["ending"].split()))


def _whose(told: Told, holding: Holding, clients: Clients) -> int | None:
    """Which version of the key the current value is of; None if it is none of this key's.

    The provider writes a value before what says whose it is: then the value itself tells, if
    anything does.
    """
    about = told.data.get("custom_metadata") or {}
    if about.get("keylife-key") == holding.key and str(about.get("keylife-version")).isdigit():
        return int(about["keylife-version"])
    if about.get("keylife-key"):
        return None
    current = int(told.data.get("current_version") or 0)
    value = _value(holding, current, clients) if current else None
    return holding.version if value and holds_of(value, holding) is True else None


def _mine(told: Told, holding: Holding, whose: int, clients: Clients) -> Iterator[int]:
    """The numbers of the values, not destroyed yet, that are the version's.

    Where the current value's version ends too, that is all of them. Else it is those behind it
    that do not say that they are another version's: nobody reads behind the current one.
    """
    for number, entry in (told.data.get("versions") or {}).items():
        if entry.get("destroyed"):
            continue
        if whose in _ending(holding):
            yield int(number)
        elif whose > holding.version and int(number) != told.data.get("current_version"):
            value = _value(holding, int(number), clients)
            if value is None or holds_of(value, holding) is not False:
                yield int(number)


def _value(holding: Holding, number: int, clients: Clients) -> Mapping[str, Any] | None:
    """One value; None where it was deleted, and could be undeleted.

    Raises:
        hvac.exceptions.VaultError: it may not be read.
        requests.ConnectionError: nobody answered.
    """
    told = require(ask(clients.vault, "GET", f"{_path(holding, 'data')}?version={number}"), 404)
    if "metadata" not in told.data:  # of a deleted value Vault tells it, too
        require(Told(0, broke=f"{told.status} without a value's metadata"))
    value = told.data.get("data")
    return value if told.status == 200 and isinstance(value, Mapping) else None


class VaultKv(Copied):
    """A KV v2 secret."""

    name: ClassVar[str] = "vault-kv"
    types: ClassVar[frozenset[str]] = frozenset({"vault:kv/secretV2:SecretV2"})
    steps: ClassVar[Sequence[Step]] = (Step("destroy", _destroy),)

    def holdings(self, resource: Resource, around: Surroundings) -> Iterable[Holding]:
        """One for each version that may stand at the path, or behind its current value."""
        inputs = resource["inputs"]
        about = inputs.get("customMetadata") or {}
        current = open_text(about, "data", "keylife-version")
        facts = {"mount": open_text(inputs, "mount"), "path": open_text(inputs, "name")}
        now = int(current) if current.isdigit() else None
        return copies(
            self.name,
            resource,
            around,
            place=place_of(resource),
            facts=facts,
            window=WINDOW,
            current=now,
        )

    def use(self, holding: Holding, material: Material, clients: Clients) -> Answer:
        """Read the path as a consumer does, the values behind the current one too."""
        return self.look(holding, clients)

    def look(self, holding: Holding, clients: Clients) -> Answer:
        """Read the metadata: what is not destroyed can be read, or undeleted and then read."""
        told = _metadata(holding, clients)
        if told.status == 404:
            return _no_path(told, holding, clients)
        if told.status != 200:
            return told.unclear()
        try:
            whose = _whose(told, holding, clients)
            mine = [] if whose is None else list(_mine(told, holding, whose, clients))
        except vault_errors() as error:
            return Answer(Verdict.UNCLEAR, type(error).__name__)
        if mine:
            return Answer(Verdict.ACCEPTED, "200: a value stands", told.request_id)
        said = "200: another key's" if whose is None else "200: none of its values"
        return Answer(Verdict.REFUSED, said, told.request_id)

    def read_copy(self, holding: Holding, clients: Clients) -> Material:
        """The current value, if it says that it is the version's."""
        told = require(_metadata(holding, clients), 404)
        if told.status == 404 or _whose(told, holding, clients) != holding.version:
            return {}
        value = _value(holding, int(told.data["current_version"]), clients) or {}
        return {name: text for name, text in value.items() if isinstance(text, str)}


def _no_path(told: Told, holding: Holding, clients: Clients) -> Answer:
    """Nothing at the path is only told by a KV v2 mount that is there: a wrong address or
    namespace has nothing there either."""
    mount = ask(clients.vault, "GET", f"sys/internal/ui/mounts/{holding.facts['mount']}")
    version = (mount.data.get("options") or {}).get("version")
    if told.nothing_there and mount.data.get("type") == "kv" and version == "2":
        return Answer(Verdict.REFUSED, told.said, mount.request_id)
    return (told if mount.status == 200 else mount).unclear()
