"""The reserve holds what was put there whatever happens, and takes it on a disk that is full."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from keylife.audit.errors import ReserveError, ReserveUsedUpError
from keylife.audit.reserve import SLOT, SLOTS, Record, Reserve


@pytest.fixture
def reserve(tmp_path: Path) -> Reserve:
    reserve = Reserve(tmp_path / "audit.reserve")
    reserve.prepare()
    return reserve


def records(*contents: bytes) -> list[Record]:
    return [Record(content) for content in contents]


def content(reserve: Reserve) -> list[bytes]:
    with pytest.raises(KeyError), reserve.held() as found:
        kept = [one.content for one in found]
        raise KeyError  # whoever fails leaves it as it is
    return kept


def test_every_block_of_it_is_on_the_disk_from_the_start(reserve: Reserve) -> None:
    found = reserve.path.stat()

    assert found.st_size == SLOT * (SLOTS + 1)
    assert found.st_blocks * 512 >= found.st_size
    assert found.st_mode & 0o777 == 0o600
    assert SLOTS >= 1000


def test_what_is_put_there_is_there_in_its_order(reserve: Reserve) -> None:
    assert reserve.is_empty()
    reserve.add(records(b"one"))
    reserve.add(records(b"two", b"x" * 10_000, b""))
    reserve.add(records(b"five"))

    assert content(Reserve(reserve.path)) == [b"one", b"two", b"x" * 10_000, b"", b"five"]
    assert reserve.count() == 5
    assert not reserve.is_empty()


def test_it_is_emptied_by_whoever_took_it_in(reserve: Reserve) -> None:
    reserve.add(records(b"one", b"two"))
    with reserve.held() as found:
        names = [one.once for one in found]
    assert reserve.is_empty()

    reserve.add(records(b"three"))
    with reserve.held() as found:
        assert [one.content for one in found] == [b"three"]
        assert found[0].once not in names
    assert len({*names}) == 2


def test_it_is_as_large_in_its_second_life(reserve: Reserve) -> None:
    for _ in range(2):
        reserve.add(records(*[b"x"] * SLOTS))
        with pytest.raises(ReserveUsedUpError, match="holds 1024 events"):
            reserve.add(records(b"y"))
        with reserve.held() as found:
            assert [one.content for one in found] == [b"x"] * SLOTS


def test_what_does_not_fit_is_not_there_in_part(reserve: Reserve) -> None:
    reserve.add(records(*[b"x"] * (SLOTS - 1)))

    with pytest.raises(ReserveUsedUpError):
        reserve.add(records(b"y", b"z"))
    assert reserve.count() == SLOTS - 1
    reserve.add(records(b"y"))


@pytest.mark.parametrize("offset", [0, 9, 17, 20, 24, 55, 56, 60, 7000])
def test_half_a_record_counts_for_none_and_is_written_over(reserve: Reserve, offset: int) -> None:
    reserve.add(records(b"one"))
    reserve.add(records(b"torn" * 2000))
    with reserve.path.open("r+b") as file:
        file.seek(2 * SLOT + offset)
        file.write(b"\xff")

    assert content(reserve) == [b"one"]
    reserve.add(records(b"two"))
    assert content(reserve) == [b"one", b"two"]


def test_what_is_another_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("mine")

    with pytest.raises(ReserveError, match="no reserve of keylife's"):
        Reserve(path).prepare()
    assert path.read_text() == "mine"


def test_a_folder_that_cannot_be_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReserveError, match="No such file"):
        Reserve(tmp_path / "nowhere" / "reserve").prepare()
    assert Reserve(tmp_path / "reserve").is_empty()
    assert Reserve(tmp_path / "reserve").count() == 0


def test_one_that_has_no_room_is_not_made_in_part(tmp_path: Path) -> None:
    program = f"""
import resource, signal
from pathlib import Path
from keylife.audit.errors import ReserveError
from keylife.audit.reserve import Reserve

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, {resource.RLIM_INFINITY}))
try:
    Reserve(Path("audit.reserve")).prepare()
except ReserveError as error:
    print(error.what)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.stderr) == ("File too large\n", "")
    assert [*tmp_path.iterdir()] == []


def test_what_has_a_name_is_there_once(reserve: Reserve) -> None:
    reserve.add([Record(b"one", "a"), Record(b"two")])
    reserve.add([Record(b"again", "a"), Record(b"two"), Record(b"three", "b"), Record(b"x", "b")])

    with reserve.held() as found:
        assert [one.content for one in found] == [b"one", b"two", b"two", b"three"]
        assert [found[0].once, found[3].once] == ["a", "b"]
