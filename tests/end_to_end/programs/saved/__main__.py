"""Everything that a saved file may show: `first` makes it, `second` changes and deletes it."""

from datetime import datetime, timedelta

import pulumi
import pulumi_aws as aws
import pulumi_vault as vault
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

config = pulumi.Config()
at = datetime.fromisoformat(pulumi.Config("keylife").require("at"))
second = config.get("act") == "second"
canary = pulumi.Output.secret("canary-4f1d9b77e2")
STATED = {"owner": "team-payments", "service": "billing"}
Options = pulumi.ResourceOptions


class Own(pulumi.ComponentResource):
    """One of keylife's resources, or of a team's, with whatever inputs."""


class Drawn(ResourceProvider):
    """Code of the program's own."""

    def create(self, props: dict[str, object]) -> CreateResult:
        """Make nothing."""
        return CreateResult("drawn", {})


class Made(Resource):
    """A dynamic resource."""


def token(name: str, options: pulumi.ResourceOptions | None = None, **inputs: object) -> None:
    inputs = {"ttl": "1h", "no_parent": True, "policies": ["ci"], "metadata": STATED, **inputs}
    vault.Token(name, **inputs, opts=options)


def key(name: str) -> pulumi.Resource:
    inputs = {
        "id": name,
        "kind": "vault-token",
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
    managed = Own("keylife:index:ManagedKey", name, inputs)
    life = {
        "key": name,
        "version": 1,
        "birth": f"{at:%FT%TZ}",
        "expiry": f"{at + timedelta(days=30):%FT%TZ}",
        "rotationDue": f"{at + timedelta(days=21):%FT%TZ}",
        "grace": "9d",
        "cause": "first",
        "owner": "team-payments",
        "service": "billing",
        "scope": {},
    }
    version = Own("keylife:index:Version", f"{name}-v1", life, Options(parent=managed))
    token(f"{name}-v1", Options(parent=version), ttl="720h")


policy = vault.Policy("reader", policy='path "secret/*" { capabilities = ["read"] }')
user = aws.iam.User("deployer", name=f"deployer-{pulumi.get_stack()}")
aws.iam.AccessKey("raw-key", user=user.name, opts=Options(deleted_with=user))
Made(Drawn(), "drawn", {})
team = Own("acme:index:Team", "payments", STATED)
token("owned-by-parent", Options(parent=team), metadata=None)
token("of-nobody", metadata=None)
token("secret-ttl", ttl=pulumi.Output.secret("1h"))
token("computed-ttl", ttl=policy.id.apply(lambda _: "1h"))
token("hidden-name", display_name=canary)
token("too-long", ttl="9600h")
token("kept", Options(retain_on_delete=second))
key("staying")
if not second:
    token("replaced")
    token("gap")
    token("renamed-old")
    token("guarded", Options(protect=True))
    token("ignoring")
    token("deleted")
    token("deleted-and-kept", Options(retain_on_delete=True))
    key("forgotten")
else:
    token("replaced", ttl="2h")
    token("gap", Options(delete_before_replace=True), ttl="2h")
    token("renamed-new", Options(aliases=[pulumi.Alias(name="renamed-old")]))
    token("guarded", Options(protect=False))
    token("ignoring", Options(ignore_changes=["ttl"]), ttl="9600h")
    aws.iam.AccessKey("adopted", user=user.name, opts=Options(import_=config.require("adopt")))
