"""A refusal as Pulumi shows it."""

from __future__ import annotations

import pulumi

from keylife.errors import KeylifeError


def refused(error: KeylifeError) -> pulumi.RunError:
    """The error as Pulumi shows it: the sentence and the way out, without a traceback."""
    return pulumi.RunError(f"{error}\n{error.hint}" if error.hint else str(error))
