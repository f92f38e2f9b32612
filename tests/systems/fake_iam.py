"""An IAM that is eventually consistent, and somebody who holds a leaked key and fights for it.

What changes is seen at each replica after 0 to 10 s of its own, in any order. Reads, and what a
caller may do, are decided by some replica; changes are made at the primary, which may call for
something that a replica has not heard of yet (404 after create). What of AWS this follows, and
where it is harder, is in docs/reference/systems.md.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError, ConnectionClosedError

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
REPLICAS = 3
SLOWEST = 10.0
USER = "leaked"
LIMIT = 2_048


class NoSuchEntityError(ClientError):
    pass


class LimitExceededError(ClientError):
    pass


def refused(code: str, message: str = "") -> ClientError:
    kind = {"NoSuchEntity": NoSuchEntityError, "LimitExceeded": LimitExceededError}
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {}}
    return kind.get(code, ClientError)(response, "Operation")


Thing = tuple[str, str]
"""What there is of the user: its kind and id."""

View = Mapping[Thing, Any]


@dataclass
class Change:
    thing: Thing
    value: Any
    seen: tuple[float, ...]
    """By replica, from when on."""


@dataclass(frozen=True)
class Credential:
    """Something that somebody has: a key, a password, a session."""

    kind: str
    id: str
    issued: float | None = None
    """Of a session."""


class FakeIam:
    """The account's IAM and STS."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.now = 0.0
        self.changes: list[Change] = []
        self.between: Callable[[], None] = lambda: None
        """What others do between two calls."""

        self.lost = 0.0
        """How often an answer of a call gets lost."""

        self._numbers = iter(range(1_000_000))

    def instant(self) -> datetime:
        return START + timedelta(seconds=self.now)

    def change(self, thing: Thing, value: Any) -> None:
        delays = (self.random.uniform(0, SLOWEST) for _ in range(REPLICAS))
        self.changes.append(Change(thing, value, tuple(self.now + delay for delay in delays)))

    def view(self, replica: int | None) -> View:
        """What a replica knows; None is the primary."""
        found = {
            change.thing: change.value
            for change in self.changes
            if replica is None or change.seen[replica] <= self.now
        }
        return {thing: value for thing, value in found.items() if value is not None}

    def some_view(self) -> View:
        return self.view(self.random.choice([None, *range(REPLICAS)]))

    def call(self) -> None:
        """A call takes its time, and others use it."""
        self.now += self.random.uniform(0.02, 0.3)
        self.between()

    def answer(self, told: Any = None) -> Any:
        if self.random.random() < self.lost:
            raise ConnectionClosedError(endpoint_url="https://iam")
        return told or {}

    def create_key(self) -> str:
        key = f"AKIA{next(self._numbers)}"
        self.change(("key", key), "Active")
        return key

    def authenticates(self, credential: Credential, view: View) -> bool:
        if credential.kind == "session":
            return ("user", USER) in view
        return view.get((credential.kind, credential.id)) == "Active"

    def may(self, credential: Credential, view: View) -> bool:
        """Whether the credential can do anything there."""
        if not self.authenticates(credential, view) or ("user", USER) not in view:
            return False
        policies = [value for (kind, _), value in view.items() if kind == "policy"]
        denied = any(self._denies(policy, credential) for policy in policies)
        return not denied and any(policy == "allow" for policy in policies)

    def _denies(self, policy: str, credential: Credential) -> bool:
        if policy == "allow":
            return False
        [statement] = json.loads(policy)["Statement"]
        until = statement.get("Condition", {}).get("DateLessThan", {}).get("aws:TokenIssueTime")
        if until is None:
            return True
        end = (datetime.fromisoformat(until) - START).total_seconds()
        return credential.issued is not None and credential.issued < end


@dataclass
class Holder:
    """Whoever has the leaked key, and everything that it was made into since."""

    iam: FakeIam
    credentials: list[Credential]
    busy: float
    """How often something is tried between two calls of the operator's."""

    deeds: int = 0
    powers: tuple[str, ...] = field(
        default=("key", "password", "service", "session", "undeny", "reactivate", "allow", "fill")
    )

    def act(self) -> None:
        iam = self.iam
        while iam.random.random() < self.busy:
            credential = iam.random.choice(self.credentials)
            view = iam.view(iam.random.randrange(REPLICAS))
            primary = iam.view(None)
            if not iam.may(credential, view) or ("user", USER) not in primary:
                continue
            self.deeds += 1
            self._do(iam.random.choice(self.powers), credential, primary)

    def _do(self, power: str, credential: Credential, primary: View) -> None:
        iam = self.iam
        if power == "key":
            if sum(kind == "key" for kind, _ in primary) < 2:
                self.credentials.append(Credential("key", iam.create_key()))
        elif power == "password":
            iam.change(("password", USER), "Active")
            self.credentials.append(Credential("password", USER))
        elif power == "service":
            iam.change(("service", "ACCA"), "Active")
            self.credentials.append(Credential("service", "ACCA"))
        elif power == "session":
            self.credentials.append(Credential("session", "ASIA", iam.now))
        elif power == "undeny":
            for thing, value in primary.items():
                if thing[0] == "policy" and value != "allow":
                    iam.change(thing, None)
        elif power == "reactivate" and (credential.kind, credential.id) in primary:
            iam.change((credential.kind, credential.id), "Active")
        elif power == "allow":
            iam.change(("policy", "attached:admin"), "allow")
        elif power == "fill":
            iam.change(("policy", "full"), "allow")

    def alive(self) -> list[Credential]:
        """What can do anything anywhere."""
        views = [self.iam.view(replica) for replica in range(REPLICAS)]
        return [c for c in self.credentials if any(self.iam.may(c, view) for view in views)]


class OperatorsIam:
    """boto3's IAM client, as far as revoking needs it."""

    exceptions = SimpleNamespace(
        NoSuchEntityException=NoSuchEntityError, LimitExceededException=LimitExceededError
    )
    meta = SimpleNamespace(region_name="eu-central-1", partition="aws")

    def __init__(self, iam: FakeIam) -> None:
        self.fake = self._iam = iam

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=lambda **given: iter([self._listed(operation)]))

    def list_user_policies(self, **given: Any) -> Any:
        return self._listed("list_user_policies")

    def list_service_specific_credentials(self, **given: Any) -> Any:
        return self._listed("list_service_specific_credentials")

    def get_login_profile(self, UserName: str) -> Any:  # as boto3 has it
        return self._read(("password", USER))

    def get_user_policy(self, UserName: str, PolicyName: str) -> Any:
        return self._read(("policy", PolicyName))

    def get_user(self, UserName: str) -> Any:
        return self._read(("user", USER))

    def put_user_policy(self, UserName: str, PolicyName: str, PolicyDocument: str) -> Any:
        def room(primary: View) -> None:
            if ("policy", "full") in primary:
                raise refused("LimitExceeded")

        return self._write(("policy", PolicyName), PolicyDocument, ("user", USER), room)

    def delete_user_policy(self, UserName: str, PolicyName: str) -> Any:
        return self._write(("policy", PolicyName), None)

    def detach_user_policy(self, UserName: str, PolicyArn: str) -> Any:
        return self._write(("policy", PolicyArn), None)

    def update_access_key(self, UserName: str, AccessKeyId: str, Status: str) -> Any:
        return self._write(("key", AccessKeyId), Status)

    def delete_access_key(self, UserName: str, AccessKeyId: str) -> Any:
        return self._write(("key", AccessKeyId), None)

    def delete_login_profile(self, UserName: str) -> Any:
        return self._write(("password", USER), None)

    def delete_service_specific_credential(
        self,
        UserName: str,
        ServiceSpecificCredentialId: str,
    ) -> Any:
        return self._write(("service", ServiceSpecificCredentialId), None)

    def delete_user(self, UserName: str) -> Any:
        def empty(primary: View) -> None:
            if len(primary) > 1:
                raise refused("DeleteConflict")

        return self._write(("user", USER), None, ("user", USER), empty)

    def _read(self, thing: Thing) -> Any:
        self._iam.call()
        if thing not in self._iam.some_view():
            raise refused("NoSuchEntity")
        return self._iam.answer()

    def _write(
        self,
        thing: Thing,
        value: Any,
        needed: Thing | None = None,
        condition: Callable[[View], None] = lambda primary: None,
    ) -> Any:
        self._iam.call()
        primary = self._iam.view(None)
        condition(primary)
        heard = self._iam.random.random() > 0.1 or (needed or thing) in self._iam.some_view()
        if (needed or thing) not in primary or not heard:
            raise refused("NoSuchEntity")
        self._iam.change(thing, value)
        return self._iam.answer()

    def _listed(self, operation: str) -> Any:
        self._iam.call()
        view = self._iam.some_view()
        if ("user", USER) not in view:
            raise refused("NoSuchEntity")
        date = format_datetime(self._iam.instant(), usegmt=True)
        return self._iam.answer(
            {
                "ResponseMetadata": {"HTTPHeaders": {"date": date}},
                "AccessKeyMetadata": [
                    {"AccessKeyId": id_, "Status": status} for id_, status in of(view, "key")
                ],
                "ServiceSpecificCredentials": [
                    {"ServiceSpecificCredentialId": id_, "Status": status}
                    for id_, status in of(view, "service")
                ],
                "PolicyNames": [n for n, _ in of(view, "policy") if not n.startswith("attached")],
                "AttachedPolicies": [
                    {"PolicyArn": n} for n, _ in of(view, "policy") if n.startswith("attached")
                ],
                **{n: [] for n in ("Certificates", "SSHPublicKeys", "MFADevices", "Groups")},
            }
        )


def of(view: View, kind: str) -> Iterator[tuple[str, Any]]:
    return ((id_, value) for (of_kind, id_), value in view.items() if of_kind == kind)


class AsTheKey:
    """STS and IAM, asked with a key, in some region."""

    def __init__(self, iam: FakeIam, key: str) -> None:
        self._iam, self._me = iam, Credential("key", key)

    def get_caller_identity(self) -> Any:
        self._iam.call()
        if not self._iam.authenticates(self._me, self._iam.view(self._replica())):
            raise refused("InvalidClientTokenId")
        return self._iam.answer()

    def get_user(self) -> Any:
        self._iam.call()
        view = self._iam.view(self._replica())
        if not self._iam.authenticates(self._me, view):
            raise refused("InvalidClientTokenId")
        if not self._iam.may(self._me, view):
            raise refused("AccessDenied", "with an explicit deny in an identity-based policy")
        return self._iam.answer()

    def _replica(self) -> int:
        return self._iam.random.randrange(REPLICAS)
