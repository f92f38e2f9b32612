"""The pack benchmark's program is in order for every rule, with either pack."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.pack.benchmark import PACKS, previews
from keylife.sandbox.lifecycle import Sandbox


@pytest.mark.end_to_end
def test_the_program_passes_both_packs(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(PACKS, "no pack")

    seconds = previews(tmp_path / "stack", sandbox, 10, 1)

    assert set(seconds) == {"one empty rule", "keylife's"}
