"""What a stand-in says when it cannot do what the engine asks.

PluginError
└── PartialCreateError    it exists, but not as declared

No message may hold a secret value: it ends up in the engine's log.
"""

from collections.abc import Mapping
from typing import Any


class PluginError(Exception):
    """The system said no, or could not be reached; the message is shown to the user."""


class PartialCreateError(PluginError):
    """The resource exists, but setting it up did not finish: it must not be lost from the state."""

    def __init__(self, message: str, id_: str, state: Mapping[str, Any]) -> None:
        super().__init__(message, id_, state)
        self.message = message
        self.id = id_
        self.state = state

    def __str__(self) -> str:
        return self.message

    def __repr__(self) -> str:
        return f"PartialCreateError({self.message!r}, {self.id!r})"
