"""What a policy pack cannot see is refused at the gate that does, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from keylife.saved.document import SavedFileError
from keylife.saved.gate import check_saved
from tests.evasions.in_a_saved_file import SHOWN, File
from tests.evasions.in_declarations import OWNERS, SERVICES

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    (tmp_path / "services.yaml").write_text(SERVICES)
    (tmp_path / "owners.yaml").write_text(OWNERS)
    return tmp_path


def refused_by(file: File, registry: Path) -> set[str]:
    """The rules that refuse something in it."""
    try:
        verdict = check_saved(file.form, file.document, registry, AT, file.state)
    except SavedFileError:
        return {"incomplete"}
    return {located.finding.rule for located in verdict.violations}


@pytest.mark.parametrize("name", SHOWN)
def test_an_evasion_is_refused_and_its_twin_is_not(name: str, registry: Path) -> None:
    shown = SHOWN[name]

    assert shown.rule in refused_by(shown.evasion, registry)
    assert refused_by(shown.twin, registry) == set()
