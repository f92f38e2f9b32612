"""From what a saved file shows to what the rules judge."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from keylife.compliance.ancestors import Ancestors
from keylife.compliance.catalogue import CatalogueError
from keylife.compliance.credential import Subject
from keylife.compliance.describe import Surroundings, describe
from keylife.compliance.statements import Statements
from keylife.saved.document import SavedFileError
from keylife.saved.saved import Saved, parents_first


def subjects_of(
    saved: Saved,
    *,
    owners: Statements | None = None,
    services: Statements | None = None,
    issuer_lives: Mapping[str, timedelta] = MappingProxyType({}),
) -> tuple[Subject, ...]:
    """All that the rules have to judge of a saved file, as the policy pack would describe it.

    Args:
        saved: what the file shows.
        owners: where to read who owns a credential; by default the usual tags.
        services: the same for services.
        issuer_lives: by type: the longest life that its issuer gives, where no property says so.

    Raises:
        SavedFileError: a resource cannot be described at all.
        CatalogueError: the catalogue is empty or unreadable.
    """
    owners = owners or Statements.of("owner")
    services = services or Statements.of("service")
    ancestors = Ancestors()
    around = Surroundings(
        ledger=lambda: saved.ledger,
        owners=owners,
        services=services,
        inherited=ancestors.inherited,
        ending=ancestors.is_ending,
        issuer_lives=issuer_lives,
    )
    subjects: list[Subject] = []
    standing = parents_first(r for r in saved.resources if not r.deleted)
    for resource in standing:
        ancestors.note(resource, (owners, services))
    for resource in (*standing, *(r for r in saved.resources if r.deleted)):
        try:
            subjects += describe(resource, around)
        except CatalogueError:
            raise
        except Exception as error:  # nobody said yes; its text is left out: it may quote a value
            raise SavedFileError(
                f"{resource.urn} could not be described: {type(error).__name__}",
                "report this with the resource's type and keylife's version",
            ) from None
    return tuple(subjects)
