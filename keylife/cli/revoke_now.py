"""`keylife revoke --now`: kill keys at once, prove them dead, and propose their tombstones."""

from __future__ import annotations

import json
import os
import shlex
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from keylife.cli.ahead import Ahead
from keylife.cli.options import Format, moment, short_name
from keylife.cli.selected import By, Selector, declared_keys, whose_material
from keylife.errors import KeylifeError, UsageError
from keylife.model.number import counted

if TYPE_CHECKING:
    from keylife.cli.killing import Killing, Standing
    from keylife.cli.revoking import Ground, Office
    from keylife.model.revocation import Tombstone
    from keylife.systems.system import Holding

PENDING = 75
"""The exit code of what is accepted and goes on (sysexits.h, EX_TEMPFAIL)."""

Held = Mapping[str, "Sequence[Holding]"]
"""By key: everything that holds a version of it."""


@dataclass(frozen=True)
class Emergency:
    """What is to die at once, and by whose word."""

    selector: Selector
    tombstone: Tombstone
    asked: datetime
    declared: Path
    """The folder of the declarations."""

    output: Format
    yes: bool
    """Whether more than one key may be killed: without it they are only told."""

    def tell(self, line: str) -> None:
        """Tell people; programs get everything at the end."""
        if self.output is Format.TEXT:
            typer.echo(line)


def revoke_now(stack: str | None, emergency: Emergency) -> None:
    """Kill every version of the keys everywhere they are held, and wait until that is proven.

    Raises:
        KeylifeError: it is not accepted; nothing was killed.
        typer.Exit: with 75, if it is accepted and a system holds it up, or the store does; with 1,
            if one of many keys was not accepted.
    """
    ahead = Ahead(stack, with_state=True)  # before what follows is imported
    from keylife.cli.killing import Killing
    from keylife.cli.revoking import ground_of

    for client in ("boto3", "botocore.auth", "hvac"):  # else the first step waits for them
        import_module(client)
    ground = ground_of(ahead, approved_by=emergency.tombstone.approved_by)
    with ExitStack() as opened:
        killing = Killing(ground, opened)
        held: Held
        if emergency.selector.is_many:
            held, bare = _of_a_party(ground, emergency)
            if len(held) > 1:
                _require_two_people(ground, emergency, held)
                if not emergency.yes:
                    _tell_only(ground, emergency, held, bare)
                    return
            killing.open()
        else:
            killing.open()
            key = _the_key(ground, emergency, killing)
            held, bare = {key: ground.reach.holdings(key, reason=emergency.tombstone.reason)}, ()
        left_alive = _begin(ground, emergency, killing, held)
        seen = _waited_for(emergency, killing)
        dying = [key for key in held if key not in left_alive]
        if not dying:
            raise typer.Exit(1)
        left, looked_again = None, False
        if killing.office is not None:
            left = ground.forget(order for each in seen for order in each.orders)
            looked_again, seen = _looked_again(killing.office, killing, emergency, seen)
        proposed = _propose(ground, emergency, [*dying, *bare])
        recorded = killing.office is not None
    for line in filter(None, (left, proposed)):
        emergency.tell(line)
    _tell_the_end(ground, emergency, seen, proposed, recorded=recorded)
    if left_alive:
        raise typer.Exit(1)
    if not (recorded and looked_again and all(standing.is_done for standing in seen)):
        raise typer.Exit(PENDING)


def _looked_again(
    here: Office, killing: Killing, emergency: Emergency, seen: list[Standing]
) -> tuple[bool, list[Standing]]:
    from keylife.cli.revoking import warn

    try:
        return True, _of_a_deploy_that_was_under_way(here, killing, emergency) or seen
    except KeylifeError as error:
        warn(
            f"whether a deploy issued another version meanwhile was not seen ({error}):"
            " run this again"
        )
        return False, seen


def _the_key(ground: Ground, emergency: Emergency, killing: Killing) -> str:
    from keylife.store.fingerprints import keys_file

    selector = emergency.selector
    if selector.by is By.ID:
        return selector.name
    if killing.office is None:
        raise UsageError(
            "without the store nobody is known by fingerprint: nothing was killed",
            "name the key: keylife revoke ID --now",
        )
    file = keys_file(os.environ, ground.folder)
    found = whose_material(killing.office.database, selector.name, file)
    if found.stack != ground.stack:
        raise UsageError(
            f"it is version {found.number} of `{found.key}`, of stack {found.stack}:"
            " nothing was killed",
            f"in that stack's project: keylife revoke {found.key} --now --stack {found.stack}",
        )
    emergency.tell(f"it is version {found.number} of `{found.key}`")
    return found.key


def _of_a_party(ground: Ground, emergency: Emergency) -> tuple[Held, Sequence[str]]:
    """The keys of a service or an owner that something holds, and those that nothing does.

    Of the declarations, and of the state as well: a key that left the declarations lives on.
    """
    from keylife.cli.revoking import warn

    selector = emergency.selector
    declared = declared_keys(emergency.declared, short_name(ground.stack), selector)
    if declared.unreadable is not None:
        warn(f"only the stack's state says which keys there are: {declared.unreadable}")
    if declared.elsewhere:
        warn(f"not of this stack, and not killed here: {', '.join(declared.elsewhere)}")
    found = sorted(declared.here | ground.reach.keys_of(selector.by, selector.name))
    reason = emergency.tombstone.reason
    held = {key: ground.reach.holdings(key, reason=reason) for key in found}
    if not any(held.values()):
        raise UsageError(
            f"nothing in stack {ground.stack} holds a key of {selector}: nothing was killed",
            f"keys that were never deployed need their tombstones only: keylife revoke"
            f" --{selector.by} {selector.name}, without --now"
            if declared.here
            else "see `keylife plan`; --stack names another stack",
        )
    return (
        {key: holdings for key, holdings in held.items() if holdings},
        [key for key, holdings in held.items() if not holdings and key in declared.here],
    )


def _require_two_people(ground: Ground, emergency: Emergency, held: Held) -> None:
    """Refuse to kill more keys than one person may; to look at them takes nobody else."""
    from keylife.cli.denied import record_denied

    alone, why = _alone(emergency.declared), emergency.tombstone
    if emergency.yes and why.approved_by is None and len(held) > alone:
        what = _another(len(held), alone)
        told = f"revoke of {emergency.selector} at once, asked by {why.by}, {why.ref}: {what}"
        record_denied(ground.bare.name, held, told, why.at)
        raise UsageError(what, "name who else agrees: --approved-by NAME")


def _alone(declared: Path) -> int:
    from keylife.cli.revoking import warn
    from keylife.gates.configured import load_configuration
    from keylife.model.configuration import Configuration

    try:
        return load_configuration(declared).configuration.second_approver_above
    except KeylifeError as error:
        warn(f"keylife.yaml is not looked at: {str(error).partition(chr(10))[0]}")
        return Configuration().second_approver_above


def _another(count: int, alone: int) -> str:
    return (
        f"{count} keys are more than one person may revoke"
        f" ({alone}, `second_approver_above` in keylife.yaml)"
    )


def _tell_only(ground: Ground, emergency: Emergency, held: Held, bare: Sequence[str]) -> None:
    alone = _alone(emergency.declared)
    if emergency.output is Format.JSON:
        told = {
            key: [{"version": h.version, "place": h.place, "system": h.system} for h in holdings]
            for key, holdings in held.items()
        }
        print(json.dumps({"killed": False, "stack": ground.stack, "keys": told}, indent=2))
        return
    for key, holdings in held.items():
        for each in holdings:
            typer.echo(f"{key}  v{each.version:<3} {each.place}")
    lines = [
        f"not killed: {counted(len(held), 'key')} of {emergency.selector} in stack {ground.stack}"
    ]
    lines += [f"held by nothing, so it only gets its tombstone: {key}" for key in bare]
    if emergency.tombstone.approved_by is None and len(held) > alone:
        lines += [f"{_another(len(held), alone)}: --yes needs --approved-by as well"]
    else:
        lines += ["next: --yes"]
    for line in lines:
        typer.echo(line, err=True)


def _begin(ground: Ground, emergency: Emergency, killing: Killing, held: Held) -> list[str]:
    """Begin with every key; those that could not be, which stop no other, are told."""
    from keylife.cli.revoking import warn
    from keylife.revocation.request import id_of
    from keylife.store.revocations import Revocation, Way

    tombstone, left_alive = emergency.tombstone, list[str]()
    for key, holdings in held.items():
        ground.reach.read_secrets(holdings)
        revocation = Revocation(
            id=id_of(key, emergency.asked),
            key=key,
            stack=ground.stack,
            asked=emergency.asked,
            by=tombstone.by,
            reason=tombstone.reason,
            ref=tombstone.ref,
            way=Way.EMERGENCY,
        )
        try:
            under_way = killing.accept(revocation, holdings)
        except KeylifeError as error:
            if len(held) == 1:
                raise
            left_alive.append(key)
            warn(f"{key} IS NOT KILLED: {error}")
            continue
        if under_way is not None:
            emergency.tell(f"revocation {under_way} is under way: it goes on")
    return left_alive


def _waited_for(emergency: Emergency, killing: Killing) -> list[Standing]:
    """Tell each change, until nothing is left to wait for."""
    from keylife.revocation.report import order_line

    told: dict[object, object] = {}
    while True:
        seen = killing.look()
        for standing in seen:
            whose = f"{standing.revocation.key}  " if emergency.selector.is_many else ""
            for order in standing.orders:
                known = (
                    order.progress.phase,
                    order.progress.waits_for,
                    order.progress.first_refused,
                )
                if told.get(order.id) != known:
                    told[order.id] = known
                    emergency.tell(f"{whose}{order_line(order, moment())}")
        if all(standing.ended for standing in seen):
            return seen
        time.sleep(0.1 + 0.005 * len(seen))


def _of_a_deploy_that_was_under_way(
    here: Office, killing: Killing, emergency: Emergency
) -> list[Standing]:
    """Kill what a deploy issued between the first look at the state and the tombstones in the
    store; from then on it issues nothing of the keys."""
    from keylife.revocation.request import covered_by, identity

    here.reach.read_anew()
    more = False
    for first in [standing.revocation for standing in killing.look()]:
        known, asked_before = covered_by(here.database, first.key)
        held = here.reach.holdings(first.key, reason=first.reason)
        later = [holding for holding in held if identity(holding) not in known]
        if later:
            more = True
            here.reach.read_secrets(later)
            anew = first.model_copy(update={"id": f"{first.id}-{asked_before + 1}"})
            killing.accept_more(anew, later)
    if not more:
        return []
    seen = _waited_for(emergency, killing)
    here.forget(order for standing in seen for order in standing.orders)
    return seen


def _propose(ground: Ground, emergency: Emergency, keys: Sequence[str]) -> str:
    from keylife.revocation.proposal import propose

    selector = emergency.selector
    what = f"{selector.by}-{selector.name}" if selector.is_many else keys[0]
    return propose(
        ground.folder,
        emergency.declared,
        ground.stack,
        keys,
        emergency.tombstone,
        branch=f"keylife/revoke-{what}",
    )


def _tell_the_end(
    ground: Ground,
    emergency: Emergency,
    seen: Sequence[Standing],
    proposed: str,
    *,
    recorded: bool,
) -> None:
    again = shlex.join(["keylife", "revoke", *_words(ground, emergency, seen)])
    if emergency.output is Format.JSON:
        told: dict[str, Any] = {
            "revocations": [_json(standing) for standing in seen],
            "recorded": recorded,
            "tombstone": proposed,
        }
        print(json.dumps(told if recorded else {**told, "again": again}, indent=2))
    elif not recorded:
        for key in dict.fromkeys(standing.revocation.key for standing in seen):
            typer.echo(f"{key} was killed past the store: it is not recorded there, nor certified")
        typer.echo("once the store is back, this records and proves it:")
        typer.echo(again)
    else:
        for key in dict.fromkeys(standing.revocation.key for standing in seen):
            of_it = [standing for standing in seen if standing.revocation.key == key]
            typer.echo(
                f"{key} is dead: keylife certificate {key}"
                if all(standing.is_done for standing in of_it)
                else f"{key} is pending: `keylife worker` goes on with it, or this command again"
            )


def _words(ground: Ground, emergency: Emergency, seen: Sequence[Standing]) -> list[str]:
    """What to say to ask for the same once more; a secret that was given is not repeated."""
    selector, why = emergency.selector, emergency.tombstone
    if selector.is_many:
        named = [f"--{selector.by}", selector.name, "--yes"]
    else:
        named = [seen[0].revocation.key]
    approved = [] if why.approved_by is None else ["--approved-by", why.approved_by]
    told = ["--reason", str(why.reason), "--ref", why.ref, "--by", why.by, *approved]
    return [*named, "--now", *told, "--stack", ground.stack]


def _json(standing: Standing) -> dict[str, Any]:
    from keylife.revocation.report import order_json

    return {
        "key": standing.revocation.key,
        "revocation": standing.revocation.id,
        "done": standing.is_done,
        "orders": [order_json(order) for order in standing.orders],
    }
