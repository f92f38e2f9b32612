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
    for name in ("no pack", "one empty rule"):  # the other two say whether it all works
        monkeypatch.delitem(PACKS, name)

    seconds = previews(tmp_path / "stack", sandbox, 10, 1)

    assert set(seconds) == {"as many empty rules", "keylife's"}
