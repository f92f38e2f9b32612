"""What a finding's remedy is as an edit of the declaration, where no decision is left to take.

A limit says how short a life has to be, a retired service that its keys end, and a misspelt name
which one was meant. Everything else is for people, and stays a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from keylife.compliance.credential import Credential
from keylife.compliance.declared import describe_key
from keylife.compliance.finding import Finding
from keylife.compliance.limits import Limits
from keylife.compliance.settings import Settings
from keylife.compliance.verdict import Verdict
from keylife.declarations.document import Document
from keylife.declarations.echo import did_you_mean
from keylife.declarations.edits import Edits
from keylife.declarations.everything import Everything, read_everything
from keylife.declarations.insertion import inline
from keylife.declarations.mending import Mend, mended
from keylife.errors import KeylifeError
from keylife.gates.configured import load_settings
from keylife.gates.declared import judge_everything
from keylife.model.duration import format_duration
from keylife.model.key import Key
from keylife.model.registry import ServiceStatus
from keylife.model.revocation import Reason, Tombstone

Fields = dict[str, str]


@dataclass(frozen=True)
class Proposal:
    """New contents of files, and what they mend."""

    edits: Edits = Edits()  # noqa: RUF009  # it is frozen

    mends: int = 0
    """How many findings there would be less."""

    left: int = 0
    """How many findings are for people."""


def propose(folder: Path, at: datetime, by: str) -> Proposal:
    """The edits that mend what the rules have against the declarations of a folder.

    What is proposed was tried out: read and judged again it has fewer findings, and none that was
    not there before.

    Args:
        folder: with ``services.yaml``, ``owners.yaml`` and the stacks.
        at: the instant.
        by: who asks for revocations, as tombstones say it.

    Raises:
        UsageError: there is no such folder, no stack in it, or every rule is disabled.
        DeclarationError: the declarations or ``keylife.yaml`` cannot be understood.
    """
    settings = load_settings(folder)
    before = read_everything(folder)
    verdict = judge_everything(before, settings, at)
    tried = _Before(folder, settings, at, verdict)
    wanted = _wanted(before, verdict, settings, at, by)
    contents: dict[Path, tuple[Document, str]] = {}
    for path, mends in wanted.items():
        document = next(e.document for _, e in before.keys if e.document.path == path)
        text = mended(document, mends)
        if text is not None and tried.is_bettered(path, text):
            contents[path] = (document, text)
    if not contents:
        return Proposal(left=len(verdict.findings))
    edits = Edits(contents)
    left = len(tried.after(edits.instead()).findings)
    return Proposal(edits, len(verdict.findings) - left, left)


@dataclass(frozen=True)
class _Before:
    """What there is to be mended."""

    folder: Path
    settings: Settings
    at: datetime
    verdict: Verdict

    def after(self, instead: Mapping[Path, bytes]) -> Verdict:
        """The verdict with other contents of files."""
        return judge_everything(read_everything(self.folder, instead), self.settings, self.at)

    def is_bettered(self, path: Path, text: str) -> bool:
        """Whether a file's new text can be read, and brings no finding that was not there."""
        try:
            after = self.after({path: text.encode()})
        except KeylifeError:
            return False
        known = {(f.finding.rule, f.finding.subject) for f in self.verdict.findings}
        return len(after.findings) < len(self.verdict.findings) and all(
            (f.finding.rule, f.finding.subject) in known for f in after.findings
        )


def _wanted(
    everything: Everything, verdict: Verdict, settings: Settings, at: datetime, by: str
) -> dict[Path, list[Mend]]:
    keys = {f"{stack}/{entry.id}": entry for stack, entry in everything.keys}
    fields: dict[str, Fields] = {}
    for located in verdict.findings:
        finding = located.finding
        entry = keys.get(finding.subject)
        mend = _MENDS.get(finding.rule)
        if entry is None or entry.model is None or mend is None:
            continue
        case = _Case(entry.model, finding, everything, settings.limits, at, by)
        fields.setdefault(finding.subject, {}).update(mend(case))
    wanted: dict[Path, list[Mend]] = {}
    for subject, changed in fields.items():
        # What ends is revoked as it stands: nobody reviews a shorter life of it.
        kept = {"revoked": changed["revoked"]} if "revoked" in changed else changed
        if kept:
            entry = keys[subject]
            wanted.setdefault(entry.document.path, []).append(Mend(entry.path, kept))
    return wanted


@dataclass(frozen=True)
class _Case:
    key: Key
    finding: Finding
    everything: Everything
    limits: Limits
    at: datetime
    by: str


def _shorter(case: _Case) -> Fields:
    """The longest life that every limit allows, and a rotation in time for it."""
    key, limits = case.key, case.limits
    allowed = [key.ttl]
    for subject in describe_key("", key):
        if isinstance(subject, Credential):
            late = limits.deploy_every if subject.unenforced is not None else timedelta(0)
            allowed.append(limits.of(subject) - late)
    for word, name in (("owner", key.owner), ("service", key.service)):
        life = limits.of_party(word, name).life
        allowed += [] if life is None else [life]
    ttl = min(allowed)
    if ttl <= timedelta(0):
        return {}
    changed = {"ttl": format_duration(ttl)}
    if key.rotate_every >= ttl or ttl - key.rotate_every < limits.deploy_every:
        changed.update(_rotation(ttl, limits))
    return changed


def _sooner(case: _Case) -> Fields:
    return _rotation(case.key.ttl, case.limits)


def _rotation(ttl: timedelta, limits: Limits) -> Fields:
    """Two thirds of the life, or as late as leaves one run of the pipeline; in whole seconds."""
    every = min(ttl * 2 // 3, ttl - limits.deploy_every)
    if every <= timedelta(0):
        every = ttl * 2 // 3
    units = (timedelta(days=1), timedelta(hours=1), timedelta(seconds=1))
    unit = next(unit for unit in units if every >= unit)
    return {"rotate_every": format_duration(every // unit * unit)}


def _ended(case: _Case) -> Fields:
    """A tombstone for a key of a retired service; the name that was meant, if it is none."""
    service = case.everything.services.get(case.key.service)
    if service is None or service.model is None:
        return _meant("service", case.key.service, case.everything.services)
    model = service.model
    if model.status is not ServiceStatus.RETIRED or model.since is None or case.at < model.since:
        return {}
    ref = f"service {model.id} is retired (services.yaml)"
    tombstone = Tombstone(at=case.at, reason=Reason.CESSATION_OF_OPERATION, by=case.by, ref=ref)
    return {"revoked": inline(tombstone.model_dump(mode="json"))}


def _handed_over(case: _Case) -> Fields:
    """The name that was meant; to whom a departed owner's key goes is for people."""
    return _meant("owner", case.key.owner, case.everything.owners)


def _meant(word: str, name: str, declared: Iterable[str]) -> Fields:
    close = None if name in declared else did_you_mean(name, declared)
    return {} if close is None else {word: close}


_MENDS: Mapping[str, Callable[[_Case], Fields]] = {
    "ttl-within-limit": _shorter,
    "validity-budget": _shorter,
    "age-within-limit": _shorter,
    "rotation-before-expiry": _sooner,
    "service-known-and-active": _ended,
    "owner-known-and-active": _handed_over,
}
"""By rule: the fields that mend its finding; empty where people have to decide."""
