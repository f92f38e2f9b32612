"""Asking issuers and places what they have of the declared keys; nothing is changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType

from keylife.kinds.aws_imported_key import ImportedAccessKey
from keylife.model.imported import Imported
from keylife.model.key import Key
from keylife.model.ledger import KeyRecord
from keylife.orphan import Clients
from keylife.rebuild import versions_aws, versions_vault
from keylife.rebuild.copies import ClientsOf, copies
from keylife.rebuild.found import Found, FoundVersion
from keylife.rebuild.searching import Search, Searching, remembered


def _generated(search: Search) -> Iterator[FoundVersion]:
    """Those that the store remembers: nobody issues them, so nobody can be asked."""
    for key in search.keys.values():
        record = search.remembered.get(key.id)
        for born in record.versions if record else ():
            told = remembered(key, born)
            yield FoundVersion(**told, credential=f"{key.id}-v{born.number}", active=True)


_SEARCHES: Mapping[str, Searching] = {
    "aws-access-key": versions_aws.access_keys,
    "aws-api-gateway-key": versions_aws.gateway_keys,
    "aws-service-credential": versions_aws.service_credentials,
    "generated": _generated,
    "vault-approle-secret-id": versions_vault.secret_ids,
    "vault-pki-certificate": versions_vault.certificates,
    "vault-token": versions_vault.tokens,
}

_BY_MEMORY = ("generated", "vault-pki-certificate")
"""Of these, only versions are found that the store remembers."""


def is_looked_for(key: Key, remembered: Collection[str]) -> bool:
    """Whether a key's versions can be found.

    Args:
        key: as declared.
        remembered: the ids of keys that the store has births of.
    """
    return key.kind in _SEARCHES and (key.kind not in _BY_MEMORY or key.id in remembered)


def survey(
    keys: Iterable[Key],
    clients_of: ClientsOf,
    remembered: Mapping[str, KeyRecord] = MappingProxyType({}),
) -> Found:
    """What there is of the keys, at the issuers and places that their declarations name.

    Args:
        keys: those declared; what is not looked for among them is left out.
        clients_of: connections to a target.
        remembered: by key, what the store has a copy of.
    """
    declared = {key.id: key for key in keys}
    looked_for = {name: key for name, key in declared.items() if is_looked_for(key, remembered)}
    versions: list[FoundVersion] = []
    strangers: set[str] = set()
    unreadable: set[str] = set()
    for kind, target in sorted(
        {(key.kind, key.target) for key in looked_for.values()},
        key=lambda each: (each[0], each[1] or ""),
    ):
        own = {
            name: key
            for name, key in looked_for.items()
            if (key.kind, key.target) == (kind, target)
        }
        others = declared.keys() - own
        search = Search(clients_of(target), own, remembered, others, strangers, unreadable)
        versions += _SEARCHES[kind](search)
    by_key: dict[str, list[FoundVersion]] = {}
    for version in versions:
        by_key.setdefault(version.key, []).append(version)
    return Found(
        tuple(versions),
        tuple(
            copy
            for key in looked_for.values()
            if key.revoked is None
            for copy in copies(key, by_key.get(key.id, []), clients_of)
        ),
        tuple(sorted(strangers)),
        frozenset(unreadable),
        frozenset(
            key.id
            for key in looked_for.values()
            if key.imported is not None
            and _began_elsewhere(remembered.get(key.id))
            and _is_gone(key.imported, clients_of(key.target))
        ),
    )


def _began_elsewhere(record: KeyRecord | None) -> bool:
    """Whether a version that existed before keylife lives by the store."""
    versions = record.versions if record else ()
    return any(version.adopted is not None for version in versions)


def _is_gone(imported: Imported, clients: Clients) -> bool:
    """Whether what a key began with stands nowhere any more; only access keys are imported."""
    told = ImportedAccessKey.model_validate(dict(imported.credential))
    iam = clients.aws("iam")
    try:
        found = iam.list_access_keys(UserName=told.user)["AccessKeyMetadata"]
    except iam.exceptions.NoSuchEntityException:
        return True
    return told.access_key not in [key["AccessKeyId"] for key in found]
