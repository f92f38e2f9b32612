"""Real hands: they reach systems through the vendors' own clients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from keylife.orphan import Clients, answered
from keylife.revocation.course import SystemSilentError
from keylife.systems.system import Answer, Holding, Material, Step, System, Verdict, is_only_listed


@dataclass(frozen=True)
class SystemHands:
    """Reaches one system.

    Args:
        system: which.
        clients: connections to where a holding is.
        material: a version's secret, in memory only; None if it is not to be had.
    """

    system: System
    clients: Callable[[Holding], Clients]
    material: Callable[[Holding], Material | None]

    def act(self, step: Step, holding: Holding) -> str:
        """Do a step.

        Raises:
            SystemSilentError: the system refused, or did not answer.
        """
        with answered(silent):
            return step.do(holding, self.clients(holding))

    def use(self, holding: Holding) -> Answer | None:
        """Use the version; what cannot even be tried is unclear."""
        if is_only_listed(self.system):
            return None
        shown = self.system.issues or holding.second_hand
        material = self.material(holding) if shown else {}
        if material is None:
            return None
        try:
            with answered(silent):
                return self.system.use(holding, material, self.clients(holding))
        except SystemSilentError as error:
            return Answer(Verdict.UNCLEAR, error.why)

    def look(self, holding: Holding) -> Answer:
        """Look for the version with the operator's own identity."""
        try:
            with answered(silent):
                return self.system.look(holding, self.clients(holding))
        except SystemSilentError as error:
            return Answer(Verdict.UNCLEAR, error.why)


def silent(who: str | None, why: str) -> SystemSilentError:
    """What `answered` makes of a system that refused, or of one that did not answer."""
    return SystemSilentError(f"{who} answered: {why}" if who else f"no answer ({why})")
