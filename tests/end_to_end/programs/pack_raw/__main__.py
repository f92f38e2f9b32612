"""Credentials that a team made by itself: with `refused` set, one more for each way to be wrong."""

import pulumi
import pulumi_aws as aws
import pulumi_vault as vault

config = pulumi.Config()
canary = pulumi.Output.secret("canary-4f1d9b77e2")
refused = config.get_bool("refused")
STATED = {"owner": "team-payments", "service": "billing"}


IGNORING = pulumi.ResourceOptions(ignore_changes=["ttl"])


class Team(pulumi.ComponentResource):
    """A component of a team's own, which states owner and service for what is below it."""

    def __init__(self, name: str) -> None:
        super().__init__("acme:index:Team", name, STATED)


provider = vault.Provider("explicit", address=pulumi.Config("vault").get("address"))
user = aws.iam.User("deployer")
policy = vault.Policy("reader", policy='path "secret/*" { capabilities = ["read"] }')
secret = aws.secretsmanager.Secret("store", recovery_window_in_days=0)
aws.secretsmanager.SecretVersion("copy", secret_id=secret.id, secret_string=canary)

vault.Token("literal-ttl", no_parent=True, ttl="1h", policies=[policy.name], metadata=STATED)
vault.Token(
    "explicit-max",
    no_parent=True,
    explicit_max_ttl="24h",
    period="1h",
    display_name=canary,
    metadata=STATED,
    opts=pulumi.ResourceOptions(provider=provider),
)
vault.Token(
    "owned-by-parent",
    no_parent=True,
    ttl="1h",
    opts=pulumi.ResourceOptions(parent=Team("payments")),
)

if refused:
    aws.iam.AccessKey("raw-key", user=user.name)
    vault.Token("no-ttl", no_parent=True, metadata=STATED)
    vault.Token(
        "ttl-from-output", no_parent=True, ttl=policy.id.apply(lambda _: "1h"), metadata=STATED
    )
    vault.Token("secret-ttl", no_parent=True, ttl=canary, metadata=STATED)
    vault.Token("periodic", no_parent=True, ttl="1h", period="1h", metadata=STATED)
    vault.Token("too-long", no_parent=True, explicit_max_ttl="9600h", metadata=STATED)
    vault.Token("nobodys", no_parent=True, ttl="1h")
    vault.Token("secret-owner", no_parent=True, ttl="1h", metadata={**STATED, "owner": canary})
    vault.Token("of-a-leaver", no_parent=True, ttl="1h", metadata={**STATED, "owner": "gone"})
    vault.Token("child", ttl="1h", metadata=STATED)
    vault.Token("kept", no_parent=True, ttl="1h", metadata=STATED, opts=IGNORING)
    vault.Policy("all", policy='path "*" { capabilities = ["sudo"] }')
    vault.Token(
        "of-a-dead-service", no_parent=True, ttl="1h", metadata={**STATED, "service": "fax"}
    )
