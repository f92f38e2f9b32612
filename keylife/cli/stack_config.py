"""A stack's config, as its program gets it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

from keylife.errors import UsageError
from keylife.model.target import Target, read_targets


def stack_config(stack: str | None) -> Mapping[str, str]:
    """The config of a stack, without secrets; values that are not text are JSON.

    Args:
        stack: as the CLI knows it; by default the one that is selected.

    Raises:
        UsageError: it cannot be read.
    """
    of_stack = [] if stack is None else ["--stack", stack]
    command = ["pulumi", "config", "--json", *of_stack, "--non-interactive"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise UsageError("there is no `pulumi` on PATH", "run `make setup`") from error
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.strip()][-1:]
        raise UsageError(f"the config of {stack or 'the stack'} cannot be read: {''.join(said)}")
    told: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return {name: entry["value"] for name, entry in told.items() if "value" in entry}


def stack_targets(config: Mapping[str, str]) -> Mapping[str, Target]:
    """The targets in a stack's config.

    Raises:
        UsageError: they are not as they have to be.
    """
    return read_targets(json.loads(config.get("keylife:targets", "{}")))
