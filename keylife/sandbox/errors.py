"""What the sandbox raises on purpose."""

from __future__ import annotations

from keylife.errors import KeylifeError


class SandboxError(KeylifeError):
    """The sandbox refused, or could not be started; what it had started is stopped again."""

    def __init__(self, what: str, hint: str | None = None) -> None:
        super().__init__(what, hint)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return self.what
