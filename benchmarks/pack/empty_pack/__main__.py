"""The peer: what any pack costs, because the engine shows it every resource."""

import os

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)


def look_at_nothing(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Find nothing."""


PolicyPack(
    "empty",
    [
        ResourceValidationPolicy(
            name=f"empty-{number}",
            description="Finds nothing.",
            enforcement_level=EnforcementLevel.MANDATORY,
            validate=look_at_nothing,
        )
        for number in range(int(os.environ.get("EMPTY_RULES", "1")))
    ],
)
