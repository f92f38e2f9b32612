"""Declarations, ledger, instant → plan. Pure: same input, same plan (docs/reference/plan.md)."""

from keylife.planning.plan import Action, KeyPlan, Plan, PlannedVersion
from keylife.planning.planner import make_plan

__all__ = ["Action", "KeyPlan", "Plan", "PlannedVersion", "make_plan"]
