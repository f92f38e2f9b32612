"""Versions in the sandbox's real systems, made to be revoked, and what is true of each.

Whether a version lives is asked of its system directly, past the way on which calls are broken and
past everything that keylife says.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from keylife.orphan import Clients
from keylife.systems import iam_user
from keylife.systems.aws_answers import as_the_version, aws_errors
from keylife.systems.system import Holding, Material
from keylife.systems.vault_token import ask_as
from tests.systems import (
    test_aws_further,
    test_aws_iam,
    test_aws_role_sessions,
    test_secrets_manager,
    test_ssm_parameter,
    test_vault_approle,
    test_vault_kv,
    test_vault_pki,
    test_vault_token,
)
from tests.systems.doing import done

_ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [_ALLOW]})


@dataclass(frozen=True)
class Victim:
    """A version that is to die, and what is beside it and is to live."""

    holding: Holding
    material: Material = field(repr=False)
    lives: Callable[[], bool]
    """Whether it can be used, or be made to be usable by whoever holds it."""

    unharmed: Callable[[], bool]
    """Whether what nobody asked to end is as it was."""

    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What may be told nowhere, besides the material."""

    names: Mapping[str, str] = field(default_factory=dict)
    """What differs from one time to the next, and what stands for it."""

    @property
    def by_listing(self) -> bool:
        """Whether all that is known of its death comes from asking whether it is there: its system
        is then believed if it denies that for longer than its window."""
        return self.holding.system not in ("aws-iam", "vault-token", "vault-pki")


Maker = Callable[[Clients, str], Victim]


def _with(held: Holding, window: float, weak: str = "") -> Holding:
    return held.model_copy(update={"window": window, "weak": weak or held.weak})


def _names(name: str, held: Holding, **more: str) -> dict[str, str]:
    """The name of the victim, and its facts that hold anything of it, by the facts' names."""
    told = {text: f"<{fact}>" for fact, text in held.facts.items() if len(text) > 8}
    return {name: "<name>", **{text: put for text, put in told.items() if text != name}, **more}


def _authenticates(clients: Clients, material: Material) -> bool:
    pair = (material["access_key_id"], material["secret_access_key"])
    try:
        as_the_version(clients.aws("sts"), "sts", *pair, "us-east-1").get_caller_identity()
    except aws_errors():
        return False
    return True


def _crowded(clients: Clients, name: str, material: Material) -> None:
    """Give a user all that a holder can give itself."""
    iam = clients.aws("iam")
    iam.create_access_key(UserName=name)
    iam.create_login_profile(UserName=name, Password="Aa1!Aa1!Aa1!")
    iam.create_service_specific_credential(UserName=name, ServiceName="codecommit.amazonaws.com")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
    codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "123457"}
    iam.enable_mfa_device(UserName=name, SerialNumber=device["SerialNumber"], **codes)
    iam.upload_ssh_public_key(UserName=name, SSHPublicKeyBody="ssh-rsa AAAA")
    iam.upload_signing_certificate(UserName=name, CertificateBody=_certificate(name))
    iam.create_group(GroupName=name)
    iam.add_user_to_group(UserName=name, GroupName=name)
    iam.put_user_policy(UserName=name, PolicyName="mine", PolicyDocument=_DOCUMENT)


@cache
def _certificate(name: str) -> str:
    """A certificate of its own signature, as IAM takes them."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    whose = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(whose, whose, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=900))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def access_key(clients: Clients, name: str) -> Victim:
    """A key and a user that is the version's own, and has everything."""
    held, material = test_aws_iam.made(clients, name)
    _crowded(clients, name, material)
    _, other = test_aws_iam.made(clients, f"{name}-other")
    iam = clients.aws("iam")

    def lives() -> bool:
        try:
            iam.get_user(UserName=name)
        except iam.exceptions.NoSuchEntityException:
            return _authenticates(clients, material)
        return True

    names = _names(name, held, **{f"arn:aws:iam::123456789012:mfa/{name}": "<mfa>"})
    return Victim(
        _with(held, 10), material, lives, lambda: _authenticates(clients, other), names=names
    )


def shared_access_key(clients: Clients, name: str) -> Victim:
    """A key of a user that another version's key is of, too."""
    held, material = test_aws_iam.made(clients, name, whose="key")
    _, successor = test_aws_iam.key_of(clients, name, "key")
    clients.aws("iam").create_login_profile(UserName=name, Password="Aa1!Aa1!Aa1!")
    held = held.model_copy(
        update={"facts": {**held.facts, "living": successor["access_key_id"]}, "window": 10.0}
    )
    return Victim(
        held,
        material,
        lambda: _authenticates(clients, material),
        lambda: _authenticates(clients, successor),
        names=_names(name, held),
    )


def imported_access_key(clients: Clients, name: str) -> Victim:
    """A key of a user that is not keylife's."""
    held, material = test_aws_iam.made(clients, name, whose="somebody")
    iam = clients.aws("iam")
    iam.create_login_profile(UserName=name, Password="Aa1!Aa1!Aa1!")
    held = _with(held, 10)
    return Victim(
        held,
        material,
        lambda: _authenticates(clients, material),
        lambda: bool(iam.get_login_profile(UserName=name)),
        names=_names(name, held),
    )


def role_session(clients: Clients, name: str) -> Victim:
    """What somebody began with a key as a role; the key itself is dead. The roles are the same each
    time: a revocation looks at all that an account has."""
    key, material, held = test_aws_role_sessions.leaked(clients, name)
    other, mine = test_aws_iam.made(clients, f"{name}-other")
    begun = test_aws_role_sessions.session(clients, material, _role(clients, "holder", name))
    beside = test_aws_role_sessions.session(
        clients, mine, _role(clients, "other", other.facts["user"])
    )
    done(key, clients)

    def is_let_in(session: Any) -> bool:
        try:
            session.get_role(RoleName="fault-matrix-other")
        except aws_errors():
            return False
        return True

    held = held.model_copy(update={"window": 10.0})
    return Victim(
        held, {}, lambda: is_let_in(begun), lambda: is_let_in(beside), names=_names(name, held)
    )


def _role(clients: Clients, name: str, user: str) -> str:
    """The ARN of a role that trusts one user, and denies nobody anything."""
    iam, role = clients.aws("iam"), f"fault-matrix-{name}"
    arn = iam.get_user(UserName=user)["User"]["Arn"]
    trust = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    try:
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=text)
    except iam.exceptions.EntityAlreadyExistsException:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=text)
    iam.put_role_policy(RoleName=role, PolicyName="may", PolicyDocument=_DOCUMENT)
    with suppress(iam.exceptions.NoSuchEntityException):
        iam.delete_role_policy(RoleName=role, PolicyName=iam_user.SESSIONS)
    return str(iam.get_role(RoleName=role)["Role"]["Arn"])


def service_credential(clients: Clients, name: str) -> Victim:
    """A service-specific credential and its own user."""
    held, material = test_aws_further.credential(clients, name)
    test_aws_further.credential(clients, f"{name}-other")
    iam = clients.aws("iam")

    def listed(user: str) -> bool:
        try:
            found = iam.list_service_specific_credentials(UserName=user)
        except iam.exceptions.NoSuchEntityException:
            return False
        told = found["ServiceSpecificCredentials"]
        return any(each["Status"] == "Active" for each in told)

    held = _with(held, 10)
    return Victim(
        held,
        material,
        lambda: listed(name),
        lambda: listed(f"{name}-other"),
        names=_names(name, held),
    )


def gateway_key(clients: Clients, name: str) -> Victim:
    """A key of API Gateway in a usage plan."""
    held, material, plan = test_aws_further.gateway_key(clients, name)
    other, _, _ = test_aws_further.gateway_key(clients, f"{name}-other")
    held = held.model_copy(update={"facts": {**held.facts, "plans": plan}, "window": 60.0})
    gateway = clients.aws("apigateway")

    def enabled(held: Holding) -> bool:
        try:
            return bool(gateway.get_api_key(apiKey=held.facts["api_key"])["enabled"])
        except gateway.exceptions.NotFoundException:
            return False

    return Victim(
        held, material, lambda: enabled(held), lambda: enabled(other), names=_names(name, held)
    )


def vault_token(clients: Clients, name: str) -> Victim:
    """A token."""
    held, material = test_vault_token.held(name, test_vault_token.made(clients, name))
    other = test_vault_token.made(clients, name)["client_token"]
    return Victim(
        held,
        material,
        lambda: ask_as(material["token"], clients).verdict == "accepted",
        lambda: ask_as(other, clients).verdict == "accepted",
        names=_names(name, held),
    )


def secret_id(clients: Clients, name: str) -> Victim:
    """An AppRole secret id; somebody logged in with it."""
    clients.vault.sys.enable_auth_method("approle", path=name)
    role = test_vault_approle.made(clients, name, f"keylife-{name}-v1")
    token = role.login()
    other = test_vault_approle.made(clients, name, f"keylife-{name}-v2")

    def lives() -> bool:
        return ask_as(token, clients).verdict == "accepted" or _logs_in(role)

    names = _names(name, role.held)
    return Victim(role.held, role.material, lives, lambda: _logs_in(other), (token,), names)


def _logs_in(role: test_vault_approle.Role) -> bool:
    import hvac

    try:
        role.login()
    except hvac.exceptions.VaultError:
        return False
    return True


def certificate(clients: Clients, name: str) -> Victim:
    """A certificate of Vault's PKI."""
    held, material = test_vault_pki.issue(clients, test_vault_pki.made(clients, name))
    other, _ = test_vault_pki.issue(clients, name)

    def valid(held: Holding) -> bool:
        told = clients.vault.read(f"{name}/cert/{held.facts['serial']}")["data"]
        return not told["revocation_time"]

    return Victim(
        held, material, lambda: valid(held), lambda: valid(other), names=_names(name, held)
    )


def copy_in_kv(clients: Clients, name: str) -> Victim:
    """All that stands at a path."""
    place = f"{name}/place"
    canary = secrets.token_hex(16)
    test_vault_kv.write(clients, place, 1, {"token": canary})
    test_vault_kv.write(clients, f"{name}-other/place", 1, {"token": "other"})
    return Victim(
        test_vault_kv.held(place, 1),
        {},
        lambda: bool(test_vault_kv.readable(clients, place)),
        lambda: test_vault_kv.readable(clients, f"{name}-other/place") == {1: {"token": "other"}},
        (canary,),
        {name: "<name>"},
    )


def copy_behind_in_kv(clients: Clients, name: str) -> Victim:
    """What a successor replaced at a path, beside a value that says that it is the successor's."""
    place = f"{name}/place"
    for version in (1, 2, 3):
        test_vault_kv.write(clients, place, version, {"access_key_id": f"AKIA{version}{name}"})
    held = test_vault_kv.held(place, 1, access_key_id=f"AKIA1{name}")
    left = {n: {"access_key_id": f"AKIA{n}{name}"} for n in (2, 3)}

    def lives() -> bool:
        return 1 in test_vault_kv.readable(clients, place)

    def unharmed() -> bool:
        found = test_vault_kv.readable(clients, place)
        return {n: value for n, value in found.items() if n != 1} == left

    return Victim(held, {}, lives, unharmed, names={name: "<name>"})


def copy_in_secrets_manager(clients: Clients, name: str) -> Victim:
    """A secret, with a replica."""
    canary = secrets.token_hex(16)
    secret = test_secrets_manager.Secret(clients, name, {"token": canary})
    secret.manager.replicate_secret_to_regions(
        SecretId=secret.arn, AddReplicaRegions=[{"Region": "eu-west-1"}]
    )
    other = test_secrets_manager.Secret(clients, f"{name}-other", {"token": "other"})
    held = _with(secret.held(1), 10)
    return Victim(
        held,
        {},
        lambda: secret.read() is not None,
        lambda: bool(other.read() == {"token": "other"}),
        (canary,),
        {secret.arn: "<secret>", name: "<name>"},
    )


def copy_behind_in_secrets_manager(clients: Clients, name: str) -> Victim:
    """A value behind the current one."""
    secret = test_secrets_manager.Secret(
        clients, name, {"access_key_id": "AKIA1"}, {"access_key_id": "AKIA2"}
    )
    held = secret.held(1, living="2", current=2, access_key_id="AKIA1")
    return Victim(
        _with(held, 10, "Secrets Manager keeps it"),
        {},
        lambda: secret.read(VersionStage="AWSPREVIOUS") is not None,
        lambda: bool(secret.read() == {"access_key_id": "AKIA2"}),
        names={secret.arn: "<secret>", name: "<name>"},
    )


def parameter(clients: Clients, name: str) -> Victim:
    """A parameter."""
    canary = secrets.token_hex(16)
    held = test_ssm_parameter.write(clients, name, 1, {"token": canary})
    test_ssm_parameter.write(clients, f"{name}-other", 1, {"token": "other"})
    ssm = clients.aws("ssm")

    def stands(name: str) -> bool:
        try:
            return bool(ssm.get_parameter(Name=f"/{name}"))
        except ssm.exceptions.ParameterNotFound:
            return False

    return Victim(
        _with(held, 10),
        {},
        lambda: stands(name),
        lambda: stands(f"{name}-other"),
        (canary,),
        {name: "<name>"},
    )


VICTIMS: Mapping[str, Maker] = {
    "access key": access_key,
    "access key of a user that stays": shared_access_key,
    "imported access key": imported_access_key,
    "session of a role": role_session,
    "service credential": service_credential,
    "gateway key": gateway_key,
    "token": vault_token,
    "secret id": secret_id,
    "certificate": certificate,
    "copy in KV": copy_in_kv,
    "copy behind in KV": copy_behind_in_kv,
    "secret": copy_in_secrets_manager,
    "value behind": copy_behind_in_secrets_manager,
    "parameter": parameter,
}
