"""Rule + enforcement level → Pulumi policies, as a plain list that can be imported and tested."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

from keylife.compliance.context import Context, Registry, RegistryUnknown
from keylife.compliance.describe import is_judged
from keylife.compliance.finding import Finding, Severity
from keylife.compliance.resource import STACK, Resource
from keylife.compliance.rules import RULES, failed, judge
from keylife.compliance.rules.rule import Rule
from keylife.compliance.settings import Level
from keylife.compliance.verdict import Located, Waived
from keylife.compliance.waivers import standing_waivers, waive
from keylife.crossguard.configuration import Configuration, configuration, schema
from keylife.crossguard.gate import REGISTRY, Gate, read_stack_ledger, system_clock
from keylife.crossguard.passing import Pass, PassingPolicy
from keylife.crossguard.request import Request, Requests
from keylife.errors import DeclarationError
from keylife.model.instant import format_instant
from keylife.model.ledger import Ledger

MANDATORY = EnforcementLevel.MANDATORY
"""How strictly a rule is taken of which nothing is said."""


def policies(
    *,
    beside: Path,
    declarations: str = REGISTRY,
    levels: Mapping[str, EnforcementLevel] | None = None,
    ledger: Callable[[], Ledger] = read_stack_ledger,
    clock: Callable[[], datetime] = system_clock,
) -> list[ResourceValidationPolicy]:
    """Every rule as Pulumi policies.

    Warnings of a rule come from a policy of their own, ``<rule>-warning``, because a Pulumi
    policy has one enforcement level for all it reports; it is advisory. Granted waivers are
    reported by ``waiver-valid-warning``.

    Args:
        beside: the pack's folder, from which all other folders are found.
        declarations: the folder of ``services.yaml``, ``owners.yaml`` and ``keylife.yaml``.
        levels: by rule id; where nothing is said, what ``keylife.yaml`` says, else mandatory.
        ledger: how to read what the stack issued; called once, and only for keylife's own
            resources.
        clock: what time it is; called once.

    Raises:
        ValueError: a level is given for a rule that does not exist, or no rule is left.
    """
    levels = levels or {}
    unknown = set(levels) - {rule.id for rule in RULES}
    if unknown:
        raise ValueError(f"no such rule: {', '.join(sorted(unknown))}")
    gate = Gate(beside, ledger, clock, declarations)
    requests, passing = Requests(gate), Pass()
    declared = _declared_levels(gate)
    set_to = {rule.id: levels.get(rule.id, declared.get(rule.id, MANDATORY)) for rule in RULES}
    if all(level is EnforcementLevel.DISABLED for level in set_to.values()):
        raise ValueError("every rule is disabled: a pack that nothing can fail is none")
    found: list[ResourceValidationPolicy] = []
    for rule in RULES:
        level = set_to[rule.id]
        found.extend(_policies(rule, level, _Judging(rule, gate, requests), passing, len(found)))
    return found


def _declared_levels(gate: Gate) -> Mapping[str, EnforcementLevel]:
    try:
        levels = gate.settings().levels
    except DeclarationError:  # said by every policy when the program runs
        return {}
    return {rule: _LEVELS[level] for rule, level in levels.items()}


_LEVELS: Mapping[Level, EnforcementLevel] = {
    Level.MANDATORY: EnforcementLevel.MANDATORY,
    Level.ADVISORY: EnforcementLevel.ADVISORY,
    Level.DISABLED: EnforcementLevel.DISABLED,
}


def _policies(
    rule: Rule, level: EnforcementLevel, judging: _Judging, passing: Pass, position: int
) -> Iterator[ResourceValidationPolicy]:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        judging.report_violations(args, report, position)
        if position == 0:
            passing.begin(nothing_to_judge=judging.saw_nothing())

    def warn(args: ResourceValidationArgs, report: ReportViolation) -> None:
        judging.report_warnings(args, report, position + 1)

    yield PassingPolicy(
        name=rule.id,
        description=rule.says,
        enforcement_level=level,
        config_schema=schema(rule),
        validate=validate,
        passed=lambda: position > 0 and passing.allows(position) and judging.may_be_passed_over(),
    )
    if rule.warns:
        off = level is EnforcementLevel.DISABLED
        yield PassingPolicy(
            name=f"{rule.id}-warning",
            description=f"Ahead of {rule.id}: what needs somebody's attention.",
            enforcement_level=level if off else EnforcementLevel.ADVISORY,
            validate=warn,
            passed=lambda: passing.allows(position + 1) and judging.may_be_passed_over(),
        )


class _Judging:
    """One rule, asked about one resource after the other."""

    def __init__(self, rule: Rule, gate: Gate, requests: Requests) -> None:
        self._rule = rule
        self._gate = gate
        self._requests = requests
        self._given: Mapping[str, Any] | None = None
        self._read: tuple[Mapping[str, Any] | None, Configuration] | None = None

    def report_violations(
        self, args: ResourceValidationArgs, report: ReportViolation, position: int
    ) -> None:
        """What stops the deploy."""
        self._given = args.get_config()
        for finding in self._findings(args, position):
            if finding.severity is Severity.VIOLATION:
                report(str(finding), finding.subject if _is_urn(finding.subject) else args.urn)

    def report_warnings(
        self, args: ResourceValidationArgs, report: ReportViolation, position: int
    ) -> None:
        """What does not, by the configuration that the rule's violations have; waivers, too."""
        for finding in self._findings(args, position):
            if finding.severity is Severity.WARNING:
                report(str(finding), finding.subject if _is_urn(finding.subject) else args.urn)
        if self._rule.id == "waiver-valid":
            for waived in self._requests.granted():
                report(_granted(waived), args.urn)

    def saw_nothing(self) -> bool:
        """Whether the resource at hand has nothing that any rule could judge."""
        return self._requests.saw_nothing()

    def may_be_passed_over(self) -> bool:
        """Whether it need not see a resource without anything to judge.

        It has to where it is told by its own configuration which names resources state, because
        what is below them may inherit these; and until it was once told.
        """
        if self._read is None:
            return False
        configured = self._read[1]
        return configured.tags is None and not configured.assigned

    def _findings(self, args: ResourceValidationArgs, position: int) -> tuple[Finding, ...]:
        # An exception that leaves a policy ends the whole operation without a word of which rule
        # it was, or, if it is the SDK's own about unknowns, lets the resource pass.
        try:
            return self._judged(self._requests.of(args, position))
        except Exception as error:
            return (failed(self._rule, args.urn, error),)

    def _judged(self, request: Request) -> tuple[Finding, ...]:
        resource = request.resource
        try:
            configured = self._configured()
            at = self._gate.at()
            settings = self._gate.settings()
        except (ValueError, DeclarationError) as error:
            return self._faulty(resource, str(error), "mend the configuration")
        registry: Registry | RegistryUnknown = Registry({}, {})
        if self._rule.asks_registry:
            registry = self._gate.registry(configured.registry)
            if isinstance(registry, RegistryUnknown):
                return self._faulty(resource, registry.why, registry.cure)
        subjects = request.subjects(configured, settings)
        if not subjects:
            return ()
        limits = configured.over(settings.limits)
        context = Context(at, limits, registry, self._gate.population)
        standing = standing_waivers(settings.waivers, at)
        left = []
        for subject in subjects:
            for finding in judge(self._rule, subject, context):
                waived = waive(Located(finding), subject.key_id, standing)
                if waived is None:
                    left.append(finding)
                else:
                    request.grant(waived)
        return tuple(left)

    def _configured(self) -> Configuration:
        if self._read is None or self._read[0] != self._given:
            self._read = (self._given, configuration(self._rule, self._given))
        return self._read[1]

    def _faulty(self, resource: Resource, what: str, cure: str) -> tuple[Finding, ...]:
        """The gate itself cannot judge: said at the stack, which every program has, and wherever
        it would have judged."""
        if resource.type != STACK and not is_judged(resource.type):
            return ()
        message = f"this policy cannot judge anything: {what}"
        return (Finding(self._rule.id, Severity.VIOLATION, resource.urn, message, cure),)


def _is_urn(subject: str) -> bool:
    return subject.startswith("urn:pulumi:")


def _granted(waived: Waived) -> str:
    return (
        f"[waiver-valid] waived until {format_instant(waived.until)}, approved by"
        f" {waived.approver}, {waived.reason}: {waived.located.finding}"
    )
