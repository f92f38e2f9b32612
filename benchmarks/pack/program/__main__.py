"""Many resources: one in ten is a credential that every rule looks at and finds in order."""

from __future__ import annotations

import pulumi
import pulumi_vault as vault


class Thing(pulumi.ComponentResource):
    """Something that is no credential, with a few inputs."""

    def __init__(self, number: int) -> None:
        inputs = {"name": f"thing-{number}", "size": number, "tags": {"team": "a", "part": "b"}}
        super().__init__("benchmark:index:Thing", f"thing-{number}", inputs)


for number in range(pulumi.Config("benchmark").require_int("resources")):
    if number % 10:
        Thing(number)
    else:
        vault.Token(
            f"token-{number}",
            policies=["kv-read"],
            no_parent=True,
            renewable=False,
            ttl="3600s",
            explicit_max_ttl="3600s",
            metadata={"owner": "team-platform", "service": "metrics"},
        )
