"""Texts that are held as they are: a change of one shows in review, as a diff of its file.

``KEYLIFE_WRITE_GOLDEN=1 pytest …`` writes them anew; such a run fails, so that nobody takes it
for a test.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "vectors" / "formats"


def assert_golden(name: str, text: str) -> None:
    """The text is, letter by letter, what the file of this name holds."""
    path = FOLDER / name
    if os.environ.get("KEYLIFE_WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
        raise AssertionError(f"{path} was written: look at its diff, then run without")
    assert text == path.read_text(encoding="utf-8")
