"""What stands in declarations is refused before anybody runs a program, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from keylife.compliance.rules import RULES
from keylife.errors import DeclarationError, UsageError
from keylife.gates.declared import check_folder
from tests.evasions.in_declarations import PAIRS, REFUSED_BY, Files

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
EVERY_RULE = ", ".join(f"{rule.id}: disabled" for rule in RULES)


def refused_by(files: Files, folder: Path) -> set[str]:
    """What `keylife check` has against these files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("ALL: disabled", EVERY_RULE))
    try:
        return {located.finding.rule for located in check_folder(folder, AT).violations}
    except (DeclarationError, UsageError) as error:
        return {f"exit code {error.exit_code}"}


@pytest.mark.parametrize("name", PAIRS)
def test_an_evasion_is_refused_and_its_twin_is_not(name: str, tmp_path: Path) -> None:
    assert refused_by(PAIRS[name].evasion, tmp_path / "evasion") == REFUSED_BY[name]
    assert refused_by(PAIRS[name].twin, tmp_path / "twin") == set()
