"""A folder's keys in shares: the first here, each other in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from keylife.compliance.declared import Gone
from keylife.compliance.judgement import asked_of, judge_each, judge_waivers, verdict_of
from keylife.compliance.population import Noted, Population, heard
from keylife.compliance.verdict import Verdict
from keylife.errors import DeclarationError, Fault
from keylife.gates.places import Places
from keylife.gates.share import Facts, Share, Terms

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

    from keylife.compliance.judgement import Judged

SMALLEST = 30_000
"""Lines of a share: about 3,000 keys. To start a process for less takes longer than it saves."""

MOST = 8
"""Shares, whatever the machine: each process takes some 20 MiB for itself."""


def cut(files: Sequence[tuple[str, Path]], processes: int) -> list[Sequence[tuple[str, Path]]]:
    """Cut files into shares of about as many lines, each of files that follow each other.

    A key takes about as long as the next, however long its names are, and has as many lines.

    Args:
        files: each with its stack.
        processes: how many there may be.
    """
    if processes == 1:
        return [files]
    sizes = [_lines(path) for _, path in files]
    total = sum(sizes)
    count = max(1, min(processes, MOST, total // SMALLEST))
    shares: list[list[tuple[str, Path]]] = [[] for _ in range(count)]
    before = 0
    for file, size in zip(files, sizes, strict=True):
        shares[min(count - 1, (before + size // 2) * count // max(total, 1))].append(file)
        before += size
    return [share for share in shares if share] or [[]]


def _lines(path: Path) -> int:
    try:
        return path.read_bytes().count(b"\n")
    except OSError:
        return 0  # who is to read it says what is wrong


def judge_shares(
    shares: Sequence[Sequence[tuple[str, Path]]], terms: Terms, faults: Sequence[Fault]
) -> Verdict | None:
    """What the rules have against all shares together.

    Args:
        shares: the files of each, with their stacks.
        terms: what is the same for all of them.
        faults: what is wrong around them.

    Returns:
        The verdict; None if two shares hold what only one key may have, which can be told only by
        who reads both.

    Raises:
        DeclarationError: something cannot be understood; it holds all faults of the run.
        UsageError: every rule is disabled.
    """
    own, *others = (Share(files, terms) for files in shares)
    with ExitStack() as ends:
        apart = [ends.enter_context(_process_of(share)) for share in others]
        reading = [process.submit(_read) for process in apart]
        facts = [own.read(), *(done.result() for done in reading)]
        if _overlap(facts):
            return None
        found = [*faults, *(fault for one in facts for fault in one.faults)]
        if found:
            raise DeclarationError(tuple(dict.fromkeys(found)))
        asked = asked_of(terms.rules, terms.settings)
        told = heard([one.noted for one in facts])
        judging = [
            process.submit(_judge, one) for process, one in zip(apart, told[1:], strict=True)
        ]
        judged = [own.judge(told[0]), *(done.result() for done in judging)]
    gone = Gone(terms.registry)
    for one in facts:
        gone.add(one.left)
    context, places = terms.context(Population()), Places(terms.shared, (), terms.rules)
    judged += [
        judge_each(gone.parties(), context, terms.settings, asked, places),
        judge_waivers(context, terms.settings, asked),
    ]
    return verdict_of(judged, terms.at, asked)


def _overlap(facts: Sequence[Facts]) -> bool:
    """Whether two shares hold what only one key of a stack may have."""
    for what in {what for one in facts for what in one.held}:
        lists = [one.held[what] for one in facts if what in one.held]
        if len(lists) > 1 and len(set().union(*lists)) < sum(map(len, lists)):
            return True
    return False


_held: list[Share] = []
"""What this process was made for; empty in the one that was not."""


def _process_of(share: Share) -> ProcessPoolExecutor:
    """A process that begins as a copy of this one, and has this share for as long as it lives."""
    # what one process does alone need not wait for these
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415
    from multiprocessing import get_context  # noqa: PLC0415

    return ProcessPoolExecutor(
        1, mp_context=get_context("fork"), initializer=_held.append, initargs=(share,)
    )


def _read() -> Facts:
    return _held[0].read()


def _judge(elsewhere: Noted) -> Judged:
    return _held[0].judge(elsewhere)
