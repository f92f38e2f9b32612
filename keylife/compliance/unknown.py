"""The value that stands for what a gate cannot see."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Unknown(Enum):
    """An input that is computed from what does not exist yet, or that could not be read."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
"""Written wherever a resource's plain inputs have a value that this gate cannot see."""
