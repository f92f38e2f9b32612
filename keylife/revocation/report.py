"""Revocations and certificates, told to people and to programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from keylife.reports.plain import plain
from keylife.revocation.certificate import Certificate, why_weak
from keylife.revocation.moment import format_moment
from keylife.revocation.progress import Phase, Progress
from keylife.revocation.worker import Order
from keylife.systems.system import Verdict


def order_line(order: Order, at: datetime) -> str:
    """One line on how far an order is."""
    return plain(f"v{order.id.version:<3} {order.id.place}  {_told(order, at)}")


def _told(order: Order, at: datetime) -> str:
    progress, holding = order.progress, order.holding
    if progress.phase is Phase.PROVEN:
        how = "inactive" if holding.quarantine else "dead"
        return f"{how}: refused {_after(progress)}, and {_probes(progress)}"
    if progress.phase is Phase.WEAK:
        if progress.probes[-1].verdict is Verdict.REFUSED:
            told = "refused" if progress.probes[-1].used else progress.probes[-1].said
        else:
            told = "nothing more can be seen"
        return f"{told}; evidence: weak ({why_weak(holding, progress)})"
    if progress.waits_for is not None:
        since = at - (progress.waiting_since or at)
        return f"pending for {_span(since)}: {progress.waits_for}"
    if progress.first_refused is not None:
        how = "looked for" if holding.weak else "being proven"
        return f"refused {_after(progress)}; {how} for {holding.window:g} s"
    return "pending"


def _after(progress: Progress) -> str:
    assert progress.first_refused is not None
    return f"{_span(progress.first_refused - progress.asked)} after the request"


def _probes(progress: Progress) -> str:
    first, last = progress.probes[0].at, progress.probes[-1].at
    return f"at each of {len(progress.probes)} probes over {_span(last - first)}"


def _span(span: timedelta) -> str:
    seconds = max(span.total_seconds(), 0.0)
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def order_json(order: Order) -> dict[str, Any]:
    """An order as programs read it."""
    return {
        "version": order.id.version,
        "place": order.id.place,
        "system": order.holding.system,
        "window": order.holding.window,
        "progress": order.progress.model_dump(mode="json", exclude_none=True),
    }


def certificate_lines(certificate: Certificate, key_id: str) -> Sequence[str]:
    """A certificate for people: what was done, and each probe."""
    told = certificate
    lines = [
        f"{told.key} v{told.version} in {told.place}: {_verdict(told)}",
        f"  revocation    {told.revocation}, {told.reason}, by {told.by}, {told.ref}",
        f"  asked         {format_moment(told.asked)}",
    ]
    if told.last_accepted is not None:
        after = f"+{told.last_accepted_after_ms} ms"
        lines.append(f"  last accepted {format_moment(told.last_accepted)}  {after}")
    if told.first_refused is not None:
        after = f"+{told.refused_after_ms} ms"
        lines.append(f"  first refused {format_moment(told.first_refused)}  {after}")
    lines += [f"  step          {format_moment(s.at)}  {s.name}: {s.found}" for s in told.steps]
    lines += [
        f"  probe         {format_moment(probe.at)}  {probe.verdict}"
        f" ({'used' if probe.used else 'looked for'}): {probe.said}"
        + (f" [{probe.request_id}]" if probe.request_id else "")
        for probe in told.probes
    ]
    listed = "says so, too" if told.corroborated else "does not tell"
    lines += [
        f"  window        {told.window_ms / 1000:g} s; the system's own listing {listed}",
        f"  digest        sha256:{told.digest}, signed by {key_id}",
    ]
    return [plain(line) for line in lines]


def _verdict(certificate: Certificate) -> str:
    if certificate.evidence == "proven" and certificate.quarantine:
        return "inactive, proven by using it; kept for its quarantine"
    if certificate.evidence == "proven":
        return "dead, proven by using it"
    return f"evidence: weak; {certificate.why_weak}"
