"""Keylife's components registered by hand, so that only the pack can say no."""

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
refused = config.get_bool("refused")


class Own(pulumi.ComponentResource):
    """One of keylife's resources with whatever inputs."""


def managed_key(name: str, **changed: object) -> Own:
    inputs = {
        "id": name,
        "kind": "aws-access-key",
        "service": "billing",
        "owner": "team-payments",
        "ttl": "30d",
        "rotateEvery": "21d",
        "scope": {},
    }
    return Own("keylife:index:ManagedKey", name, {**inputs, **changed})


def version(key: Own, name: str, expiry: object = "2026-12-01T00:00:00Z") -> Own:
    inputs = {"key": name, "version": 1, "birth": "2026-11-20T00:00:00Z", "expiry": expiry}
    options = pulumi.ResourceOptions(parent=key)
    return Own("keylife:index:Version", f"{name}-v1", inputs, options)


# Its name is another's unique id, and so unknown until that exists.
user = aws.iam.User("deployer", name=aws.iam.User("first").unique_id)
pulumi.export("user", user.name)
key = managed_key("managed")
aws.iam.AccessKey(
    "managed-v1",
    user=user.name,
    opts=pulumi.ResourceOptions(parent=version(key, "managed")),
)

if refused:
    computed = user.name.apply(lambda _: "30d")
    managed_key("computed-ttl", ttl=computed)
    managed_key("computed-owner", owner=user.name)
    managed_key("no-ttl", ttl=None)
    managed_key("too-long", ttl="400d")
    managed_key("too-late", rotateEvery="30d")
    managed_key("all", scope={"policies": ["arn:aws:iam::aws:policy/AdministratorAccess"]})
    managed_key("dead-service", service="fax")
    version(managed_key("stretched"), "stretched", expiry="2036-12-01T00:00:00Z")
    version(managed_key("endless"), "endless", expiry=computed)
    without = pulumi.ResourceOptions(parent=managed_key("versionless"))
    aws.iam.AccessKey("versionless-v1", user=user.name, opts=without)
