"""How long keys went on working after somebody wanted them dead: per system, from certificates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from keylife.revocation.certificate import Certificate


@dataclass(frozen=True)
class Latency:
    """One system's, in milliseconds from the request to the first refusal that stayed one.

    That is the upper bound: between the last acceptance and the first refusal nobody asked.
    """

    system: str
    count: int
    """Of versions that were proven dead there."""

    weak: int
    """Of versions whose evidence is weak: they are counted, and not measured."""

    p50: int | None = None
    p99: int | None = None
    worst: int | None = None


def latencies(certificates: Iterable[Certificate]) -> tuple[Latency, ...]:
    """The latency of each system, by its name; None where nothing was proven dead yet."""
    proven: dict[str, list[int]] = defaultdict(list)
    weak: dict[str, int] = defaultdict(int)
    for certificate in certificates:
        after = certificate.refused_after_ms
        if certificate.evidence == "proven" and after is not None:
            proven[certificate.system].append(after)
        else:
            weak[certificate.system] += 1
    return tuple(
        _latency(system, sorted(proven[system]), weak[system])
        for system in sorted({*proven, *weak})
    )


def _latency(system: str, after: list[int], weak: int) -> Latency:
    if not after:
        return Latency(system, 0, weak)
    return Latency(
        system, len(after), weak, _percentile(after, 50), _percentile(after, 99), after[-1]
    )


def _percentile(ordered: list[int], percent: int) -> int:
    """The smallest value that so many percent of all do not exceed (nearest rank)."""
    return ordered[ceil(len(ordered) * percent / 100) - 1]
