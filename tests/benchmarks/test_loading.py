"""The programs of the loading benchmark run, and read the same keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.loading import benchmark
from benchmarks.loading.declared import spoil, write_declarations
from benchmarks.machine import FailedError


def test_both_programs_read_every_key_and_one_fault_is_told(tmp_path: Path) -> None:
    result = benchmark.measure(tmp_path, full=False, keys=30, faulty=20, turns=1)

    assert [row[0] for row in result.rows] == [
        "keylife",
        "CSafeLoader",
        "CSafeLoader, collector on",
        "keylife, one fault among 20 keys",
    ]
    assert [figure.limit for figure in result.figures] == [0.2, 0.2, 1.0]
    assert all(figure.measured > 0 for figure in result.figures)


def test_the_peer_checks_what_keylife_checks(tmp_path: Path) -> None:
    write_declarations(tmp_path, 4)
    spoil(tmp_path)

    with pytest.raises(FailedError, match="rotate_every"):
        benchmark.run_program("csafeloader_program.py", tmp_path)
