"""The audit log's benchmark appends and verifies what it counts."""

from __future__ import annotations

from pathlib import Path

from benchmarks import audit


def test_every_rate_is_measured_and_every_ratio_drawn(tmp_path: Path) -> None:
    result = audit.measure(tmp_path, full=False, events=10, verified=300, turns=1)

    assert len(result.rows) == 7
    assert result.rows[-1][0].startswith("verified: 300 entries in ")
    assert [figure.limit for figure in result.figures] == [2.0, 0.05, 0.5, None]
    assert all(figure.measured > 0 for figure in result.figures)
