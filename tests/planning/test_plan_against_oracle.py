"""The planner beside its oracle, on ledgers that came about in any way at all."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

import pytest
from hypothesis import given

from keylife.errors import PlanRefusedError
from keylife.model.ledger import Ledger, PendingOperation
from keylife.model.registry import Declarations
from keylife.planning import Action, make_plan
from tests.planning.held import held_plan
from tests.planning.oracle import expected_keys, refused_keys
from tests.planning.strategies import TRAITS, many, situations, some

Value = TypeVar("Value")
Situation = tuple[Declarations, Ledger, datetime]


def _reversed(mapping: Mapping[str, Value]) -> dict[str, Value]:
    return dict(reversed(list(mapping.items())))


@many
@given(situations())
def test_a_plan_is_what_the_text_says(situation: Situation) -> None:
    with suppress(PlanRefusedError):
        held_plan(*situation, TRAITS)


@some
@given(situations())
def test_a_plan_does_not_depend_on_the_order_of_mappings_or_on_the_last_call(
    situation: Situation,
) -> None:
    declarations, ledger, at = situation
    if refused_keys(declarations, ledger, TRAITS):
        return
    turned = Declarations(keys=_reversed(declarations.keys), services={}, owners={})
    other = Ledger(keys=_reversed(ledger.keys))

    plan = make_plan(declarations, ledger, at, TRAITS)

    assert make_plan(declarations, ledger, at, TRAITS) == plan
    assert make_plan(turned, other, at, TRAITS) == plan


@some
@given(situations())
def test_a_state_with_pending_operations_is_refused_whatever_else_holds(
    situation: Situation,
) -> None:
    declarations, ledger, at = situation
    pending = (PendingOperation(operation="creating", urn="urn:pulumi:dev::a-v1"),)

    with pytest.raises(PlanRefusedError) as caught:
        make_plan(declarations, ledger.model_copy(update={"pending": pending}), at, TRAITS)

    assert "keylife recover" in "\n".join(map(str, caught.value.refusals))
    assert refused_keys(declarations, ledger, TRAITS) <= {r.key for r in caught.value.refusals}


@some
@given(situations())
def test_the_stated_cause_is_the_first_that_holds(situation: Situation) -> None:
    declarations, ledger, at = situation
    if refused_keys(declarations, ledger, TRAITS):
        return
    expected = expected_keys(declarations, ledger, at, TRAITS)

    for planned in make_plan(declarations, ledger, at, TRAITS).keys:
        for is_, should in zip(planned.versions, expected[planned.key.id].versions, strict=True):
            if should.cause is not None:
                assert is_.action is Action.ISSUE
                assert is_.version.cause == should.cause
