"""A plan after the store had its say: refused, admitted, or left without its grants."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import pulumi

from keylife.errors import KeylifeError
from keylife.model.ledger import Ledger
from keylife.planning import Plan, PlannedVersion
from keylife.program.holding import ends_something, without_grants
from keylife.program.opening import Opening

if TYPE_CHECKING:
    from keylife.program.central import Central
    from keylife.store.errors import StoreError


class GrantsRefusedError(KeylifeError):
    """What was to be issued is not, because the store cannot be used."""

    def __init__(self, refused: tuple[str, ...], why: str, hint: str) -> None:
        super().__init__(refused, why, hint)
        self.refused = refused
        self.why = why
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.why}; so this is not issued: {', '.join(self.refused)}"


@dataclass(frozen=True)
class Admitted:
    """What is deployed."""

    plan: Plan
    central: Central | None
    """The store; None where it was only read, or cannot be used."""

    waiting: Mapping[str, Sequence[PlannedVersion]] = field(default_factory=dict)
    """By key, versions that stay in the ledger and wait to be issued."""


def admitted_by(
    opening: Opening, plan: Plan, ledger: Ledger, clock: Callable[[], datetime]
) -> Admitted:
    """What of a plan may be deployed, by the store.

    Raises:
        PlanRefusedError: a key is revoked, or lives in another stack. Nothing is written.
        GrantsRefusedError: the store cannot be used, something was to be issued, and nothing ends.
        UsageError: what names the store cannot be one.
    """
    from keylife.program import central  # noqa: PLC0415  # imported by then, or it failed
    from keylife.store.errors import StoreError  # noqa: PLC0415

    opened = opening.wait()
    try:
        if opened is None:
            return Admitted(plan, None)
        if isinstance(opened, StoreError):
            return _without_store(plan, opened)
        if pulumi.runtime.is_dry_run():
            central.foresee(opened, plan, ledger)
            return Admitted(plan, None)
        return Admitted(plan, central.Central.admit(opened, plan, ledger, clock))
    except StoreError as error:
        return _without_store(plan, error)


def _without_store(plan: Plan, error: StoreError) -> Admitted:
    held = without_grants(plan)
    refused = GrantsRefusedError(held.refused, str(error), error.hint or "")
    if held.refused and not ends_something(held.plan):
        raise refused
    # the engine deletes only what a program that succeeds no longer declares
    if held.refused:
        pulumi.log.error(f"{refused}; what ends, ends all the same\n{refused.hint}")
    else:
        pulumi.log.warn(f"{error}; nothing was to be issued\n{error.hint}")
    return Admitted(held.plan, None, held.waiting)
