"""One deploy: ledger → plan → resources."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pulumi

from keylife.compliance.verdict import Waived
from keylife.errors import KeylifeError, PlanRefusedError
from keylife.evidence.log import EventSink
from keylife.evidence.source import Source, source_of
from keylife.kinds.kind import Material
from keylife.model.gateway import Gateway
from keylife.model.ledger import Ledger
from keylife.model.registry import Declarations
from keylife.model.target import Target, read_targets
from keylife.orphan import Clients
from keylife.planning import Action, Plan, PlannedVersion
from keylife.program.admitted import admitted_by
from keylife.program.building import Builder, delivery_names, places, require_targets, serving
from keylife.program.connections import connection
from keylife.program.holding import ends_something
from keylife.program.hooks import Recorder
from keylife.program.instant import Instants, require_fresh
from keylife.program.ledger import read_ledger
from keylife.program.opening import Opening
from keylife.program.planned import plan_for
from keylife.program.recording import Subject, record_refusals, sink_of
from keylife.program.refusal import refused
from keylife.program.strays import EarlierRuns
from keylife.program.targets import Providers
from keylife.program.waived import waived_by
from keylife.project import project_folder

if TYPE_CHECKING:
    from keylife.program.central import Central
    from keylife.program.endings import Endings


def deploy(
    declarations: Declarations,
    instants: Instants,
    *,
    clock: Callable[[], datetime],
    sink: EventSink | None = None,
    folder: Path | None = None,
) -> Mapping[str, Material]:
    """Issue, deliver, rotate, deactivate and destroy what is due in the running Pulumi program.

    Args:
        declarations: everything this stack declares.
        instants: when the plan is made, read once at the top of the program.
        clock: what time it is when something is recorded; never used to plan.
        sink: where events go; by default the audit log in the project's store.
        folder: where they are declared, with the waivers that go with them; None if nowhere.

    Returns:
        By key id, the current version's material as outputs, for programs that wire it further.

    Raises:
        pulumi.RunError: the deploy is refused; its text says why and what to do. Declarations
            and ledger do not agree, the stack's state cannot be read, or ``keylife:at`` is too
            old or a border was passed since.
    """
    try:
        return _deploy(declarations, instants, clock, sink, folder)
    except KeylifeError as error:
        raise refused(error) from error


def _deploy(
    declarations: Declarations,
    instants: Instants,
    clock: Callable[[], datetime],
    sink: EventSink | None,
    declared_in: Path | None,
) -> Mapping[str, Material]:
    folder = project_folder(Path.cwd())
    with Opening(folder, _stack()) as opening:
        try:
            ledger = read_ledger(_stack())
            plan = plan_for(declarations, ledger, instants.at)
            if not pulumi.runtime.is_dry_run():
                require_fresh(instants, plan, lambda at: plan_for(declarations, ledger, at))
            admitted = admitted_by(opening, plan, ledger, clock)
        except PlanRefusedError as error:
            about = Subject(folder, _stack(), instants.at, clock())
            record_refusals(error, opening, sink, about)
            raise
    return declare(
        admitted.plan,
        ledger,
        clock=clock,
        sink=sink,
        central=admitted.central,
        waiting=admitted.waiting,
        gateways=declarations.gateways,
        waived=_waived(admitted.plan, declared_in),
    )


def declare(
    plan: Plan,
    ledger: Ledger,
    *,
    clock: Callable[[], datetime],
    sink: EventSink | None = None,
    central: Central | None = None,
    waiting: Mapping[str, Sequence[PlannedVersion]] = MappingProxyType({}),
    gateways: Mapping[str, Gateway] = MappingProxyType({}),
    waived: Mapping[str, Sequence[Waived]] = MappingProxyType({}),
) -> Mapping[str, Material]:
    """Declare every resource that stands after a plan, in the running Pulumi program.

    Args:
        plan: what the deploy does.
        ledger: what it was made from.
        clock: what time it is when something is recorded.
        sink: where events go; by default the project's audit log, or what is left without it.
        central: the store, as it admitted the plan; None where nothing is issued.
        waiting: by key, versions of the ledger that stay in it and are not issued by this run.
        gateways: that keys name, by id.
        waived: by key id, the findings against it that a waiver allows.

    Raises:
        UsageError: a key's or a delivery's target is not in the stack's config.
    """
    folder = project_folder(Path.cwd())
    targets = read_targets(pulumi.Config("keylife").get_object("targets"))
    providers = Providers(targets)
    require_targets(plan, providers)
    providers.renew(ledger.providers)
    earlier = EarlierRuns(
        ledger,
        clients=lambda target: Clients(connection(targets, target)),
        places=dict(place for k in plan.keys for place in places(k)),
    )
    recorder = Recorder(
        sink=sink_of(folder, plan, central.database if central else None) if sink is None else sink,
        stack=_stack(),
        at=plan.at,
        clock=clock,
        current={k.key.id: serves.version.number for k in plan.keys if (serves := serving(k))},
        deliveries=frozenset(name for k in plan.keys for name in delivery_names(k)),
        source=_once(lambda: source_of(folder, os.environ)),
        earlier=earlier,
        central=central,
        waived=waived,
    )
    recorder = replace(recorder, endings=_endings(plan, recorder, targets, folder))
    builder = Builder(
        at=plan.at,
        recorder=recorder,
        hooks=recorder.bindings(),
        providers=providers,
        earlier=earlier,
        central=central,
        waiting=waiting,
        gateways=gateways,
    )
    materials: dict[str, Material] = {}
    for planned in plan.keys:
        if (material := builder.build(planned)) is not None:
            materials[planned.key.id] = material
    if recorder.endings is not None:
        recorder.endings.begin(plan, builder.marks)
    return materials


def _waived(plan: Plan, folder: Path | None) -> Mapping[str, Sequence[Waived]]:
    """What waivers allow the keys that this deploy gives something; nobody else needs to know."""
    grants = any(
        version.action in (Action.ISSUE, Action.ADOPT)
        for planned in plan.keys
        for version in planned.versions
    )
    if folder is None or not grants or pulumi.runtime.is_dry_run():
        return {}
    return waived_by(folder, pulumi.get_stack(), plan.at)


def _endings(
    plan: Plan, recorder: Recorder, targets: Mapping[str, Target], folder: Path
) -> Endings | None:
    """What carries out what the deploy ends; None if it ends nothing, and none before it left
    anything unproven.

    None, too, without the store or its log: then the engine's deletions end it, without a proof.
    """
    from keylife.audit.sink import AuditSink  # noqa: PLC0415  # known by then, if it is one

    central, sink = recorder.central, recorder.sink
    if central is None or not isinstance(sink, AuditSink):
        return None
    if not ends_something(plan) and not central.has_left_to_end():
        return None
    from keylife.engine.tokens import StackOfToday  # noqa: PLC0415  # only runs that end something
    from keylife.program.endings import Endings  # noqa: PLC0415
    from keylife.revocation.reach import Reach  # noqa: PLC0415

    return Endings(
        database=central.database,
        log=sink.log,
        reach=Reach(StackOfToday(recorder.stack, targets, os.environ)),
        folder=folder,
        stack=recorder.stack,
        source=recorder.source,
        clock=recorder.clock,
    )


def _stack() -> str:
    return f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"


def _once(ask: Callable[[], Source]) -> Callable[[], Source]:
    answers: list[Source] = []

    def answer() -> Source:
        if not answers:
            answers.append(ask())
        return answers[0]

    return answer
