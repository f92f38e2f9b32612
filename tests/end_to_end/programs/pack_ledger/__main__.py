"""The life of a key in one stack, act by act; keylife's own program is not in the way."""

import pulumi

act = pulumi.Config().require("act")


class Own(pulumi.ComponentResource):
    """One of keylife's resources with whatever inputs."""


def key(name: str = "exporter", kind: str = "vault-token", **options: object) -> None:
    inputs = {
        "id": name,
        "kind": kind,
        "service": "billing",
        "owner": "team-payments",
        "purpose": "reads",
        "scope": {},
        "ttl": "30d",
        "rotateEvery": "21d",
        "quarantine": "0s",
        "deliver": ["vault-kv secret/exporter"],
        "destroyedThrough": 0,
    }
    Own("keylife:index:ManagedKey", name, inputs, pulumi.ResourceOptions(**options))


def revocation(name: str = "exporter", protect: bool = True) -> None:
    inputs = {
        "key": name,
        "kind": "vault-token",
        "at": "2026-11-20T09:30:00Z",
        "reason": "cessationOfOperation",
        "by": "oncall@example.com",
        "ref": "PAY-812",
        "versions": [1],
    }
    Own("keylife:index:Revocation", name, inputs, pulumi.ResourceOptions(protect=protect))


match act:
    case "live":
        key()
    case "other-kind":
        key(kind="aws-access-key")
    case "renamed-by-alias":
        key("importer", aliases=[pulumi.Alias(name="exporter")])
    case "unprotected":
        revocation(protect=False)
    case "revoked":
        revocation()
    case "back-again":
        revocation()
        key()
    case "another-key":
        revocation()
        key("importer")
