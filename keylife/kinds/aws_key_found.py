"""What IAM and the stack's state say of an access key that is to be imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from pydantic import JsonValue

from keylife.errors import NotImportableError
from keylife.kinds.existing import Existing
from keylife.model.imported import Imported

Resources = Sequence[Mapping[str, Any]]

_KEY, _USER = "aws:iam/accessKey:AccessKey", "aws:iam/user:User"
_ATTACHMENT = "aws:iam/userPolicyAttachment:UserPolicyAttachment"


def look(
    access_key: str, iam: Any, resources: Resources, scope: Mapping[str, JsonValue] | None
) -> Existing:
    """What becomes of the access key once it is declared.

    Its end is a policy that refuses everything to its user, so the user may have nothing else
    that somebody works with.

    Raises:
        NotImportableError: it is not known, not alive, or not alone.
    """
    import botocore.exceptions

    try:
        user = iam.get_access_key_last_used(AccessKeyId=access_key)["UserName"]
        keys = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
        path = iam.get_user(UserName=user)["User"]["Path"]
        _require_alone(access_key, user, path, keys, iam)
        attached = [
            policy["PolicyArn"]
            for page in iam.get_paginator("list_attached_user_policies").paginate(UserName=user)
            for policy in page["AttachedPolicies"]
        ]
        others = [
            *(f"inline policy {n}" for n in iam.list_user_policies(UserName=user)["PolicyNames"]),
            *(
                f"group {group['GroupName']}"
                for group in iam.list_groups_for_user(UserName=user)["Groups"]
            ),
        ]
    except botocore.exceptions.ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise NotImportableError(
            f"IAM does not tell of the access key {access_key}: {error.operation_name}, {code}",
            "is it of this account? What the command asks is in docs/reference/permissions.md",
        ) from None
    except botocore.exceptions.BotoCoreError as error:
        raise NotImportableError(
            f"IAM cannot be asked ({type(error).__name__})", "check AWS's credentials and region"
        ) from None
    if scope is None and (others or not attached):
        raise NotImportableError(
            f"what the user {user} may do is not in attached managed policies alone"
            f" ({', '.join(others) or 'there are none'})",
            "make managed policies of what the key needs, and name them: --policy ARN",
        )
    [created] = [key["CreateDate"].astimezone(UTC) for key in keys]
    adopts, notes = _adopted(access_key, user, resources)
    return Existing(
        Imported(
            created=created.replace(microsecond=0),
            credential={"access_key": access_key, "user": user},
            adopts=adopts,
        ),
        scope if scope is not None else {"policies": list(attached)},
        notes,
    )


def _require_alone(access_key: str, user: str, path: str, keys: Any, iam: Any) -> None:
    import botocore.exceptions

    if path.startswith("/keylife/"):
        raise NotImportableError(
            f"the access key {access_key} is a keylife key's already (user {path}{user})",
            "look at the tags of its user for which; a key of keylife's is never imported",
        )
    for key in keys:
        if key["AccessKeyId"] != access_key:
            raise NotImportableError(
                f"the user {user} has another access key, {key['AccessKeyId']}, which would be"
                " refused together with this one",
                "delete the one that is not used, or move its consumers to a key of their own",
            )
        if key["Status"] != "Active":
            raise NotImportableError(
                f"the access key {access_key} is {key['Status'].lower()}: nobody can use it",
                "declare a key without importing anything, and delete this one",
            )
    try:
        iam.get_login_profile(UserName=user)
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
    else:
        raise NotImportableError(
            f"the user {user} signs in with a password, and would be locked out at the key's end",
            "declare a key without importing anything, move its consumers, delete this one",
        )


def _adopted(
    access_key: str, user: str, resources: Resources
) -> tuple[Mapping[str, JsonValue] | None, tuple[str, ...]]:
    """The resources of the stack that make the key, if there are."""
    making = [r for r in resources if r["type"] == _KEY and r.get("id") == access_key]
    if not making:
        return None, (
            "its secret cannot be read back: version 2 is issued and delivered at once, and this"
            " one goes on working until its consumers have moved",
        )
    if "keylife:" in making[0]["urn"].split("::")[2]:
        raise NotImportableError(
            f"the access key {access_key} is a keylife key's already ({making[0]['urn']})",
            "what one key holds is never another's",
        )
    adopts: dict[str, JsonValue] = {"access_key": _called(making[0])}
    users = [r for r in resources if r["type"] == _USER and r.get("id") == user]
    around = [
        r for r in resources if r is not making[0] and (r.get("inputs") or {}).get("user") == user
    ]
    if not users or any(r["type"] != _ATTACHMENT for r in around):
        return adopts, (
            f"the user {user} stays in the program, and keylife leaves it alone: remove it there"
            " once version 1 has ended",
        )
    adopts["user"] = _called(users[0])
    if around:
        adopts["attachments"] = {_called(r): r["inputs"]["policyArn"] for r in around}
    return adopts, ("take the resources it adopts out of the program in the same change",)


def _called(resource: Mapping[str, Any]) -> str:
    """Its name where it stands in the program itself, else its URN."""
    urn = str(resource["urn"])
    _, _, types, name = urn.split("::", 3)
    return urn if "$" in types else name
