"""The plan of a stack, with what the declared kinds can do."""

from __future__ import annotations

from datetime import datetime

from keylife.collector import without_collector
from keylife.kinds import KINDS
from keylife.model.ledger import Ledger
from keylife.model.registry import Declarations
from keylife.planning import Plan, make_plan
from keylife.program.admission import admit


def plan_for(declarations: Declarations, ledger: Ledger, at: datetime) -> Plan:
    """What a deploy at ``at`` does.

    Raises:
        PlanRefusedError: declarations and ledger do not agree.
        UsageError: a declaration made in Python is not valid.
    """
    with without_collector():
        admit(declarations, ledger)
        kinds = {key.kind for key in declarations.keys.values()}
        return make_plan(declarations, ledger, at, {name: KINDS[name].traits for name in kinds})
