"""Credentials that a team made by itself: with `refused` set, one more for each way to be wrong."""

import pulumi
import pulumi_aws as aws
import pulumi_vault as vault

config = pulumi.Config()
canary = pulumi.Output.secret("canary-4f1d9b77e2")
refused = config.get_bool("refused")
STATED = {"owner": "team-payments", "service": "billing"}


class Team(pulumi.ComponentResource):
    """A component of a team's own, which states owner and service for what is below it."""

    def __init__(self, name: str) -> None:
        super().__init__("acme:index:Team", name, STATED)


provider = vault.Provider("explicit", address=pulumi.Config("vault").get("address"))
user = aws.iam.User("deployer")
policy = vault.Policy("reader", policy='path "secret/*" { capabilities = ["read"] }')
secret = aws.secretsmanager.Secret("store", recovery_window_in_days=0)
aws.secretsmanager.SecretVersion("copy", secret_id=secret.id, secret_string=canary)

vault.Token("literal-ttl", ttl="1h", policies=[policy.name], metadata=STATED)
vault.Token(
    "explicit-max",
    explicit_max_ttl="24h",
    period="1h",
    display_name=canary,
    metadata=STATED,
    opts=pulumi.ResourceOptions(provider=provider),
)
vault.Token("owned-by-parent", ttl="1h", opts=pulumi.ResourceOptions(parent=Team("payments")))

if refused:
    aws.iam.AccessKey("raw-key", user=user.name)
    vault.Token("no-ttl", metadata=STATED)
    vault.Token("ttl-from-output", ttl=policy.id.apply(lambda _: "1h"), metadata=STATED)
    vault.Token("secret-ttl", ttl=canary, metadata=STATED)
    vault.Token("periodic", ttl="1h", period="1h", metadata=STATED)
    vault.Token("too-long", explicit_max_ttl="9600h", metadata=STATED)
    vault.Token("nobodys", ttl="1h")
    vault.Token("secret-owner", ttl="1h", metadata={**STATED, "owner": canary})
    vault.Token("of-a-leaver", ttl="1h", metadata={**STATED, "owner": "gone"})
    vault.Token("of-a-dead-service", ttl="1h", metadata={**STATED, "service": "fax"})
