"""Sessions of IAM roles that a leaked access key may have begun: denied, where its user is named.

A session of a role has the role's permissions, not the user's, and outlives key and user by up to
12 h. Only a policy of the role ends it before its time, and ends everybody's that began by then:
nothing tells a policy which key began a session. So it is done for what is compromised only, and to
the roles that name the user in their trust policy. Source: IAM User Guide, "Revoking IAM role
temporary security credentials" and "AWS JSON policy elements: Principal".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from keylife.model.instant import format_instant
from keylife.model.number import counted
from keylife.orphan import Clients
from keylife.systems import iam_user
from keylife.systems.aws_answers import aws_errors, stated, unclear
from keylife.systems.listed import OnlyListed
from keylife.systems.state import open_text
from keylife.systems.system import (
    Answer,
    Holding,
    Material,
    Resource,
    Step,
    Surroundings,
    Verdict,
)

NAME = "aws-role-sessions"

_WEAK = (
    "nobody here has these sessions to try them, and roles of other accounts, roles that trust a"
    " whole account and roles that a role assumed are not looked for"
)

_NONE = "no role names its user"
_NAMELESS = "its user is gone, and what roles called it is not known"

_LAST = iam_user.REVOKED_FOR_GOOD
_SO_FAR = "KeylifeRevokedSoFar"
"""What the statement is called as long as the key can begin further sessions: so that whoever looks
sees that it has to be written once more."""


def sessions_of(
    user: str, key_id: str, resource: Resource, users: Iterable[Resource], around: Surroundings
) -> Iterator[Holding]:
    """What roles hold of a compromised access key: one holding, for all of them.

    Args:
        user: whose key it is.
        key_id: the key's.
        resource: what stands for it in the state.
        users: what in the state may be the user: it knows what roles call it, even when it is gone.
        around: what else there is of the key.
    """
    known = next((each for each in users if str(each.get("id")) == user), {})
    assert around.version is not None  # an access key is a version's
    yield Holding(
        system=NAME,
        key=around.key,
        version=around.version,
        place=f"{NAME}/{key_id}",
        facts={
            "access_key": key_id,
            "user": user,
            "arn": open_text(known, "outputs", "arn"),
            "user_id": open_text(known, "outputs", "uniqueId"),
        },
        urn="",
        provider=open_text(resource, "provider"),
        window=iam_user.CONSISTENT_AFTER.total_seconds(),
        weak=_WEAK,
    )


@dataclass(frozen=True)
class _Key:
    """What IAM says of the access key."""

    active: bool
    at: datetime
    """When it said so, by its own clock."""


def _deny(holding: Holding, clients: Clients) -> str:
    """Have every role that names the user deny what began up to the last instant at which the key
    may have begun something, as far as that is known now; one that refuses keeps no other back."""
    iam = clients.aws("iam")
    key = _key(iam, holding)
    until = format_instant(key.at + iam_user.CONSISTENT_AFTER)
    document = iam_user.denial_before(until, _SO_FAR if key.active else _LAST)
    names, refused = _names(iam, holding), list[Exception]()
    denied, open_to_all = 0, 0
    if not names:
        return _NAMELESS
    everybody = _everybody_of(names)
    for role in _roles(iam):
        if _trusts(role, names):
            try:
                iam.put_role_policy(
                    RoleName=role["RoleName"], PolicyName=iam_user.SESSIONS, PolicyDocument=document
                )
                denied += 1
            except aws_errors() as error:
                refused.append(error)
        elif _trusts(role, everybody):
            open_to_all += 1
    if refused:
        raise refused[0]
    told = f"what began before {until} is denied by {counted(denied, 'role')}"
    if not denied:
        told = _NONE
    if open_to_all:
        told += (
            f"; not by {counted(open_to_all, 'role')} that everybody in the account may be allowed"
            " to assume"
        )
    return told


def _key(iam: Any, holding: Holding) -> _Key:
    try:
        told = iam.list_access_keys(UserName=holding.facts["user"])
        keys = stated(told, "AccessKeyMetadata")
    except iam.exceptions.NoSuchEntityException as error:
        told, keys = error.response, []
    own = holding.facts["access_key"]
    active = any(key["AccessKeyId"] == own and key["Status"] == "Active" for key in keys)
    return _Key(active, iam_user.answered_at(told))


def _names(iam: Any, holding: Holding) -> frozenset[str]:
    """What a role's trust policy may call the user: by its ARN and, once it is gone, by its id;
    nothing, where nobody knows that any more."""
    known = {holding.facts["arn"], holding.facts["user_id"]} - {""}
    if not known:
        try:
            user = stated(iam.get_user(UserName=holding.facts["user"]), "User")
        except iam.exceptions.NoSuchEntityException:
            return frozenset()
        known = {user["Arn"], user["UserId"]}
    return frozenset(known)


def _everybody_of(names: Iterable[str]) -> frozenset[str]:
    """What a trust policy may call everybody of the user's account."""
    arns = [name.split(":") for name in names if name.startswith("arn:")]
    roots = {f"arn:{arn[1]}:iam::{arn[4]}:root" for arn in arns}
    return frozenset({"*", *roots, *(arn[4] for arn in arns)})


def _roles(iam: Any) -> Iterator[Mapping[str, Any]]:
    for page in iam.get_paginator("list_roles").paginate():
        yield from stated(page, "Roles")


def _trusts(role: Mapping[str, Any], names: frozenset[str]) -> bool:
    """Whether a role's trust policy lets one of these in; a condition is taken to be met."""
    return any(
        statement.get("Effect") == "Allow" and not names.isdisjoint(_principals(statement))
        for statement in _several(stated(role, "AssumeRolePolicyDocument").get("Statement"))
    )


def _principals(statement: Mapping[str, Any]) -> list[str]:
    if "NotPrincipal" in statement:
        return ["*"]
    named = statement.get("Principal") or {}
    return [named] if isinstance(named, str) else _several(named.get("AWS"))


def _several(value: Any) -> list[Any]:
    """A policy's one element may stand without its list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _denies(iam: Any, role: str) -> bool:
    """Whether a role denies them, as it does once the key can begin no more, and nobody changed
    how."""
    try:
        told = iam.get_role_policy(RoleName=role, PolicyName=iam_user.SESSIONS)
    except iam.exceptions.NoSuchEntityException:
        return False
    document = stated(told, "PolicyDocument")
    found = re.search(r'"aws:TokenIssueTime": "([^"]+)"', json.dumps(document))
    return found is not None and document == json.loads(iam_user.denial_before(found[1], _LAST))


class AwsRoleSessions(OnlyListed):
    """What a compromised access key may have begun as somebody else."""

    name: ClassVar[str] = NAME
    types: ClassVar[frozenset[str]] = frozenset()
    """None of its own: it comes with an access key."""

    issues: ClassVar[bool] = False
    steps: ClassVar[Sequence[Step]] = (Step("deny-sessions", _deny, again=True, final=False),)

    def holdings(self, resource: Resource, around: Surroundings) -> Iterable[Holding]:
        """None: an access key's own system has them."""
        return ()

    def material(self, resource: Resource) -> Material:
        """None."""
        return {}

    def mark(self, resource: Resource) -> Mapping[str, str]:
        """None."""
        return {}

    def look(self, holding: Holding, clients: Clients) -> Answer:
        """Look whether the key can begin sessions still, and what its user's roles deny."""
        iam = clients.aws("iam")
        try:
            if _key(iam, holding).active:
                return Answer(Verdict.ACCEPTED, "its key can begin sessions still")
            names = _names(iam, holding)
            if not names:
                return Answer(Verdict.UNCLEAR, _NAMELESS)
            trusting = [str(role["RoleName"]) for role in _roles(iam) if _trusts(role, names)]
            left = sum(not _denies(iam, role) for role in trusting)
        except aws_errors() as error:
            return unclear(error)
        if left:
            return Answer(Verdict.ACCEPTED, f"not denied by {counted(left, 'role')}")
        told = f"denied by {counted(len(trusting), 'role')}" if trusting else _NONE
        return Answer(Verdict.REFUSED, told)
