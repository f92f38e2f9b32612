"""`keylife latency`: how long revoked keys went on working."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

from keylife.cli.options import Format, OutputFormat, Stack


def latency(*, stack: Stack = None, output: OutputFormat = Format.TEXT) -> None:
    """Say, for each system, how long after the request revoked versions were refused.

    From every certificate in the store, of all stacks: half of them (p50), 99 of 100 (p99) and
    the worst. What has weak evidence is counted, and not measured.
    """
    from keylife.cli.audited import audit_log
    from keylife.revocation.certificate import read_certificate
    from keylife.revocation.latency import latencies
    from keylife.store import certificates

    with audit_log(stack) as log, log.database.reading() as connection:
        kept = [read_certificate(found.body) for found in certificates.everything(connection)]
    found = latencies(kept)
    if output is Format.JSON:
        print(json.dumps([asdict(each) for each in found], indent=2))
        return
    if not found:
        typer.echo("no certificate yet: every revoke and rotation makes them")
        return
    typer.echo(f"{'system':<24} {'dead':>6} {'p50':>9} {'p99':>9} {'worst':>9} {'weak':>6}")
    for each in found:
        told = [_shown(value) for value in (each.p50, each.p99, each.worst)]
        p50, p99, worst = told
        typer.echo(f"{each.system:<24} {each.count:>6} {p50:>9} {p99:>9} {worst:>9} {each.weak:>6}")


def _shown(milliseconds: int | None) -> str:
    return "" if milliseconds is None else f"{milliseconds / 1000:.1f} s"
