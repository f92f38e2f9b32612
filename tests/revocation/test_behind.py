"""For whose refusal a gateway's has to wait, by what the store has of the version's places."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from keylife.revocation.behind import SecondHands, not_refused_yet
from keylife.revocation.progress import Phase, Progress
from keylife.store import revocations
from keylife.store.database import Database
from keylife.systems.system import Answer, Holding, Step, Verdict
from tests.revocation.world import START
from tests.store.builders import holding, revocation

KV = holding("vault-kv/secret/billing", version=1)
ISSUER = holding("aws-iam/AKIA1", version=1)
NEXT = holding("aws-iam/AKIA2", version=2)
EDGE = holding("gateway/edge", version=1).model_copy(update={"second_hand": True})
INNER = holding("gateway/inner", version=1).model_copy(update={"second_hand": True})


def come(database: Database, held: Holding, **known: Any) -> None:
    """Bring one place's order so far."""
    told = {"asked": START, "due": START + timedelta(seconds=1), **known}
    progress = Progress.model_validate(told)
    with database.writing() as connection:
        found = revocations.standing(connection, revocation().id, held.version, held.place)
        assert found is not None
        revocations.save(
            connection,
            found.model_copy(
                update={
                    "progress": progress.model_dump(mode="json"),
                    "first_refused": progress.first_refused,
                    "phase": revocations.Phase(progress.phase.value),
                }
            ),
        )


def test_it_waits_for_every_other_place_of_its_version(database: Database) -> None:
    with database.writing() as connection:
        revocations.accept(connection, revocation(), (KV, ISSUER, NEXT, EDGE, INNER))

    assert not_refused_yet(database, EDGE) == ISSUER.place
    come(database, ISSUER, first_refused=START)
    assert not_refused_yet(database, EDGE) == KV.place
    come(database, KV, phase=Phase.WEAK)  # it will never tell
    assert not_refused_yet(database, EDGE) is None, "neither the next version nor a gateway"
    come(database, ISSUER, first_refused=None)  # accepted again: its proof begins anew
    assert not_refused_yet(database, EDGE) == ISSUER.place


class Saying:
    """Hands that get the same answer each time."""

    def __init__(self, verdict: Verdict | None) -> None:
        self.answer = None if verdict is None else Answer(verdict, "said", "r-1")

    def act(self, step: Step, held: Holding) -> str:
        return step.name

    def use(self, held: Holding) -> Answer | None:
        return self.answer

    def look(self, held: Holding) -> Answer:
        return Answer(Verdict.UNCLEAR, "nothing")


@pytest.mark.parametrize("verdict", [None, Verdict.ACCEPTED, Verdict.UNCLEAR])
def test_what_is_no_refusal_is_told_as_it_is(verdict: Verdict | None) -> None:
    hands = Saying(verdict)

    assert SecondHands(hands, lambda _: KV.place).use(EDGE) == hands.answer


def test_a_refusal_that_comes_too_early_is_unclear_and_says_why() -> None:
    hands = Saying(Verdict.REFUSED)

    assert SecondHands(hands, lambda _: None).use(EDGE) == hands.answer
    assert SecondHands(hands, lambda _: KV.place).use(EDGE) == Answer(
        Verdict.UNCLEAR,
        "said, but vault-kv/secret/billing has not refused it yet, and it may ask there",
        "r-1",
    )
