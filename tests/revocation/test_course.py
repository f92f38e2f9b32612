"""The course of a revocation, in worlds in which everything goes wrong."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from keylife.revocation.progress import Phase
from keylife.systems.system import Verdict
from tests.revocation.world import START, Told, Weather, World, live_through

CALM = Weather()
REPOSITORY = Path(__file__).resolve().parents[2]


def _storm(seed: int) -> World:
    """Every seed its own mixture of faults."""
    odds = (0.0, 0.05, 0.3)
    return World(
        seed,
        Weather(
            fails=odds[seed % 3],
            loses_answer=odds[seed // 3 % 3],
            unclear=odds[seed // 9 % 3],
            kills=(0.0, 0.02, 0.15)[seed // 27 % 3],
            undoes=(0.0, 0.0, 0.2)[seed // 81 % 3],
            lags=bool(seed // 243 % 2),
            secret_gone=bool(seed % 7 == 0),
        ),
        window=(0.0, 1.0, 10.0, 301.0)[seed % 4],
    )


def _truth(told: Told) -> None:
    """What must hold at the end of any history, asked of the world."""
    progress, world = told.progress, told.world
    assert not world.alive()
    assert progress.phase is (Phase.WEAK if world.weather.secret_gone else Phase.PROVEN)
    refusals = progress.probes
    assert len(refusals) >= 3
    assert all(probe.used is not world.weather.secret_gone for probe in refusals)
    assert refusals[-1].at - refusals[0].at >= timedelta(seconds=world.window)
    assert progress.last_accepted is None or progress.last_accepted < refusals[0].at
    assert all(not before.settled for before in told.saved[:-1])


def test_in_calm_weather_nothing_is_done_twice() -> None:
    told = live_through(World(1, CALM))
    assert told.world.calls == [
        "use accepted",
        "deny",
        "deactivate",
        "delete",
        "use refused",
        "use refused",
        "use refused",
        "look refused",
    ]
    assert told.progress.seen_alive
    assert told.progress.corroborated
    assert timedelta(seconds=10) <= told.world.now - START < timedelta(seconds=11)


SEEDS = Path(__file__).with_name("seeds.txt")
"""Seeds that once ended in a lie, or in no end: lived through at every run, and none is dropped."""


def _lived(seed: int) -> Told:
    """The history of a seed, that is true at its end; one that is not names itself and is kept."""
    world = _storm(seed)
    try:
        told = live_through(world)
        _truth(told)
    except Exception as error:
        kept = SEEDS.read_text()
        if f"\n{seed}\n" not in kept:
            SEEDS.write_text(f"{kept}{seed}\n")
        raise AssertionError(f"seed {seed}, now in {SEEDS.name}: {world.calls[-30:]}") from error
    return told


def test_through_any_weather_what_is_called_dead_is_dead(long: bool) -> None:
    kept = [int(line) for line in SEEDS.read_text().splitlines() if line.isdigit()]
    traces = {_lived(seed).world.trace for seed in [*kept, *range(10_000 if long else 500)]}
    assert len(traces) > 100


def test_a_seed_that_fails_is_kept_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And once: what failed yesterday is tried first today, whatever range is drawn then."""
    monkeypatch.setattr(f"{__name__}.SEEDS", tmp_path / "seeds.txt")
    SEEDS.write_text("# seeds\n")
    monkeypatch.setattr(World, "alive", lambda _: True)
    for seed in (41, 407, 41):
        with pytest.raises(AssertionError, match=f"seed {seed}, now in seeds.txt"):
            _lived(seed)
    assert SEEDS.read_text() == "# seeds\n41\n407\n"


@pytest.mark.parametrize("seed", [3, 107, 402])
def test_the_same_seed_has_the_same_history(seed: int) -> None:
    """Here, and in another process, whose hashes of texts begin elsewhere."""
    trace = live_through(_storm(seed)).world.trace
    program = (
        "from tests.revocation.test_course import _storm, live_through;"
        f"print(live_through(_storm({seed})).world.trace)"
    )
    again = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert again.stdout.strip() == trace == live_through(_storm(seed)).world.trace


def test_storms_kill_and_undo(long: bool) -> None:
    """The worlds above are as bad as they say."""
    told = [live_through(_storm(seed)) for seed in range(216, 243)]
    assert sum(one.kills for one in told) > 10
    assert any("after every step" in (p.waits_for or "") for one in told for p in one.saved)


def test_six_hours_of_a_dead_system_do_not_end_it() -> None:
    """OpenBao gives up after six attempts; this never does, and does not ask all the time."""
    world = World(5, Weather(fails=1.0, calm_after=timedelta(hours=6)))
    told = live_through(world)
    _truth(told)
    pending = [progress for progress in told.saved if progress.waits_for]
    assert pending[-1].attempts > 70
    assert pending[-1].waits_for == "deny: 503"
    assert pending[-1].waiting_since is not None
    assert pending[-1].waiting_since - START < timedelta(seconds=1)
    assert world.now - START < timedelta(hours=6, minutes=6)
    assert sum(call == "deny failed" for call in world.calls) < 150


def test_five_of_a_hundred_calls_failing_cost_less_than_a_fifth_more() -> None:
    needed = len(live_through(World(1, CALM, window=10.0)).world.calls)
    worlds = [World(seed, Weather(fails=0.05, unclear=0.05), window=10.0) for seed in range(300)]
    made = [len(live_through(world).world.calls) for world in worlds]
    assert sum(made) / len(made) <= 1.2 * needed


@pytest.mark.parametrize("mute", [Verdict.UNCLEAR, Verdict.POWERLESS])
def test_what_can_only_be_weak_ends_weak_when_nothing_more_will_be_learned(mute: Verdict) -> None:
    told = live_through(World(1, Weather(mute=mute), weak="its system keeps it behind a newer one"))
    assert told.progress.phase is Phase.WEAK
    assert [step.name for step in told.progress.done] == ["deny", "deactivate", "delete"]
    assert [probe.verdict for probe in told.progress.probes] == [mute]
    assert told.progress.first_refused is None


@pytest.mark.parametrize("mute", [Verdict.UNCLEAR, Verdict.POWERLESS, Verdict.ACCEPTED])
def test_what_could_be_proven_never_ends_without_a_refusal(mute: Verdict) -> None:
    with pytest.raises(AssertionError, match="pending"):
        live_through(World(1, Weather(mute=mute)))


def test_a_system_without_a_listing_is_asked_three_times_before_its_refusals_stand_alone() -> None:
    told = live_through(World(1, Weather(unlisted=True)))
    assert told.progress.phase is Phase.PROVEN
    assert not told.progress.corroborated
    assert told.world.calls.count("look unclear") == 3
