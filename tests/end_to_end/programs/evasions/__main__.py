"""The ways around the rules that stand in a program, each beside its twin.

A resource is named as its evasion in ``tests/evasions/in_a_program.py``; its twin does the honest
thing that looks most like it, and is named ``<evasion>-twin``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_vault as vault
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

STATED = {"owner": "team-payments", "service": "billing"}
LIFE = {
    "rotationDue": "2026-12-14T12:00:00Z",
    "grace": "9d",
    "cause": "first",
    "scope": {},
    **STATED,
}
Options = pulumi.ResourceOptions
Inputs = dict[str, Any]


class Component(pulumi.ComponentResource):
    """A component of any type, with any inputs."""


class Any_(pulumi.CustomResource):
    """A resource of any type, as another SDK would register it; previewed only."""

    def __init__(self, kind: str, name: str, inputs: Inputs, opts: Options | None = None) -> None:
        version = Options(version="0.0.1")
        super().__init__(kind, name, inputs, Options.merge(opts, version))


only = pulumi.Config().get("only")


def wanted(name: str) -> bool:
    """Whether an evasion is previewed: all of them at once, or one alone."""
    return only in (None, name)


def both(name: str, make: Callable[..., object], evasion: Inputs, twin: Inputs) -> None:
    """The evasion and its twin, of one kind."""
    if wanted(name):
        make(name, **evasion)
        make(f"{name}-twin", **twin)


def token(name: str, opts: Options | None = None, **inputs: Any) -> pulumi.Resource:
    """A compliant token, but for what is said."""
    compliant = {"ttl": "1h", "no_parent": True, "policies": ["ci"], "metadata": STATED}
    return vault.Token(name, **{**compliant, **inputs}, opts=opts)


def team(name: str, stated: Inputs = STATED, parent: pulumi.Resource | None = None) -> Component:
    """A team's component, which states owner and service for what is below it."""
    return Component("acme:index:Team", name, stated, Options(parent=parent))


def key(name: str, opts: Options | None = None, **inputs: Any) -> Component:
    """A compliant key, but for what is said."""
    compliant = {
        "id": name,
        "kind": "vault-token",
        "purpose": "reads",
        "scope": {},
        "ttl": "30d",
        "rotateEvery": "21d",
        "quarantine": "0s",
        "deliver": [f"vault-kv secret/{name}"],
        "destroyedThrough": 0,
        **STATED,
    }
    return Component("keylife:index:ManagedKey", name, {**compliant, **inputs}, opts)


def version(name: str, **life: Any) -> Component:
    """A version of a compliant key, compliant but for what is said; its own key is not judged."""
    born = {"birth": "2026-11-23T12:00:00Z", "expiry": "2026-12-23T12:00:00Z"}
    inputs = {"key": name, "version": 1, **LIFE, **born, **life}
    return Component("keylife:index:Version", f"{name}-v1", inputs, Options(parent=key(name)))


# What never ends, or does not seem to.
policy = vault.Policy("reader", policy='path "secret/*" { capabilities = ["read"] }')
user = aws.iam.User("deployer", name="deployer")
later = policy.id.apply(lambda _: "1h")
both("ttl-from-output", token, {"ttl": later}, {"display_name": later})
both("ttl-of-zero", token, {"ttl": "0s"}, {"ttl": "60s"})
both("ttl-beyond-numbers", token, {"ttl": "999999999999h"}, {"ttl": "767h"})
both("ttl-in-words", token, {"ttl": "thirty days"}, {"ttl": "30d"})
both("period-instead-of-ttl", token, {"period": "1h"}, {"period": "1h", "explicit_max_ttl": "24h"})
renewed = {"renewable": True}
both("renewed-for-ever", token, renewed, {**renewed, "explicit_max_ttl": "24h"})
both("maximum-beside-a-short-ttl", token, {"explicit_max_ttl": "9600h"}, {"explicit_max_ttl": "2h"})
both("child-of-the-provider", token, {"no_parent": False}, {"no_parent": True})


def added_later(name: str, ttl: str) -> None:
    """A token whose TTL no line of its own has: a transform of its component adds it."""

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
        return pulumi.ResourceTransformResult({**args.props, "ttl": ttl}, args.opts)

    above = Component("acme:index:Team", f"{name}-team", STATED, Options(transforms=[transform]))
    token(name, Options(parent=above))


both("transform-adds-the-ttl", added_later, {"ttl": "9600h"}, {"ttl": "2h"})


def nested(name: str, **inputs: Any) -> None:
    """A token three components deep."""
    inner = team(f"{name}-inner", parent=team(f"{name}-middle", {}, team(f"{name}-outer", {})))
    token(name, Options(parent=inner), metadata=None, **inputs)


both("nested-components", nested, {"ttl": None}, {})


def secret_id(name: str, ttl: int) -> None:
    """A secret id of an AppRole."""
    vault.approle.AuthBackendRoleSecretId(
        name, role_name="ci", ttl=ttl, metadata=json.dumps(STATED)
    )


both("secret-id-of-zero", secret_id, {"ttl": 0}, {"ttl": 3600})


def certificate(name: str, **inputs: Any) -> None:
    """A certificate of Vault's PKI."""
    given = {"ttl": "720h", "revoke": True, **inputs}
    vault.pkisecret.SecretBackendCert(
        name, backend="pki", name="web", common_name="x", opts=Options(parent=team(f"{name}-team")),
        **given,
    )  # fmt: skip


both(
    "year-9999",
    certificate,
    {"not_after": "9999-12-31T23:59:59Z"},
    {"not_after": "2026-12-20T00:00:00Z"},
)
both("certificate-nobody-revokes", certificate, {"revoke": False}, {})

# What is made outside of keylife, or pretends not to be.


def access_key(name: str, above: pulumi.Resource | None) -> None:
    """An access key, wherever it stands."""
    aws.iam.AccessKey(name, user=user.name, opts=Options(parent=above))


if wanted("raw-access-key"):
    access_key("raw-access-key", None)
    access_key("raw-access-key-twin", version("raw-access-key-key"))
if wanted("look-alike-component"):
    alike = Component("acme:index:ManagedKey", "look-alike-component-key", STATED)
    access_key(
        "look-alike-component",
        Component("acme:index:Version", "look-alike-component-v1", {}, Options(parent=alike)),
    )
    access_key("look-alike-component-twin", version("real-component"))
if wanted("version-without-a-key"):
    life = {"birth": "2026-11-23T12:00:00Z", "expiry": "2026-12-23T12:00:00Z", **LIFE}
    alone = {"key": "version-without-a-key", "version": 1, **life}
    access_key(
        "version-without-a-key", Component("keylife:index:Version", f"{alone['key']}-v1", alone)
    )
    access_key("version-without-a-key-twin", version("version-with-a-key"))
if wanted("name-like-a-type"):
    disguise = "x::keylife:index:ManagedKey$keylife:index:Version$aws:iam/accessKey:AccessKey::y"
    access_key(f"name-like-a-type {disguise}", None)
    token(f"name-like-a-type-twin {disguise}")


def any_key(name: str, kind: str, **inputs: Any) -> None:
    """A credential of pulumi-aws, registered without pulumi-aws."""
    Any_(kind, name, inputs, Options(parent=team(f"{name}-team")))


both(
    "another-sdk", any_key,
    {"kind": "aws:iam/accessKey:AccessKey", "user": "deployer"},
    {"kind": "aws:appsync/apiKey:ApiKey", "apiId": "x", "expires": "2026-12-01T00:00:00Z"},
)  # fmt: skip


class Drawn(ResourceProvider):
    """Code of the program's own, which could do anything."""

    def create(self, props: Inputs) -> CreateResult:
        """Make nothing."""
        return CreateResult("drawn", {})


class Dynamic(Resource, module="acme", name="Anything"):
    """A dynamic resource of which nobody said how long it lives."""


class Stated(Resource, module="acme", name="Known"):
    """A dynamic resource for which keylife.yaml states a life."""


if wanted("dynamic-provider"):
    Dynamic(Drawn(), "dynamic-provider", {}, Options(parent=team("dynamic-team")))
    Stated(Drawn(), "dynamic-provider-twin", {}, Options(parent=team("dynamic-twin-team")))


def at(name: str, address: str, **inputs: Any) -> None:
    """A token of a Vault somewhere else."""
    there = vault.Provider(f"{name}-provider", address=address)
    token(name, Options(provider=there), **inputs)


elsewhere = {"address": "http://127.0.0.1:1"}
both("another-endpoint", at, {**elsewhere, "ttl": None}, elsewhere)


def anything(name: str, kind: str, **inputs: Any) -> None:
    """A resource of a provider whose SDK is not installed."""
    options = inputs.pop("options", {})
    Any_(kind, name, inputs, Options(parent=team(f"{name}-team"), **options))


ENDPOINT = {"kind": "vault:generic/endpoint:Endpoint", "dataJson": "{}"}
both(
    "generic-write-that-mints", anything,
    {**ENDPOINT, "path": "auth/token/create"}, {**ENDPOINT, "path": "sys/policies/acl/x"},
)  # fmt: skip
both(
    "path-in-disguise", anything,
    {**ENDPOINT, "path": "auth//userpass/../token/./create%2Dorphan"},
    {**ENDPOINT, "path": "sys//policies/./acl/x"},
)  # fmt: skip
both(
    "answer-read-back", anything,
    {**ENDPOINT, "path": "custom/thing", "writeFields": ["token"]},
    {**ENDPOINT, "path": "custom/thing"},
)  # fmt: skip
SECRET = {"kind": "kubernetes:core/v1:Secret"}
both(
    "service-account-token", anything,
    {**SECRET, "type": "kubernetes.io/service-account-token"}, {**SECRET, "type": "Opaque"},
)  # fmt: skip
REQUEST = {"kind": "kubernetes:certificates.k8s.io/v1beta1:CertificateSigningRequest"}
both(
    "another-version-of-a-type", anything,
    {**REQUEST, "spec": {}}, {**REQUEST, "spec": {"expirationSeconds": 3600}},
)  # fmt: skip
COMMAND = {"kind": "command:local:Command"}
both(
    "shell-command-that-mints", anything,
    {**COMMAND, "create": "aws iam create-access-key --user-name ci"},
    {**COMMAND, "create": "aws iam list-access-keys --user-name ci"},
)  # fmt: skip
STACK = {"kind": "aws:cloudformation/stack:Stack"}
TEMPLATE = '{"Resources": {"X": {"Type": "%s"}}}'
both(
    "template-that-mints", anything,
    {**STACK, "templateBody": TEMPLATE % "AWS::IAM::AccessKey"},
    {**STACK, "templateBody": TEMPLATE % "AWS::IAM::Role"},
)  # fmt: skip
both(
    "template-out-of-sight", anything,
    {**STACK, "templateUrl": "https://example.com/t.json"},
    {**STACK, "templateBody": TEMPLATE % "AWS::SNS::Topic"},
)  # fmt: skip
ACTIVATION = {"kind": "aws:ssm/activation:Activation", "expirationDate": "2026-12-01T00:00:00Z"}
both(
    "secret-in-clear", anything, ACTIVATION,
    {**ACTIVATION, "options": {"additional_secret_outputs": ["activationCode"]}},
)  # fmt: skip
ROLE = {"kind": "vault:aws/secretBackendRole:SecretBackendRole", "credentialType": "assumed_role"}
both(
    "sessions-nobody-revokes", anything,
    {**ROLE, "maxStsTtl": 43200}, {**ROLE, "maxStsTtl": 900},
)  # fmt: skip

# Whose it is.


def owned(name: str, owner: Any, **more: Any) -> None:
    """A token of somebody."""
    token(name, metadata={"service": "billing", "owner": owner, **more})


honest = {"owner": "team-payments"}
both("owner-called-no", owned, {"owner": "no"}, honest)
both("owner-who-left", owned, {"owner": "gone"}, honest)
both("owner-in-capitals", owned, {"owner": "Team-Payments"}, honest)
both("owner-in-wide-letters", owned, {"owner": "\uff54eam-payments"}, honest)
both("owner-with-a-cyrillic-letter", owned, {"owner": "team-p\u0430yments"}, honest)
both("owner-from-output", owned, {"owner": later}, honest)
both(
    "two-owners",
    owned,
    {**honest, "keylife:owner": "gone"},
    {"owner": "gone", "keylife:owner": "team-payments"},
)
both("retired-service", token, {"metadata": {**STATED, "service": "fax"}}, {})


def by_default_tags(name: str, owner: str) -> None:
    """A credential that says nothing itself; its provider's default tags speak for it."""
    tags = {"tags": {**STATED, "owner": owner}}
    there = aws.Provider(f"{name}-provider", region="us-east-1", default_tags=tags)
    aws.iam.ServiceSpecificCredential(
        name, user_name="deployer", service_name="bedrock.amazonaws.com", credential_age_days=30,
        opts=Options(provider=there),
    )  # fmt: skip


both("owner-by-default-tags", by_default_tags, {"owner": "gone"}, {"owner": "team-payments"})


def below(name: str, owner: str) -> None:
    """A token that says nothing itself; a parent speaks for it."""
    above = team(f"{name}-team", {**STATED, "owner": owner})
    token(name, Options(parent=above), metadata=None)


both("owner-by-a-parent", below, {"owner": "gone"}, {"owner": "team-payments"})

# What Pulumi is told besides.
both(
    "ignored-ttl", token,
    {"opts": Options(ignore_changes=["ttl"])}, {"opts": Options(ignore_changes=["displayName"])},
)  # fmt: skip
both(
    "everything-ignored", token,
    {"opts": Options(ignore_changes=["*"])}, {"opts": Options(ignore_changes=["namespace"])},
)  # fmt: skip
# Keylife's own resources, made by somebody else.
both("key-without-a-ttl", key, {"ttl": None}, {})
both("key-of-400-days", key, {"ttl": "400d"}, {"ttl": "30d"})
both("key-with-a-computed-ttl", key, {"ttl": later}, {"purpose": later})
both("stretched-version", version, {"expiry": "2036-11-23T12:00:00Z"}, {})
both(
    "version-from-the-future", version,
    {"birth": "2027-11-23T12:00:00Z", "expiry": "2027-12-23T12:00:00Z"}, {},
)  # fmt: skip


def revocation(name: str, protect: bool) -> None:
    """The revocation of a key."""
    inputs = {
        "key": name,
        "kind": "vault-token",
        "at": "2026-11-20T09:30:00Z",
        "reason": "cessationOfOperation",
        "by": "oncall@example.com",
        "ref": "PAY-812",
        "versions": [1],
    }
    Component("keylife:index:Revocation", name, inputs, Options(protect=protect))


both("revocation-one-may-delete", revocation, {"protect": False}, {"protect": True})
