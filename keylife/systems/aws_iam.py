"""AWS IAM access keys: denied, deactivated, deleted, with all that their user has besides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import Any, ClassVar

from keylife.orphan import Clients, code_of
from keylife.systems import iam_user
from keylife.systems.aws_answers import (
    as_the_version,
    asked,
    aws_errors,
    request_id_of,
    together,
    two_regions,
    unclear,
)
from keylife.systems.aws_role_sessions import sessions_of
from keylife.systems.state import issued, open_text, secret_text
from keylife.systems.system import (
    Answer,
    Holding,
    Material,
    Resource,
    Step,
    Surroundings,
    Use,
    Verdict,
)

WINDOW = 10.0
"""Seconds. IAM is eventually consistent: a deleted key was seen to work for 3 to 4 s, and AWS names
no bound. Source: docs/reference/systems.md."""


_NO_KEY = "no such access key"


class Whose(StrEnum):
    """Whose the user of an access key is, and so what may be done to it."""

    VERSION = "version"
    """The version's own, or one that all its key's versions share and that ends with them."""

    KEY = "key"
    """One that versions share of which some live on."""

    SOMEBODY = "somebody"
    """It was there before the key was keylife's, and stays."""


def _deny(holding: Holding, clients: Clients) -> str:
    iam, user = clients.aws("iam"), holding.facts["user"]
    whole = _whose(holding) is Whose.VERSION
    if holding.superseded and not whole:
        return "left alone: sessions of its user may be its successor's"
    deny = iam_user.deny_everything if whole else iam_user.deny_sessions
    return iam_user.unless_gone(iam, user, lambda: deny(iam, user))


def _deactivate(holding: Holding, clients: Clients) -> str:
    iam = clients.aws("iam")

    def deactivate() -> str:
        iam.update_access_key(**_key(holding), Status="Inactive")
        return "inactive"

    return iam_user.unless_gone(iam, holding.facts["user"], deactivate, _NO_KEY)


def _end_sessions(holding: Holding, clients: Clients) -> str:
    """Once more, for those that were begun before the key was inactive everywhere."""
    if _whose(holding) is Whose.VERSION:
        return "denied with everything else"
    return _deny(holding, clients)


def _end_others(holding: Holding, clients: Clients) -> str:
    iam, user, whose = clients.aws("iam"), holding.facts["user"], _whose(holding)
    if whose is Whose.SOMEBODY:
        return "left alone: the user is not keylife's"
    own = holding.facts["access_key"]

    def is_spared(found: iam_user.Found) -> bool:
        # a deploy that is under way may be making a successor: of a user that versions share no
        # access key is ended but by its own id, whatever IAM lists at the moment
        return found.id == own or (whose is Whose.KEY and found.what == iam_user.ACCESS_KEY)

    end = partial(iam_user.end_all, iam, user, is_spared)
    return iam_user.unless_gone(iam, user, end)


def _delete_key(holding: Holding, clients: Clients) -> str:
    iam = clients.aws("iam")

    def delete() -> str:
        iam.delete_access_key(**_key(holding))
        return "deleted"

    return iam_user.unless_gone(iam, holding.facts["user"], delete, _NO_KEY)


def _delete_user(holding: Holding, clients: Clients) -> str:
    if _whose(holding) is not Whose.VERSION:
        return "the user stays"
    return iam_user.delete_if_there(clients.aws("iam"), holding.facts["user"])


def _whose(holding: Holding) -> Whose:
    return Whose(holding.facts["whose"])


def _key(holding: Holding) -> dict[str, str]:
    return {"UserName": holding.facts["user"], "AccessKeyId": holding.facts["access_key"]}


_ACCESS_KEY = "aws:iam/accessKey:AccessKey"
_USER = "aws:iam/user:User"


class AwsIam:
    """An access key and its user."""

    name: ClassVar[str] = "aws-iam"
    types: ClassVar[frozenset[str]] = frozenset(
        {
            _ACCESS_KEY,
            _USER,
            "aws:iam/userPolicy:UserPolicy",
            "aws:iam/userPolicyAttachment:UserPolicyAttachment",
        }
    )
    issues: ClassVar[bool] = True
    steps: ClassVar[Sequence[Step]] = (
        Step("deny", _deny, final=False),
        Step("deactivate", _deactivate, final=False),
        Step("end-sessions", _end_sessions, final=False),
        Step("end-other-credentials", _end_others),
        Step("delete-key", _delete_key),
        Step("delete-user", _delete_user),
    )

    def holdings(self, resource: Resource, around: Surroundings) -> Iterable[Holding]:
        """One for an access key, with which the rest goes, and one for what was begun with it
        elsewhere, where it may have been."""
        if resource["type"] != _ACCESS_KEY:
            return
        key_id, user = str(resource["id"]), open_text(resource, "inputs", "user")
        living = [
            str(sibling["id"])
            for version, resources in around.versions.items()
            for sibling in resources
            if sibling["type"] == _ACCESS_KEY and version not in around.ending
        ]
        whose = whose_user(user, around)
        facts = {
            "access_key": key_id,
            "user": user,
            "whose": str(whose),
            "living": " ".join(living) if whose is Whose.KEY else "",
        }
        ends = issued(self.name, resource, around, identity=key_id, facts=facts, window=WINDOW)
        yield from ends
        # of a user that versions share, sessions may be a successor's
        if ends and around.compromised and (whose is Whose.VERSION or not living):
            beside = around.versions.get(around.version or 0, ())
            users = [r for r in (*beside, *around.shared) if r["type"] == _USER]
            yield from sessions_of(user, key_id, resource, users, around)

    def material(self, resource: Resource) -> Material:
        """Id and secret."""
        secret = secret_text(resource.get("outputs"), "secret")
        if resource["type"] != _ACCESS_KEY or not secret:
            return {}
        return {"access_key_id": str(resource["id"]), "secret_access_key": secret}

    def mark(self, resource: Resource) -> Mapping[str, str]:
        """The id, which a copy shows beside the secret."""
        return {"access_key_id": str(resource["id"])} if resource["type"] == _ACCESS_KEY else {}

    def use(self, holding: Holding, material: Material, clients: Clients) -> Answer:
        """Ask STS in two regions who asks, which needs no permission; then whether it may.

        A key that every policy denies is answered all the same, and so is not refused. It is
        powerless if IAM, asked for its own user, refuses by an explicit deny: what a policy just
        does not allow would be refused in other words. A key that is refused is not all that its
        holder may have: so nothing else of it must stand, either.
        """
        pair = (material["access_key_id"], material["secret_access_key"])
        try:
            sts, iam = clients.aws("sts"), clients.aws("iam")
        except aws_errors() as error:
            return unclear(error)
        answers = []
        for region in two_regions(sts):
            answer = asked(as_the_version(sts, "sts", *pair, region).get_caller_identity)
            if answer.verdict is Verdict.ACCEPTED:
                return _power(as_the_version(iam, "iam", *pair, iam.meta.region_name), answer)
            answers.append(answer)
        refused = together(answers)
        if refused.verdict is not Verdict.REFUSED:
            return refused
        listing = self.look(holding, clients)
        return refused if listing.verdict is Verdict.REFUSED else listing

    def look(self, holding: Holding, clients: Clients) -> Answer:
        """List what the user has: the key itself, and what its holder may have added."""
        whose, living = _whose(holding), frozenset(holding.facts["living"].split())
        try:
            return iam_user.look(
                clients.aws("iam"),
                holding.facts["user"],
                holding.facts["access_key"],
                None if whose is Whose.SOMEBODY else living,
                its_own=whose is Whose.VERSION,
            )
        except aws_errors() as error:
            return unclear(error)

    def last_use(self, holding: Holding, clients: Clients) -> Use:
        """What IAM tells of the key: when, for which service, in which region."""
        key = holding.facts["access_key"]
        told = clients.aws("iam").get_access_key_last_used(AccessKeyId=key)["AccessKeyLastUsed"]
        used = told.get("LastUsedDate")
        return Use(key, used, f"{told['ServiceName']} in {told['Region']}" if used else None)


def whose_user(user: str, around: Surroundings) -> Whose:
    """Whose the IAM user of a version's credential is."""
    if around.version is not None and _has_user(user, around.versions[around.version]):
        return Whose.VERSION
    if _has_user(user, around.shared):
        whole = around.versions.keys() <= around.ending
        return Whose.VERSION if whole else Whose.KEY
    return Whose.SOMEBODY


def _has_user(user: str, resources: Iterable[Resource]) -> bool:
    return any(r["type"] == _USER and str(r.get("id")) == user for r in resources)


def _power(iam: Any, answer: Answer) -> Answer:
    """What a key may that authenticates: ``answer`` is what STS said."""
    try:
        told = iam.get_user()
    except aws_errors() as error:
        if code_of(error) == "AccessDenied" and "explicit deny" in str(error):
            said = "AccessDenied by an explicit deny"
            return replace(unclear(error), verdict=Verdict.POWERLESS, said=said)
        return answer  # that it authenticates is known
    return Answer(Verdict.ACCEPTED, "200", request_id_of(told))
