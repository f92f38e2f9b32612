from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _named_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are told by their path from where one stands, where that is shorter."""
    monkeypatch.chdir(tmp_path)
