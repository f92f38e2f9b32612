"""Which versions AWS has of declared keys, by the tags they were born with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import JsonValue

from keylife.kinds.aws_service_credential import service_of
from keylife.rebuild.found import FoundVersion
from keylife.rebuild.searching import Search, labels

_USERS = "/keylife/"


def access_keys(search: Search) -> Iterator[FoundVersion]:
    """One of each version's own user; of a user with two, nothing tells which is the version's."""
    iam = search.clients.aws("iam")
    for user, told in _users(search):
        keys = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
        if len(keys) > 1:
            search.unreadable.add(user)
            continue
        credential = keys[0]["AccessKeyId"] if keys else None
        yield FoundVersion(
            **told,
            scope={"policies": _policies(iam, user)},
            credential=credential,
            active=not keys or keys[0]["Status"] == "Active",
            shown={"access_key_id": credential} if credential else {},
        )


def service_credentials(search: Search) -> Iterator[FoundVersion]:
    """One of each version's own user; the part of Bedrock's keys that is shown is no whole field
    of their material."""
    iam = search.clients.aws("iam")
    for user, told in _users(search):
        found = iam.list_service_specific_credentials(UserName=user)["ServiceSpecificCredentials"]
        if len(found) > 1 or not all(service_of(each["ServiceName"]) for each in found):
            search.unreadable.add(user)
            continue
        scope: dict[str, Any] = {"policies": _policies(iam, user)}
        if not found:
            yield FoundVersion(**told, scope=scope, credential=None, active=True)
            continue
        [credential] = found
        service, own = credential["ServiceName"], credential["ServiceSpecificCredentialId"]
        signs_in_as = credential.get("ServiceUserName")
        yield FoundVersion(
            **told,
            scope={**scope, "service": service_of(service)},
            credential=f"{service}:{user}:{own}",
            active=credential["Status"] == "Active",
            shown={"user_name": signs_in_as} if signs_in_as else {},
        )


def gateway_keys(search: Search) -> Iterator[FoundVersion]:
    """Keys of API Gateway, whose values it tells to who may read them.

    Names may be shared, by another stack's key of the same id above all: its birth is another one.
    """
    gateway = search.clients.aws("apigateway")
    found: dict[str, list[FoundVersion]] = {}
    for page in gateway.get_paginator("get_api_keys").paginate(includeValues=True):
        for entry in page["items"]:
            told = labels(entry.get("tags") or {}, "keylife:")
            if told is None:
                search.unreadable.add(entry["name"])
            elif search.is_wanted("API Gateway key", told):
                plans = gateway.get_paginator("get_usage_plans").paginate(keyId=entry["id"])
                version = FoundVersion(
                    **told,
                    scope={"usage_plans": sorted(p["id"] for part in plans for p in part["items"])},
                    credential=entry["id"],
                    active=entry["enabled"],
                    shown={"api_key": entry["value"]},
                )
                found.setdefault(version.name, []).append(version)
    for name, same in found.items():
        born = search.born(same[0].key, same[0].number)
        own = [v for v in same if born is None or (v.birth, v.expiry) == (born.birth, born.expiry)]
        if len(own) == 1:
            yield own[0]
        else:
            search.unreadable.add(name)


def _users(search: Search) -> Iterator[tuple[str, dict[str, Any]]]:
    iam = search.clients.aws("iam")
    for page in iam.get_paginator("list_users").paginate(PathPrefix=_USERS):
        for user in page["Users"]:
            name = user["UserName"]
            listed = iam.get_paginator("list_user_tags").paginate(UserName=name)
            tags = {tag["Key"]: tag["Value"] for part in listed for tag in part["Tags"]}
            told = labels(tags, "keylife:")
            if told is None:
                search.unreadable.add(name)  # not made by keylife, or no longer as keylife makes it
            elif search.is_wanted("IAM user", told):
                yield name, told


def _policies(iam: Any, user: str) -> list[JsonValue]:
    found: list[Mapping[str, str]] = iam.list_attached_user_policies(UserName=user)[
        "AttachedPolicies"
    ]
    return [*sorted(policy["PolicyArn"] for policy in found)]
