"""The benchmark of many revokes kills what it counts, and counts every call."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.revoke_many.benchmark import measure, revoke
from benchmarks.revoke_many.world import NEEDED, World
from keylife.revocation.course import SystemSilentError
from keylife.revocation.progress import Phase, Progress
from keylife.systems.system import Verdict
from tests.revocation.world import START


def test_every_revoke_ends_and_calls_are_counted(tmp_path: Path, long: bool) -> None:
    found = revoke(tmp_path / "one", None, 10, "worker")

    assert found["count"] == 10
    assert found["calls"] >= 1
    assert len(found["memory"]) == 11
    if long:
        (tmp_path / "all").mkdir()
        result = measure(tmp_path / "all", full=False, count=100)
        assert [row[0].partition(",")[0] for row in result.rows] == ["SQLite", "PostgreSQL"] * 2
        assert all(figure.met for figure in result.figures if "calls" in figure.what)


def test_where_nothing_fails_as_many_calls_are_made_as_are_needed() -> None:
    progress = Progress(asked=START, due=START)
    world = World(0.0, lambda: progress.due)
    course = world.course_of(world.holding(1))
    while not progress.settled:
        *_, progress = course.advance(progress, 0.0)

    assert progress.phase is Phase.PROVEN
    assert world.calls == NEEDED
    assert list(world.alive()) == []


def test_of_what_fails_half_was_done() -> None:
    world = World(1.0, lambda: START)
    held = [world.holding(number) for number in range(200)]
    for holding in held:
        course = world.course_of(holding)
        for step in course.system.steps:
            with pytest.raises(SystemSilentError):
                course.hands.act(step, holding)
    dead = 200 - len(list(world.alive()))

    assert 10 < dead < 45, "an eighth"
    assert course.hands.look(held[0]).verdict is Verdict.UNCLEAR
