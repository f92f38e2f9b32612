"""From subjects to a verdict: every rule asked about every subject, waivers applied.

No rule sees a gate, and no gate sees a rule: a gate describes what it has, and hands it in here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from operator import attrgetter

from keylife.compliance.context import Context, Registry, RegistryUnknown
from keylife.compliance.credential import Credential, Subject
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


@dataclass(frozen=True)
class Judged:
    """What the rules have against some of a gate's subjects."""

    subjects: int
    """How many they are."""

    found: Sequence[Located]
    waived: Sequence[Waived]


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
    asked = asked_of(rules, settings)
    population = population or Population()
    subjects = _noting(subjects, population) if in_one_pass else list(subjects)
    if isinstance(subjects, list):
        for subject in subjects:
            population.note(subject)
    context = Context(at, settings.limits, registry, population)
    return verdict_of(
        (
            judge_each(subjects, context, settings, asked, placed),
            judge_waivers(context, settings, asked),
        ),
        at,
        asked,
    )


def asked_of(rules: Sequence[Rule], settings: Settings) -> Sequence[Rule]:
    """The rules that are not disabled.

    Raises:
        UsageError: no rule is left to be asked.
    """
    asked = [rule for rule in rules if settings.level_of(rule.id) is not Level.DISABLED]
    if not asked:
        raise UsageError(
            "no rule is asked: a check that nothing can fail is none",
            "take `disabled` from the rules that are to hold",
        )
    return asked


def judge_each(
    subjects: Iterable[Subject],
    context: Context,
    settings: Settings,
    rules: Sequence[Rule],
    placed: Placed,
) -> Judged:
    """What rules have against some subjects, each on its own.

    Args:
        subjects: what was described; all that the population is to know of them was noted.
        context: what they are judged against.
        settings: how strictly.
        rules: which are asked.
        placed: where a finding is to be mended.
    """
    standing = standing_waivers(settings.waivers, context.at)
    askable = _askable(rules)
    alike = _Alike()
    found: list[Located] = []
    waived: list[Waived] = []
    count = 0
    for subject in subjects:
        count += 1
        facts = alike.facts_of(subject)
        rules_left = alike.left_to_ask(facts)
        if rules_left is None:
            asked = askable(subject)
            findings = findings_of(subject, context, asked)
            alike.note(facts, asked, findings)
        else:
            findings = findings_of(subject, context, rules_left)
        for each in findings:
            finding = as_set(each, settings)
            place = subject.place if isinstance(subject, Waiver) else placed(finding)
            located = Located(finding, place)
            covered = waive(located, subject.key_id, standing) if standing else None
            if covered is None:
                found.append(located)
            else:
                waived.append(covered)
    return Judged(count, found, waived)


def judge_waivers(context: Context, settings: Settings, rules: Sequence[Rule]) -> Judged:
    """What rules have against the waivers themselves, which are no subjects of any gate."""
    judged = judge_each(settings.waivers, context, settings, rules, nowhere)
    return replace(judged, subjects=0)


def verdict_of(parts: Iterable[Judged], at: datetime, rules: Sequence[Rule]) -> Verdict:
    """One verdict of what was judged part by part.

    Args:
        parts: in any order.
        at: the instant.
        rules: those that were asked.
    """
    judged = list(parts)
    found = chain.from_iterable(part.found for part in judged)
    waived = chain.from_iterable(part.waived for part in judged)
    return Verdict(
        at=at,
        subjects=sum(part.subjects for part in judged),
        rules=tuple(rule.id for rule in rules),
        findings=tuple(sorted(found, key=_order)),
        waived=tuple(sorted(waived, key=lambda w: _order(w.located))),
    )


def _noting(subjects: Iterable[Subject], population: Population) -> Iterator[Subject]:
    """Subjects that the population knows as soon as they are asked for."""
    for subject in subjects:
        population.note(subject)
        yield subject


def findings_of(subject: Subject, context: Context, rules: Iterable[Rule]) -> list[Finding]:
    """What rules have against one subject."""
    found: list[Finding] = []
    for rule in rules:
        try:
            found += rule.judge(subject, context)
        except Exception as error:
            found.append(failed(rule, subject.subject, error))
    return found


class _Alike:
    """Credentials that nothing was found against, for all that are like one of them but for name.

    Of a hundred thousand keys most are alike, and most rules do not ask what a key is called.
    """

    MOST = 10_000
    """Kept at once: what is not among them is only judged in full."""

    def __init__(self) -> None:
        self._left: dict[tuple[object, ...], Sequence[Rule]] = {}

    def facts_of(self, subject: Subject) -> tuple[object, ...] | None:
        """All of a credential but its name."""
        if not isinstance(subject, Credential):
            return None
        return subject[:_SUBJECT] + subject[_SUBJECT + 1 : _ID] + subject[_ID + 1 :]

    def left_to_ask(self, facts: tuple[object, ...] | None) -> Sequence[Rule] | None:
        """The rules that have not said yet that such a credential is in order; None if all."""
        return None if facts is None else self._left.get(facts)

    def note(
        self, facts: tuple[object, ...] | None, asked: Sequence[Rule], findings: Iterable[Finding]
    ) -> None:
        """Remember what was found against the first of its like."""
        nameless = {rule.id for rule in asked if rule.nameless}
        if facts is None or len(self._left) >= self.MOST:
            return
        if nameless.isdisjoint(finding.rule for finding in findings):
            self._left[facts] = [rule for rule in asked if not rule.nameless]


_SUBJECT, _ID = map(Credential._fields.index, ("subject", "id"))


def _askable(rules: Sequence[Rule]) -> Callable[[Subject], Sequence[Rule]]:
    """The rules that have anything to say about a subject, found out once for each sort of it."""
    known: dict[tuple[object, ...], list[Rule]] = {}
    names = sorted({rule.fact for rule in rules if rule.fact})
    facts = attrgetter("deleted", "managed", *names)  # of two names or more it makes a tuple

    def askable(subject: Subject) -> Sequence[Rule]:
        sort: tuple[object, ...]
        if isinstance(subject, Credential):
            sort = (Credential, *map(bool, facts(subject)))
        else:
            sort = type(subject), bool(getattr(subject, "deleted", False))
        found = known.get(sort)
        if found is None:
            found = known[sort] = [rule for rule in rules if is_asked_about(rule, subject)]
        return found

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
