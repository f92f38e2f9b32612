"""What is taken out of the stack's state once it was killed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from keylife.cli.revoking import Ground
from keylife.evidence.source import Source
from keylife.revocation.progress import Phase, Progress
from keylife.revocation.worker import Order, OrderId
from tests.revocation.world import START
from tests.systems.doing import holding


@dataclass
class Remembering:
    """A stack that notes what it is to look at anew."""

    looked_at: list[str] = field(default_factory=list)

    def read_anew(self, urns: Sequence[str]) -> None:
        self.looked_at += urns


def order(system: str, version: int, phase: Phase, *, second_hand: bool = False) -> Order:
    urn = "" if second_hand else f"urn:{system}-{version}"
    held = holding(system, "billing", version).model_copy(
        update={"urn": urn, "second_hand": second_hand}
    )
    progress = Progress(asked=START, due=START, phase=phase)
    return Order(OrderId("r", version, held.place), held, progress, 0)


def forgotten(*orders: Order) -> list[str]:
    stack = Remembering()
    ground = Ground(
        folder=Path(),
        stack="organization/billing/dev",
        url="",
        source=Source(actor="ada"),
        bare=cast("Any", stack),
        reach=cast("Any", None),
    )
    assert ground.forget(iter(orders)) is None
    return stack.looked_at


def test_what_is_dead_is_looked_at_and_what_is_pending_is_not() -> None:
    assert forgotten(
        order("aws-iam", 1, Phase.PROVEN),
        order("vault-kv", 1, Phase.PENDING),
        order("generated", 2, Phase.WEAK),
    ) == ["urn:aws-iam-1", "urn:generated-2"]


def test_a_version_that_a_gateway_is_still_to_be_shown_keeps_its_secret() -> None:
    """Whoever goes on with it, a worker for one, has it from the state."""
    dead = [order("aws-iam", 1, Phase.PROVEN), order("aws-iam", 2, Phase.PROVEN)]

    asked = order("gateway", 1, Phase.PENDING, second_hand=True)
    assert forgotten(*dead, asked) == ["urn:aws-iam-2"]
    asked = order("gateway", 1, Phase.PROVEN, second_hand=True)
    assert forgotten(*dead, asked) == ["urn:aws-iam-1", "urn:aws-iam-2"]
