"""From subjects to a verdict: every rule asked about every subject, waivers applied.

No rule sees a gate, and no gate sees a rule: a gate describes what it has, and hands it in here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain

from keylife.compliance.context import Context, Registry, RegistryUnknown
from keylife.compliance.credential import Subject
from keylife.compliance.finding import Finding, Severity
from keylife.compliance.population import Population
from keylife.compliance.rules import RULES, failed, is_asked_about
from keylife.compliance.rules.rule import Rule
from keylife.compliance.settings import Level, Settings
from keylife.compliance.verdict import Located, Place, Verdict, Waived
from keylife.compliance.waivers import Waiver, standing_waivers, waive
from keylife.errors import UsageError

Placed = Callable[[Finding], Place | None]
"""Where a reviewer has to edit for a finding; None where no file holds it."""


def nowhere(_finding: Finding) -> None:
    """For gates that know no files."""


def judge_all(
    subjects: Iterable[Subject],
    *,
    in_one_pass: bool = False,
    at: datetime,
    registry: Registry | RegistryUnknown,
    settings: Settings | None = None,
    population: Population | None = None,
    placed: Placed = nowhere,
    rules: Sequence[Rule] = RULES,
) -> Verdict:
    """What all rules have against all subjects at one instant.

    Args:
        subjects: what was described, in an order that is the same at every run.
        in_one_pass: judge each subject as soon as it is described, so that a hundred thousand of
            them need not be held; for gates whose subjects have no revocations among them, which
            may come after what they revoke.
        at: the instant.
        registry: services and owners; an unknown one is a violation for every subject that needs
            it.
        settings: levels, limits and waivers; by default everything is mandatory.
        population: with what the gate knows besides its subjects, such as revoked keys; the
            subjects are noted here.
        placed: where a finding is to be mended.
        rules: which are asked.

    Raises:
        UsageError: no rule is left to be asked.
    """
    settings = settings or Settings()
    asked = [rule for rule in rules if settings.level_of(rule.id) is not Level.DISABLED]
    if not asked:
        raise UsageError(
            "no rule is asked: a check that nothing can fail is none",
            "take `disabled` from the rules that are to hold",
        )
    population = population or Population()
    if not in_one_pass:
        subjects = list(subjects)
        for subject in subjects:
            population.note(subject)
    context = Context(at, settings.limits, registry, population)
    standing = standing_waivers(settings.waivers, at)
    askable = _askable(asked)
    found: list[Located] = []
    waived: list[Waived] = []
    count = 0
    for subject in chain(subjects, settings.waivers):
        count += 1
        if in_one_pass:
            population.note(subject)
        for finding in findings_of(subject, context, askable(subject), settings):
            place = subject.place if isinstance(subject, Waiver) else placed(finding)
            located = Located(finding, place)
            covered = waive(located, subject.key_id, standing) if standing else None
            if covered is None:
                found.append(located)
            else:
                waived.append(covered)
    return Verdict(
        at=at,
        subjects=count - len(settings.waivers),
        rules=tuple(rule.id for rule in asked),
        findings=tuple(sorted(found, key=_order)),
        waived=tuple(sorted(waived, key=lambda w: _order(w.located))),
    )


def findings_of(
    subject: Subject, context: Context, rules: Iterable[Rule], settings: Settings
) -> Iterator[Finding]:
    """What rules have against one subject, each as strictly as it is set."""
    for rule in rules:
        try:
            for finding in rule.judge(subject, context):
                yield as_set(finding, settings)
        except Exception as error:
            yield as_set(failed(rule, subject.subject, error), settings)


def _askable(rules: Sequence[Rule]) -> Callable[[Subject], Sequence[Rule]]:
    """The rules that have anything to say about a subject, found out once for each sort of it."""
    known: dict[tuple[type, bool], list[Rule]] = {}

    def askable(subject: Subject) -> Sequence[Rule]:
        sort = type(subject), bool(getattr(subject, "deleted", False))
        if sort not in known:
            known[sort] = [rule for rule in rules if is_asked_about(rule, subject)]
        return known[sort]

    return askable


def as_set(finding: Finding, settings: Settings) -> Finding:
    """A finding as a warning, where its rule is advisory here."""
    if settings.level_of(finding.rule) is Level.ADVISORY:
        return replace(finding, severity=Severity.WARNING)
    return finding


def _order(located: Located) -> tuple[bool, str, Finding]:
    """Violations first, then by file and line, then by subject."""
    place = located.place
    where = "" if place is None else f"{place.file}:{place.line:09}:{place.column:06}"
    return located.finding.severity is Severity.WARNING, where, located.finding
