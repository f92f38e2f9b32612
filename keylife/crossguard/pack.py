"""Rule + enforcement level → Pulumi policies, as a plain list that can be imported and tested."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
from keylife.compliance.describe import Surroundings, describe, is_judged
from keylife.compliance.finding import Finding, Severity
from keylife.compliance.limits import Limits
from keylife.compliance.resource import STACK, Resource
from keylife.compliance.rules import RULES, failed, judge
from keylife.compliance.rules.rule import Rule
from keylife.compliance.statements import Statements
from keylife.crossguard.configuration import Configuration, configuration, schema
from keylife.crossguard.gate import Gate, read_stack_ledger, system_clock
from keylife.crossguard.memory import Ancestors
from keylife.crossguard.plain import PlainInputs
from keylife.model.ledger import Ledger


def policies(
    *,
    beside: Path,
    levels: Mapping[str, EnforcementLevel] | None = None,
    ledger: Callable[[], Ledger] = read_stack_ledger,
    clock: Callable[[], datetime] = system_clock,
) -> list[ResourceValidationPolicy]:
    """Every rule as Pulumi policies.

    Warnings of a rule come from a policy of their own, ``<rule>-warning``, because a Pulumi
    policy has one enforcement level for all it reports; it is advisory.

    Args:
        beside: the pack's folder, from which a configured ``registry`` is found.
        levels: by rule id; mandatory where nothing else is said.
        ledger: how to read what the stack issued; called once, and only for keylife's own
            resources.
        clock: what time it is; called once.

    Raises:
        ValueError: a level is given for a rule that does not exist.
    """
    levels = levels or {}
    unknown = set(levels) - {rule.id for rule in RULES}
    if unknown:
        raise ValueError(f"no such rule: {', '.join(sorted(unknown))}")
    gate = Gate(beside, ledger, clock)
    return [
        policy
        for rule in RULES
        for policy in _policies(rule, levels.get(rule.id, EnforcementLevel.MANDATORY), gate)
    ]


def _policies(
    rule: Rule, level: EnforcementLevel, gate: Gate
) -> Iterable[ResourceValidationPolicy]:
    judging = _Judging(rule, gate)
    yield ResourceValidationPolicy(
        name=rule.id,
        description=rule.says,
        enforcement_level=level,
        config_schema=schema(rule),
        validate=judging.report_violations,
    )
    if rule.warns:
        yield ResourceValidationPolicy(
            name=f"{rule.id}-warning",
            description=f"Ahead of {rule.id}: what will be refused before long.",
            enforcement_level=EnforcementLevel.ADVISORY,
            validate=judging.report_warnings,
        )


class _Judging:
    """One rule, asked about one resource after the other."""

    def __init__(self, rule: Rule, gate: Gate) -> None:
        self._rule = rule
        self._gate = gate
        self._given: Mapping[str, Any] | None = None
        self._ancestors = Ancestors()

    def report_violations(self, args: ResourceValidationArgs, report: ReportViolation) -> None:
        """What stops the deploy."""
        self._given = args.get_config()
        for finding in self._findings(args):
            if finding.severity is Severity.VIOLATION:
                report(str(finding), args.urn)

    def report_warnings(self, args: ResourceValidationArgs, report: ReportViolation) -> None:
        """What does not, by the configuration that the rule's violations have."""
        for finding in self._findings(args):
            if finding.severity is Severity.WARNING:
                report(str(finding), args.urn)

    def _findings(self, args: ResourceValidationArgs) -> tuple[Finding, ...]:
        # An exception that leaves a policy ends the whole operation without a word of which rule
        # it was, or, if it is the SDK's own about unknowns, lets the resource pass.
        try:
            return self._judged(_resource(args))
        except Exception as error:
            return (failed(self._rule, args.urn, error),)

    def _judged(self, resource: Resource) -> tuple[Finding, ...]:
        try:
            configured = configuration(self._rule, self._given)
            at = self._gate.at()
        except ValueError as error:
            return self._faulty(resource, str(error), "mend the configuration")
        owners = Statements.of("owner", configured.tags, configured.assigned)
        services = Statements.of("service", configured.tags, configured.assigned)
        # Only who asks for a word needs to remember it: most resources are no credentials.
        self._ancestors.note(resource, (owners, services) if self._rule.asks_registry else ())
        registry: Registry | RegistryUnknown = Registry({}, {})
        if self._rule.asks_registry:
            registry = self._gate.registry(configured.registry)
            if isinstance(registry, RegistryUnknown):
                return self._faulty(resource, registry.why, registry.cure)
        subjects = describe(resource, self._around(configured, owners, services))
        context = Context(at, Limits(configured.limits), registry)
        return tuple(
            finding for subject in subjects for finding in judge(self._rule, subject, context)
        )

    def _around(
        self, configured: Configuration, owners: Statements, services: Statements
    ) -> Surroundings:
        return Surroundings(
            ledger=self._gate.read_ledger,
            owners=owners,
            services=services,
            inherited=self._ancestors.inherited,
            ending=self._ancestors.is_ending,
            issuer_lives=configured.issuer_lives,
        )

    def _faulty(self, resource: Resource, what: str, cure: str) -> tuple[Finding, ...]:
        """The gate itself cannot judge: said at the stack, which every program has, and wherever
        it would have judged."""
        if resource.type != STACK and not is_judged(resource.type):
            return ()
        message = f"this policy cannot judge anything: {what}"
        return (Finding(self._rule.id, Severity.VIOLATION, resource.urn, message, cure),)


def _resource(args: ResourceValidationArgs) -> Resource:
    return Resource(
        urn=args.urn,
        type=args.resource_type,
        inputs=PlainInputs(args.props),
        provider=None if args.provider is None else PlainInputs(args.provider.props),
        aliases=tuple(args.opts.aliases),
        protected=args.opts.protect,
        parent=args.opts.parent,
    )
