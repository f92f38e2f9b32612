"""The third gate: what a change leaves and deletes, and what stands in a stack."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from keylife.compliance.judgement import judge_all
from keylife.compliance.past import note_ledger, note_tombstones
from keylife.compliance.population import Population
from keylife.compliance.verdict import Verdict
from keylife.declarations.everything import read_everything
from keylife.declarations.folder import stacks_in
from keylife.gates.configured import load_settings
from keylife.gates.registry import load_registry
from keylife.model.ledger import Ledger
from keylife.saved.document import Form, Json, SavedFileError
from keylife.saved.reading import read_saved
from keylife.saved.subjects import subjects_of


def check_saved(
    form: Form, document: Json, folder: Path, at: datetime, state: Json | None = None
) -> Verdict:
    """What the rules have against what a file of Pulumi's shows.

    Args:
        form: which command wrote it.
        document: what it wrote.
        folder: with ``services.yaml``, ``owners.yaml`` and, if the repository has them,
            ``keylife.yaml`` and declared keys, whose tombstones hold here too.
        at: the instant.
        state: the stack's state that a change was planned on.

    Raises:
        SavedFileError: the file is damaged or incomplete, or nothing is in it.
        DeclarationError: the declarations or ``keylife.yaml`` cannot be understood.
        UsageError: every rule is disabled.
    """
    saved = read_saved(form, document, state)
    if not saved.resources:
        raise SavedFileError(
            "there is no resource in it: nothing would be judged",
            "name a file of a stack that has resources, or leave this step out",
        )
    settings = load_settings(folder)
    population = Population()
    population.complete = True
    if isinstance(saved.ledger, Ledger):
        note_ledger(population, saved.ledger, at, settings.limits.soon)
    if stacks_in(folder):
        declared = read_everything(folder)
        note_tombstones(population, (e.model for _, e in declared.keys if e.model is not None))
    return judge_all(
        subjects_of(
            saved,
            owners=settings.owners,
            services=settings.services,
            issuer_lives=settings.issuer_lives,
        ),
        at=at,
        registry=load_registry(folder),
        settings=settings,
        population=population,
    )
