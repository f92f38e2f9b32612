"""What waivers in the declarations allow a stack's keys, so that it is recorded with the grant.

The policy pack lets a waived finding pass, in a process of its own and without a store. So the
deploy asks the gate of declarations once more what was waived, before it registers anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from keylife.compliance.verdict import Waived
from keylife.compliance.waivers import standing_waivers
from keylife.model.instant import format_instant


def waived_by(folder: Path, stack: str, at: datetime) -> Mapping[str, Sequence[Waived]]:
    """The findings against a stack's declared keys that a waiver allows, by key id.

    Args:
        folder: the declarations folder.
        stack: the stack's name in it.
        at: the instant.

    Raises:
        DeclarationError: the declarations or ``keylife.yaml`` cannot be understood.
    """
    from keylife.gates.configured import load_settings  # noqa: PLC0415  # only what grants asks

    found: defaultdict[str, list[Waived]] = defaultdict(list)
    if standing_waivers(load_settings(folder).waivers, at):
        from keylife.gates.declared import check_folder  # noqa: PLC0415  # few have a waiver

        for waived in check_folder(folder, at, 1).waived:
            its_stack, _, key_id = waived.located.finding.subject.partition("/")
            if its_stack == stack:
                found[key_id].append(waived)
    return found


def said_of(waived: Waived) -> str:
    """A waiver as the log has it; not its reason, which is free text and stands in the commit."""
    rule = waived.located.finding.rule
    return f"{rule}, until {format_instant(waived.until)}, approved by {waived.approver}"
