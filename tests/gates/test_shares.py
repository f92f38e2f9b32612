"""However a folder's keys are cut into shares, what is said of them is the same."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from keylife.compliance.verdict import Verdict
from keylife.declarations.everything import files_in, read_everything
from keylife.errors import DeclarationError
from keylife.gates import shares
from keylife.gates.configured import load_settings
from keylife.gates.declared import check_folder, judge_everything
from keylife.gates.share import Share
from tests.gates.test_declared import AT, OWNERS, SERVICES, TOMBSTONE, folder, key

IMPORTED = "{created: 2026-11-01T00:00:00Z, credential: {user: ci, access_key: AKIA%s}}"
CONFIGURATION = """\
limits:
  owners: {team-*: {keys: 3, life: 60d}}
  services: {billing: {keys: 9}}
waivers:
  - {rule: ttl-within-limit, key: key-3, reason: a, approver: b, until: 2027-12-23T12:00:00Z}
  - {rule: unique-claim, key: key-4, reason: a, approver: b, until: 2025-12-23T12:00:00Z}
"""


class Inline:
    """Stands for a process: nothing that is not sent gets through."""

    def __init__(self, share: Share) -> None:
        self._share = share

    def submit(self, asked: Callable[..., Any], *told: Any) -> Future[Any]:
        answer: Future[Any] = Future()
        given = pickle.loads(pickle.dumps(told))
        verbs: dict[str, Callable[..., Any]] = {
            "_read": self._share.read,
            "_judge": self._share.judge,
        }
        answer.set_result(pickle.loads(pickle.dumps(verbs[asked.__name__](*given))))
        return answer


@contextmanager
def inline(share: Share) -> Iterator[Inline]:
    yield Inline(share)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "SMALLEST", 1)


def random_key(random: Random, number: int, stack: str) -> str:
    name = random.choice(["key-{}", "key-{}", "key-{}", "kep-{}", "rn-{}", "m-{}", "{}-v3"])
    changed: dict[str, object] = {
        "owner": random.choice(["team-payments", "team-other", "gone", "nobody"]),
        "service": random.choice(["billing", "billing", "fax", "old", "nothing"]),
        "ttl": random.choice(["30d", "30d", "61d", "91d", "400d"]),
        "deliver": f"[{{vault-kv: {{mount: {stack}, path: p{number}}}}}]",
    }
    if random.random() < 0.2:
        changed["revoked"] = TOMBSTONE.replace("PAY-1", f"{stack}-{number}")
    if number < 4 and random.random() < 0.4:
        changed["imported"] = IMPORTED % (str(number) * 16)
    elif random.random() < 0.2:
        changed["kind"] = "vault-token"
        changed["scope"] = f"{{policies: [key-{random.randrange(12)}-v3]}}"
    return key(name.format(number), **changed)


def folder_of(root: Path, random: Random, *, repeat: float) -> Path:
    """Stacks with files of keys; the ids of several stacks cross, those of one seldom."""
    root.mkdir()
    (root / "services.yaml").write_text(SERVICES)
    (root / "owners.yaml").write_text(OWNERS + "  - {id: team-other, contact: o@example.com}\n")
    (root / "keylife.yaml").write_text(CONFIGURATION)
    for stack in random.sample(["dev", "prod", "test"], random.randint(1, 3)):
        (root / stack / "keys").mkdir(parents=True)
        numbers = random.sample(range(12), random.randint(0, 12))
        for part in range(random.randint(1, 4)):
            own = [number for place, number in enumerate(numbers) if place % 4 == part]
            if random.random() < repeat:
                own += numbers[:1]
            told = "".join(random_key(random, number, stack) for number in own)
            (root / stack / "keys" / f"{part}.yaml").write_text(
                f"keys:\n{told}" if told else "keys: []\n"
            )
    return root


def said(asked: Callable[[], Verdict]) -> object:
    """A verdict, or all faults."""
    try:
        return asked()
    except DeclarationError as error:
        return error.faults


def in_one_piece(root: Path) -> Verdict:
    settings = load_settings(root)
    return judge_everything(read_everything(root), settings, AT)


@pytest.mark.usefixtures("tiny")
def test_shares_say_what_one_reader_of_all_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, long: bool
) -> None:
    monkeypatch.setattr(shares, "_process_of", inline)
    random, rules, refused = Random(3), set(), 0
    for number in range(1000 if long else 25):
        root = folder_of(tmp_path / str(number), random, repeat=0.1)
        expected = said(lambda root=root: in_one_piece(root))  # type: ignore[misc]

        for processes in (1, 2, 4):
            found = said(
                lambda root=root, n=processes: check_folder(root, AT, n)  # type: ignore[misc]
            )
            assert found == expected, (number, processes)
        if isinstance(expected, Verdict):
            rules |= {located.finding.rule for located in expected.findings}
        else:
            refused += 1
    assert {"unique-claim", "no-resurrection", "count-within-limit", "dead-reference"} <= rules
    assert {"revoked-means-revoked", "waiver-valid", "ttl-within-limit"} <= rules
    assert refused > 1


@pytest.mark.usefixtures("tiny")
def test_of_two_revocations_the_first_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "_process_of", inline)
    again = TOMBSTONE.replace("PAY-1", "PAY-2")
    root = folder(tmp_path, a=key(revoked=TOMBSTONE), b=key(revoked=again), c=key())

    [found] = check_folder(root, AT, 3).findings

    assert "PAY-1" in found.finding.message
    assert check_folder(root, AT, 3) == in_one_piece(root)


@pytest.mark.usefixtures("tiny")
def test_faults_are_those_that_one_reader_of_all_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, long: bool
) -> None:
    monkeypatch.setattr(shares, "_process_of", inline)
    random = Random(4)
    for number in range(300 if long else 20):
        root = folder_of(tmp_path / str(number), random, repeat=0.2)
        files = sorted(root.rglob("*.yaml"))
        for path in random.sample(files, random.randint(1, len(files))):
            text = path.read_text()
            at = random.randrange(len(text))
            path.write_text(text[:at] + random.choice(["\t", "x", "- ", "", ":"]) + text[at + 1 :])
        expected = said(lambda root=root: in_one_piece(root))  # type: ignore[misc]

        assert said(lambda root=root: check_folder(root, AT, 3)) == expected, number  # type: ignore[misc]


@pytest.mark.usefixtures("tiny")
def test_processes_say_it_too(tmp_path: Path) -> None:
    random = Random(5)
    for number in range(3):
        root = folder_of(tmp_path / str(number), random, repeat=0.0)

        assert check_folder(root, AT, 3) == in_one_piece(root)


@pytest.mark.usefixtures("tiny")
def test_a_process_that_is_killed_is_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = os.getpid()
    read = Share.read
    monkeypatch.setattr(
        Share, "read", lambda share: read(share) if os.getpid() == here else os._exit(9)
    )

    with pytest.raises(BrokenProcessPool):
        check_folder(folder_of(tmp_path / "a", Random(5), repeat=0.0), AT, 2)


def test_what_is_small_is_checked_without_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "_process_of", None)

    assert check_folder(folder_of(tmp_path / "a", Random(5), repeat=0.0), AT, 64).subjects > 3


def test_shares_are_of_about_one_size_and_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "SMALLEST", 100)
    (tmp_path / "dev" / "keys").mkdir(parents=True)
    for number in range(20):
        (tmp_path / "dev" / "keys" / f"{number:02}.yaml").write_text("x\n" * (20 + number % 3))
    files = files_in(tmp_path).keys

    for processes, expected in ((1, 1), (2, 2), (3, 3), (64, 4)):
        cut = shares.cut(files, processes)

        assert [file for share in cut for file in share] == list(files)
        assert len(cut) == expected
        sizes = [sum(path.read_text().count("\n") for _, path in share) for share in cut]
        assert max(sizes) - min(sizes) <= 2 * 22
