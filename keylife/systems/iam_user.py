"""What an IAM user has besides the credential that is to die: found and ended, in a safe order.

Whoever holds a leaked key may have made itself others (a console password, a second key), and a
user that has any cannot be deleted. Source: AWS IAM API Reference, DeleteUser, and the IAM User
Guide, "Deleting an IAM user": what must go first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from keylife.model.instant import format_instant
from keylife.orphan import code_of
from keylife.systems.aws_answers import aws_errors, stated
from keylife.systems.system import Answer, Verdict

REVOKED = "keylife-revoked"
"""The inline policy that denies everything; its name tells people what it is."""

SESSIONS = "keylife-sessions"
"""The inline policy that denies everything to sessions that were begun before an instant."""

REVOKED_FOR_GOOD = "KeylifeRevoked"
"""What the statement of a denial is called."""

_KEYLIFES = (REVOKED, SESSIONS, "keylife-expiry")

ACCESS_KEY = "access key"
"""What `Found.what` calls a key pair of AWS's own kind."""

CONSISTENT_AFTER = timedelta(seconds=10)
"""For so long a key that was deactivated may still begin sessions somewhere."""


@dataclass(frozen=True)
class Found:
    """A credential of a user."""

    what: str
    """Its kind, without its id: ``access key``, ``console password``."""

    id: str
    active: bool
    end: Callable[[], object]


def unless_gone(iam: Any, user: str, act: Callable[[], str], gone: str = "no such user") -> str:
    """What was done to a user, or what is said where it, or what is of it, is not there.

    AWS knows no path of a user that is not there: who may act below one path only is denied
    everything on it, so a step that is done again is denied what it had done before. Who may read
    every user is told that it is gone. Source: cloud-gov/terraform-provision, pull requests 1923
    and 1929, which met this.

    Raises:
        botocore.exceptions.ClientError: IAM refused, or broke.
    """
    try:
        return act()
    except iam.exceptions.NoSuchEntityException:
        return gone
    except aws_errors() as error:
        if code_of(error) != "AccessDenied" or stands(iam, user):
            raise
        return gone


def deny_everything(iam: Any, user: str) -> str:
    """Deny the user everything: its keys, and every session that any of them began.

    A holder may have filled the room that inline policies have; what is not keylife's then goes.
    """
    document = _denial({}, REVOKED_FOR_GOOD)
    try:
        _put(iam, user, REVOKED, document)
    except iam.exceptions.LimitExceededException:
        for name in set(_inline(iam, user)).difference(_KEYLIFES):
            _gone_is_fine(_bound(iam.delete_user_policy, UserName=user, PolicyName=name))
        _put(iam, user, REVOKED, document)
    return "denied everything"


def deny_sessions(iam: Any, user: str) -> str:
    """Deny everything to the user's sessions that began up to now, and for as long from now on as
    a deactivated key may still begin some; its long-term keys are not touched.

    Now is AWS's own: a request with a long-term key has no token issue time, so no condition on
    one holds for it. Source: IAM User Guide, "Revoking IAM role temporary security credentials".
    """
    told = iam.list_user_policies(UserName=user, MaxItems=1)
    until = format_instant(answered_at(told) + CONSISTENT_AFTER)
    _put(iam, user, SESSIONS, denial_before(until))
    return f"denied everything to sessions begun before {until}"


def credentials_of(iam: Any, user: str) -> Iterator[Found]:
    """Every credential of a user; none if there is no such user.

    Raises:
        botocore.exceptions.ClientError: IAM refused, or broke.
    """
    try:
        for entry in _all(iam, "list_access_keys", "AccessKeyMetadata", user):
            yield _found(iam.delete_access_key, ACCESS_KEY, user, entry, "AccessKeyId")
        if _has_password(iam, user):
            end = _bound(iam.delete_login_profile, UserName=user)
            yield Found("console password", user, active=True, end=end)
        listed = iam.list_service_specific_credentials(UserName=user)
        for entry in stated(listed, "ServiceSpecificCredentials"):
            end = iam.delete_service_specific_credential
            kind = "service-specific credential"
            yield _found(end, kind, user, entry, "ServiceSpecificCredentialId")
        for entry in _all(iam, "list_signing_certificates", "Certificates", user):
            end = iam.delete_signing_certificate
            yield _found(end, "signing certificate", user, entry, "CertificateId")
        for entry in _all(iam, "list_ssh_public_keys", "SSHPublicKeys", user):
            yield _found(iam.delete_ssh_public_key, "SSH key", user, entry, "SSHPublicKeyId")
    except iam.exceptions.NoSuchEntityException:
        return


def look(iam: Any, user: str, own: str, known: frozenset[str] | None, *, its_own: bool) -> Answer:
    """What IAM lists of a credential, and of whatever its holder may have added to its user.

    Raises:
        botocore.exceptions.ClientError: IAM refused, or broke.

    Args:
        iam: the operator's client.
        user: whose.
        own: the id of the credential.
        known: ids of others that live on; any further one is its holder's. None where the user is
            somebody's, and may have others.
        its_own: whether the user ends with the credential: so it is denied everything as long as
            the credential is kept, and gone when that is deleted.
    """
    held = list(credentials_of(iam, user))
    if any(found.id == own and found.active for found in held):
        return Answer(Verdict.ACCEPTED, "listed as Active")
    others = sorted({f.what for f in held if f.active and known is not None and f.id not in known})
    if others:
        return Answer(Verdict.ACCEPTED, f"its user has another {others[0]}")
    kept = any(found.id == own for found in held)
    if its_own and stands(iam, user):
        if not _is_denied(iam, user):
            return Answer(Verdict.ACCEPTED, "its user is not denied everything any more")
        if not kept:
            return Answer(Verdict.POWERLESS, "its user stands still, denied everything")
    return Answer(Verdict.REFUSED, "listed as Inactive" if kept else "not listed")


def stands(iam: Any, user: str) -> bool:
    """Whether there is such a user, as far as IAM has heard.

    Raises:
        botocore.exceptions.ClientError: IAM refused, or broke.
    """
    try:
        iam.get_user(UserName=user)
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


def _is_denied(iam: Any, user: str) -> bool:
    try:
        iam.get_user_policy(UserName=user, PolicyName=REVOKED)
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


def end_all(iam: Any, user: str, is_spared: Callable[[Found], bool] = lambda found: False) -> str:
    """End every credential of a user but some, and its second factors, which are no credentials
    by themselves but keep it from being deleted.

    Args:
        iam: the operator's client.
        user: whose.
        is_spared: which credentials stay.
    """
    ended: dict[str, int] = {}
    for found in list(credentials_of(iam, user)):
        if not is_spared(found):
            _gone_is_fine(found.end)
            ended[found.what] = ended.get(found.what, 0) + 1
    try:
        devices = list(_all(iam, "list_mfa_devices", "MFADevices", user))
    except iam.exceptions.NoSuchEntityException:
        devices = []
    for device in devices:
        serial = device["SerialNumber"]
        _gone_is_fine(_bound(iam.deactivate_mfa_device, UserName=user, SerialNumber=serial))
        if ":mfa/" in serial:  # a virtual one is a thing of its own
            _gone_is_fine(_bound(iam.delete_virtual_mfa_device, SerialNumber=serial))
        ended["MFA device"] = ended.get("MFA device", 0) + 1
    told = ", ".join(f"{count} {what}" for what, count in ended.items())
    return f"ended {told}" if told else "found no others"


def delete(iam: Any, user: str) -> str:
    """Delete a user and all that hangs on it; what denies it everything is put there anew, for
    a try before this one may have come so far, and goes last.

    Raises:
        botocore.exceptions.ClientError: IAM refused, or broke; ``DeleteConflict`` if somebody
            added something meanwhile.
    """
    deny_everything(iam, user)
    ended = end_all(iam, user)
    for group in _all(iam, "list_groups_for_user", "Groups", user):
        name = group["GroupName"]
        _gone_is_fine(_bound(iam.remove_user_from_group, UserName=user, GroupName=name))
    for policy in _all(iam, "list_attached_user_policies", "AttachedPolicies", user):
        arn = policy["PolicyArn"]
        _gone_is_fine(_bound(iam.detach_user_policy, UserName=user, PolicyArn=arn))
    for name in sorted(_inline(iam, user), key=lambda name: name == REVOKED):
        _gone_is_fine(_bound(iam.delete_user_policy, UserName=user, PolicyName=name))
    iam.delete_user(UserName=user)
    return f"deleted the user; {ended}"


def delete_if_there(iam: Any, user: str) -> str:
    """The same, of a user that may be gone already.

    Raises:
        botocore.exceptions.ClientError: as `delete`.
    """
    try:
        return delete(iam, user)
    except aws_errors() as error:
        if code_of(error) not in ("AccessDenied", "NoSuchEntity") or stands(iam, user):
            raise
        return "no such user"


def _found(
    end: Callable[..., object], what: str, user: str, entry: Mapping[str, Any], name: str
) -> Found:
    active = entry.get("Status", "Active") == "Active"
    return Found(what, entry[name], active, _bound(end, UserName=user, **{name: entry[name]}))


def _bound(call: Callable[..., object], **parameters: str) -> Callable[[], object]:
    return lambda: call(**parameters)


def _gone_is_fine(call: Callable[[], object]) -> None:
    """Somebody else, or a first try whose answer was lost, may have done it."""
    try:
        call()
    except aws_errors() as error:
        if code_of(error) != "NoSuchEntity":
            raise


def _all(iam: Any, operation: str, member: str, user: str) -> Iterator[Mapping[str, Any]]:
    for page in iam.get_paginator(operation).paginate(UserName=user):
        yield from stated(page, member)


def _inline(iam: Any, user: str) -> list[str]:
    return [
        name
        for page in iam.get_paginator("list_user_policies").paginate(UserName=user)
        for name in stated(page, "PolicyNames")
    ]


def _has_password(iam: Any, user: str) -> bool:
    try:
        iam.get_login_profile(UserName=user)
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


def _put(iam: Any, user: str, name: str, document: str) -> None:
    iam.put_user_policy(UserName=user, PolicyName=name, PolicyDocument=document)


def denial_before(until: str, name: str = REVOKED_FOR_GOOD) -> str:
    """A policy that denies everything to sessions that began before an instant.

    Args:
        until: the instant, as AWS writes it.
        name: of its statement.
    """
    return _denial({"DateLessThan": {"aws:TokenIssueTime": until}}, name)


def _denial(condition: Mapping[str, Any], name: str) -> str:
    statement = {"Sid": name, "Effect": "Deny", "Action": "*", "Resource": "*"}
    about = {"Condition": condition} if condition else {}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **about}]})


def answered_at(response: Mapping[str, Any]) -> datetime:
    """When AWS answered, by its own clock.

    Raises:
        botocore.parsers.ResponseParserError: it does not say, so it is not AWS's.
    """
    told = stated(response["ResponseMetadata"]["HTTPHeaders"], "date")
    return parsedate_to_datetime(told).astimezone(UTC)
