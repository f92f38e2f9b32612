"""The settings of a declarations folder, as ``keylife.yaml`` has them."""

from __future__ import annotations

from pathlib import Path, PurePath

from keylife.compliance.rules import RULES
from keylife.compliance.settings import Settings, settings_of
from keylife.compliance.verdict import Place
from keylife.declarations.configuration import Configured, read_configuration


def load_configuration(folder: Path) -> Configured:
    """What a repository's ``keylife.yaml`` says; all is default where there is none.

    Args:
        folder: where ``services.yaml`` stands.

    Raises:
        DeclarationError: the file cannot be read, or something in it is wrong.
    """
    return read_configuration(folder, [rule.id for rule in RULES])


def load_settings(folder: Path) -> Settings:
    """How strictly a repository takes the rules; the defaults where it has no ``keylife.yaml``.

    Args:
        folder: where ``services.yaml`` stands.

    Raises:
        DeclarationError: the file cannot be read, or something in it is wrong.
    """
    configured = load_configuration(folder)

    def place(number: int) -> Place | None:
        if configured.document is None:
            return None
        at = configured.document.place(("waivers", number))
        return Place(PurePath(configured.document.shown_as), at.line, at.column)

    return settings_of(configured.configuration, place)
