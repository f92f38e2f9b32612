"""Copies in AWS Secrets Manager: the secret deleted for good, or a value's labels taken away.

Without ``ForceDeleteWithoutRecovery`` a deleted secret can be restored for 7 to 30 days. No call
deletes one value of a secret: one without labels can be read by its id until Secrets Manager needs
the room. Source: AWS Secrets Manager API Reference, DeleteSecret and ListSecretVersionIds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from keylife.orphan import Clients, code_of
from keylife.systems.aws_answers import (
    aws_errors,
    request_id_of,
    stated,
    unclear,
)
from keylife.systems.copies import Copied, copies, holds_of, texts_in
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

WINDOW = 10.0
"""Seconds. AWS says that a forced deletion is asynchronous and names no bound: taken as IAM's."""

_BEHIND = (
    "Secrets Manager keeps a value without labels, readable by its id, until it needs the room"
)

_CONTAINER = "aws:secretsmanager/secret:Secret"
_VALUE = "aws:secretsmanager/secretVersion:SecretVersion"


def _delete(holding: Holding, clients: Clients) -> str:
    manager, secret = clients.aws("secretsmanager"), holding.facts["secret"]
    found = _described(manager, holding)
    if found is None:
        return "no such secret"
    if not _is_the_keys(found, holding):
        return "left alone: another key's secret is there"
    labels: Mapping[str, list[str]] = found.get("VersionIdsToStages") or {}
    if found.get("DeletedDate") is None and not _is_ending(manager, labels, holding):
        return _unlabel(manager, labels, holding)
    replicas = [replica["Region"] for replica in found.get("ReplicationStatus") or ()]
    if replicas:
        manager.remove_regions_from_replication(SecretId=secret, RemoveReplicaRegions=replicas)
    manager.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    return "deleted, without recovery"


def _unlabel(manager: Any, labels: Mapping[str, list[str]], holding: Holding) -> str:
    secret, taken = holding.facts["secret"], 0
    for value in list(_behind(manager, labels, holding)):
        for label in labels.get(value, ()):
            manager.update_secret_version_stage(
                SecretId=secret, VersionStage=label, RemoveFromVersionId=value
            )
            taken += 1
    return f"took {taken} labels away; the current value, of another version, stays"


def _described(manager: Any, holding: Holding) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = manager.describe_secret(SecretId=holding.facts["secret"])
    except manager.exceptions.ResourceNotFoundException:
        return None
    stated(found, "ARN")
    return found


def _is_the_keys(found: Mapping[str, Any], holding: Holding) -> bool:
    return {"Key": "keylife:key", "Value": holding.key} in (found.get("Tags") or ())


def _is_ending(manager: Any, labels: Mapping[str, list[str]], holding: Holding) -> bool:
    """Whether what consumers read ends: with its whole key, or because it is of this version.

    The value says so itself, or, where it shows nothing but a secret, the ledger: as long as it
    is the value that the ledger knows.
    """
    if not holding.facts["living"]:
        return True
    current = _current(labels)
    if current is None:
        return False
    shown = holds_of(_value(manager, holding, current), holding)
    if shown is not None:
        return shown
    known = current == holding.facts["value"]
    return known and holding.facts["current"] == str(holding.version)


def _current(labels: Mapping[str, list[str]]) -> str | None:
    return next((value for value, names in labels.items() if "AWSCURRENT" in names), None)


def _behind(manager: Any, labels: Mapping[str, list[str]], holding: Holding) -> Iterator[str]:
    """The values behind the current one that do not show that they are another version's."""
    for value, names in labels.items():
        if "AWSCURRENT" in names:
            continue
        if holds_of(_value(manager, holding, value), holding) is not False:
            yield value


def _value(manager: Any, holding: Holding, value: str) -> Mapping[str, str]:
    """One value's fields; none where it is gone, or not as keylife writes it."""
    secret = holding.facts["secret"]
    try:
        found = manager.get_secret_value(SecretId=secret, VersionId=value)
    except manager.exceptions.ResourceNotFoundException:
        return {}
    stated(found, "ARN")
    return texts_in(found.get("SecretString") or "")


class SecretsManager(Copied):
    """A secret."""

    name: ClassVar[str] = "secrets-manager"
    types: ClassVar[frozenset[str]] = frozenset({_CONTAINER, _VALUE})
    steps: ClassVar[Sequence[Step]] = (Step("delete", _delete),)

    def holdings(self, resource: Resource, around: Surroundings) -> Iterable[Holding]:
        """One of the secret for each version that it may hold a value of."""
        if resource["type"] != _CONTAINER:
            return ()
        arn = str(resource["id"])
        values = [
            open_text(r, "outputs", "versionId") or str(r["id"]).rpartition("|")[2]
            for r in around.shared
            if r["type"] == _VALUE and str(r.get("id", "")).startswith(f"{arn}|")
        ]
        living = sorted(around.versions.keys() - around.ending)
        facts = {
            "secret": arn,
            "value": values[-1] if values else "",
            "current": "" if around.current is None else str(around.current),
            "living": " ".join(map(str, living)),
        }
        return copies(
            self.name,
            resource,
            around,
            place=place_of(resource),
            facts=facts,
            window=WINDOW,
            current=around.current if living else None,
            weak_behind=_BEHIND,
        )

    def use(self, holding: Holding, material: Material, clients: Clients) -> Answer:
        """Read the secret as a consumer does, the values behind the current one too."""
        return self.look(holding, clients)

    def look(self, holding: Holding, clients: Clients) -> Answer:
        """Look for the secret, and for the values it keeps."""
        try:
            return _looked(clients.aws("secretsmanager"), holding)
        except aws_errors() as error:
            return unclear(error)

    def read_copy(self, holding: Holding, clients: Clients) -> Material:
        """The current value, where it is the version's."""
        manager = clients.aws("secretsmanager")
        found = _described(manager, holding)
        if found is None or not _is_the_keys(found, holding):
            return {}
        current = _current(found.get("VersionIdsToStages") or {})
        value = _value(manager, holding, current) if current else {}
        shown = holds_of(value, holding)
        if shown is None:
            known = current == holding.facts["value"]
            shown = known and holding.facts["current"] == str(holding.version)
        return value if shown else {}


def _looked(manager: Any, holding: Holding) -> Answer:
    try:
        found = manager.describe_secret(SecretId=holding.facts["secret"])
    except manager.exceptions.ResourceNotFoundException as error:
        return Answer(Verdict.REFUSED, code_of(error), request_id_of(error.response))
    stated(found, "ARN")
    verdict, said = _of_a_secret(manager, found, holding)
    return Answer(verdict, f"200: {said}", request_id_of(found))


def _of_a_secret(manager: Any, found: Mapping[str, Any], holding: Holding) -> tuple[Verdict, str]:
    if not _is_the_keys(found, holding):
        return Verdict.REFUSED, "another key's secret"
    if found.get("DeletedDate") is not None:
        return Verdict.POWERLESS, "deleted, and can be restored"
    if _is_ending(manager, found.get("VersionIdsToStages") or {}, holding):
        return Verdict.ACCEPTED, "the secret stands"
    labels = _labels(manager, holding)
    behind = list(_behind(manager, labels, holding))
    if any(labels[value] for value in behind):
        return Verdict.ACCEPTED, "a value stands behind the current one"
    if behind:
        return Verdict.POWERLESS, "a value without labels stands"
    return Verdict.REFUSED, "none of its values"


def _labels(manager: Any, holding: Holding) -> dict[str, list[str]]:
    """The labels of every value, of those that have none, too."""
    labels: dict[str, list[str]] = {}
    more: dict[str, str] = {}
    while True:
        told = manager.list_secret_version_ids(
            SecretId=holding.facts["secret"], IncludeDeprecated=True, **more
        )
        labels.update(
            {one["VersionId"]: one.get("VersionStages") or [] for one in stated(told, "Versions")}
        )
        if not told.get("NextToken"):
            return labels
        more = {"NextToken": told["NextToken"]}
