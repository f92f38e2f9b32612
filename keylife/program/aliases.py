"""No resource of the program may take over one of keylife's in the state, by an alias.

Which of two registrations the engine sees first is chance: if it is the alias, the entry of the
ledger, a tombstone even, is another resource's from then on, and keylife's own registration fails
too late. So it is refused before it is registered. What a program declares before it calls keylife
is out of reach; then the next run sees that the ledger does not fit, and refuses.
"""

from __future__ import annotations

import pulumi

from keylife.compliance.tokens import PREFIX


def refuse_aliases(
    args: pulumi.ResourceTransformationArgs,
) -> pulumi.ResourceTransformationResult | None:
    """Let every resource be as it is, but one that has an alias of keylife's.

    Raises:
        pulumi.RunError: it has.
    """
    for alias in args.opts.aliases or ():
        if _is_keylifes(alias):
            raise pulumi.RunError(
                f"{args.type_} `{args.name}` has an alias of keylife's own resources, and would"
                " take an entry of the ledger over; take the alias away: nothing was changed"
            )
    return None


def _is_keylifes(alias: object) -> bool:
    if isinstance(alias, pulumi.Alias):
        return isinstance(alias.type_, str) and alias.type_.startswith(PREFIX)
    if not isinstance(alias, str):
        return False
    types = [*alias.split("::"), "", "", ""][2]
    return types.rpartition("$")[2].startswith(PREFIX)
