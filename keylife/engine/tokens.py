"""The tokens with which recovery asks the Vaults of a stack's targets."""

from __future__ import annotations

from collections.abc import Mapping

from keylife.engine.stack import Stack
from keylife.model.target import Target, target_of


class StackOfToday(Stack):
    """A stack whose targets' tokens are those of the environment.

    The state holds the token of the run that was interrupted, which may have ended with it.
    """

    def __init__(
        self, name: str, targets: Mapping[str, Target], environment: Mapping[str, str]
    ) -> None:
        super().__init__(name)
        self._targets = targets
        self._environment = environment

    def secrets(self, urn: str) -> Mapping[str, str]:
        """As the state has them, but a target's token from where the config says it is."""
        target = self._targets.get(target_of(urn.rpartition("::")[2]) or "")
        variable = target.vault.token_variable if target and target.vault else None
        token = self._environment.get(variable) if variable else None
        return {"token": token} if token else super().secrets(urn)
