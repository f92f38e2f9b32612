"""How much of the program's stack goes into the state."""

from __future__ import annotations

import sys
import traceback

import pytest

from keylife.program.short_traces import FRAMES, short_traces


def _deep(levels: int) -> int:
    return len(traceback.extract_stack()) if levels == 0 else _deep(levels - 1)


def test_few_frames_are_told_inside_and_all_outside() -> None:
    with short_traces():
        assert _deep(3 * FRAMES) == FRAMES

    assert _deep(3 * FRAMES) > 3 * FRAMES
    assert not hasattr(sys, "tracebacklimit")


def test_what_the_program_had_set_is_set_again_also_after_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "tracebacklimit", 50, raising=False)

    with pytest.raises(ValueError, match="refused"), short_traces():
        raise ValueError("refused")

    assert sys.tracebacklimit == 50
