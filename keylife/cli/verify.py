"""`keylife verify`: probe a revoked key again, now."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from keylife.cli.options import Format, OutputFormat, Stack, moment
from keylife.errors import UsageError


def verify(
    key: Annotated[str, typer.Argument(help="The key's id.")],
    *,
    stack: Stack = None,
    output: OutputFormat = Format.TEXT,
) -> None:
    """Ask every system that a revoked key was held in whether it is dead now.

    Where its secret is not to be had any more, the system's listing is asked, and the line says
    so. Exit code 1 if one accepts or lists it, 75 if one does not tell.
    """
    from keylife.cli.revoking import office
    from keylife.reports.plain import plain
    from keylife.revocation.hands import SystemHands
    from keylife.revocation.moment import format_moment
    from keylife.store import revocations
    from keylife.systems.system import Verdict
    from keylife.systems.table import SYSTEMS

    with office(stack) as here:
        with here.database.reading() as connection:
            known = revocations.of_key(connection, key)
        if not known:
            raise UsageError(f"no revocation of `{key}` is known here", "ask `keylife history`")
        found = []
        # a version may have been brought into quarantine first, and destroyed later
        held = (s.holding for accepted in known for s in accepted.standings)
        for holding in {(each.version, each.place): each for each in held}.values():
            system = SYSTEMS[holding.system]
            hands = SystemHands(system, here.reach.clients, here.reach.material)
            in_use = hands.use(holding)
            answer = hands.look(holding) if in_use is None else in_use
            found.append((holding, answer, in_use is not None, moment()))
    if output is Format.JSON:
        print(
            json.dumps(
                [
                    {
                        "version": holding.version,
                        "place": holding.place,
                        "verdict": answer.verdict,
                        "said": answer.said,
                        "request_id": answer.request_id,
                        "used": used,
                        "at": format_moment(at),
                    }
                    for holding, answer, used, at in found
                ],
                indent=2,
            )
        )
    else:
        for holding, answer, used, at in found:
            how = "used" if used else "looked for: weak"
            line = f"v{holding.version:<3} {holding.place}  {answer.verdict} ({how}): {answer.said}"
            typer.echo(plain(f"{format_moment(at)}  {line}"))
    verdicts = {answer.verdict for _, answer, _, _ in found}
    if verdicts & {Verdict.ACCEPTED, Verdict.POWERLESS}:
        raise typer.Exit(1)
    if Verdict.UNCLEAR in verdicts:
        raise typer.Exit(75)
