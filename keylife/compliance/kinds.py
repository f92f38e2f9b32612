"""What is known of a declared key by its kind alone."""

from __future__ import annotations

from keylife.compliance.credential import Objection

KEY = "key"
"""What a declared key is called in findings, whatever gate it came through."""

_UNENFORCED = {
    "aws-api-gateway-key": "API Gateway knows no expiry, and keylife's next run disables it",
    "aws-user-access-key": "AWS ends the user with its newest version, and an older one is ended by"
    " keylife's next run",
    "generated": "no issuer knows it, and keylife's next run takes its copies away",
}
"""The kinds whose ``expiry_enforced_by`` begins with *nobody*, or names somebody *in part*; a test
compares."""


def unenforced(kind: str) -> Objection | None:
    """Why the versions of a kind work on after their end until keylife runs; None if they do not,
    and of kinds that other packages bring."""
    why = _UNENFORCED.get(kind)
    if why is None:
        return None
    return Objection(
        why,
        "shorten `ttl` by as much as lies between two runs of the pipeline, or run it more often"
        " and say so as `limits.deploy_every`",
    )


def alternative(kind: str, deliveries: tuple[str, ...]) -> Objection | None:
    """What could take the place of a key, so that there is no secret at all; None if unknown.

    Sources: GitHub Docs, "Configuring OpenID Connect in Amazon Web Services" and "… in HashiCorp
    Vault"; Amazon EKS user guide, "IAM roles for service accounts".

    Args:
        kind: the key's.
        deliveries: the names of its deliveries.
    """
    issuer = {"aws": "AWS", "vault": "Vault"}.get(kind.partition("-")[0])
    if issuer is None:
        return None
    for delivery in deliveries:
        if delivery == "github-actions-secret":
            return Objection(
                f"a workflow in GitHub Actions reads it, and could log in to {issuer} by OIDC",
                "give the workflow a role that trusts GitHub's OIDC provider, and revoke the key",
            )
        if delivery == "kubernetes-secret":
            return Objection(
                f"a workload in Kubernetes reads it, and could log in to {issuer} by its service"
                " account",
                "give the service account a role, and revoke the key",
            )
    return None
