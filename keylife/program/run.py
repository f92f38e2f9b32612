"""The whole of a Pulumi program that manages keys: what stands in ``__main__.py`` calls this."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import pulumi

from keylife.declarations import load
from keylife.errors import KeylifeError
from keylife.evidence.log import EventSink
from keylife.kinds.kind import Material
from keylife.model.registry import Declarations
from keylife.program.aliases import refuse_aliases
from keylife.program.deploy import deploy
from keylife.program.instant import instants
from keylife.program.materials import Materials
from keylife.program.refusal import refused
from keylife.program.short_traces import short_traces


def run(
    declared: Declarations | Path | str,
    *,
    clock: Callable[[], datetime],
    sink: EventSink | None = None,
) -> Mapping[str, Material]:
    """Deploy what is due, in the running Pulumi program.

    Args:
        declared: the declarations folder, from the program's own folder on; or declarations that
            were made in Python.
        clock: what time it is. The plan is made for the config value ``keylife:at``, or for the
            one instant that is read here.
        sink: where events go; by default a file in ``.keylife/`` beside Pulumi.yaml.

    Returns:
        By key id, the current version's material as outputs, for programs that wire it further.
        A revoked key has none: to read it is refused, with what to do about it.

    Raises:
        pulumi.RunError: it is refused; its text says why and what to do.
    """
    config = pulumi.Config("keylife")
    try:
        settled = instants(config.get("at"), config.get_bool("simulatedClock"), clock())
        folder = None
        if not isinstance(declared, Declarations):
            folder = Path(declared)
            declared = load(folder, pulumi.get_stack())
    except KeylifeError as error:
        raise refused(error) from error
    pulumi.runtime.register_stack_transformation(refuse_aliases)
    with short_traces():
        return Materials(deploy(declared, settled, clock=clock, sink=sink, folder=folder), declared)
