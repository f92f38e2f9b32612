"""The audit log's benchmark appends and verifies what it counts."""

from __future__ import annotations

import time
from pathlib import Path

import psycopg
import pytest

from benchmarks import audit
from benchmarks.far import far
from tests.postgres import PostgresServer


def test_every_rate_is_measured_and_every_ratio_drawn(tmp_path: Path) -> None:
    result = audit.measure(tmp_path, full=False, events=10, verified=300, turns=1)

    assert len(result.rows) == 9
    assert result.rows[-1][0].startswith("verified: 300 entries in ")
    assert [figure.limit for figure in result.figures] == [2.0, 0.05, 0.5, 0.5, None, None]
    assert all(figure.measured > 0 for figure in result.figures)


def test_what_is_far_away_answers_later(postgres: PostgresServer) -> None:
    url = postgres.shared_database()
    with far(postgres.folder, 0.02) as away:
        with psycopg.connect(url.replace(str(postgres.folder), str(away))) as connection:
            begin = time.perf_counter()
            for _ in range(5):
                connection.execute("SELECT 1")
        assert time.perf_counter() - begin >= 5 * 0.02
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url.replace(str(postgres.folder), str(away)))
