"""The planner, held against oracle and judge each time it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from keylife.errors import PlanRefusedError
from keylife.model.ledger import Ledger
from keylife.model.registry import Declarations
from keylife.model.traits import Traits
from keylife.planning import Plan, make_plan
from tests.planning.judge import broken_promises
from tests.planning.oracle import differences, refused_keys


def held_plan(
    declarations: Declarations, ledger: Ledger, at: datetime, traits: Mapping[str, Traits]
) -> Plan:
    """What the planner says, once it has been compared with the text.

    Raises:
        PlanRefusedError: the planner refuses, rightly.
    """
    refused = refused_keys(declarations, ledger, traits)
    try:
        plan = make_plan(declarations, ledger, at, traits)
    except PlanRefusedError as error:
        named = {refusal.key for refusal in error.refusals}
        assert named, "a refusal without a reason"
        assert refused <= named
        assert ledger.pending or named <= refused
        assert all(r.key and r.what and r.cure for r in error.refusals)
        raise
    assert not refused
    assert not ledger.pending
    assert differences(declarations, ledger, at, traits, plan) == []
    assert broken_promises(declarations, ledger, at, traits, plan) == []
    return plan
