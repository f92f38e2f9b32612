"""How GitHub's runner reads a line of a step's log, as far as it takes it for a command.

Source: GitHub's actions/runner, ``ActionCommand.cs``: ``TryParseV2``, then ``TryParse``.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Command:
    """A workflow command, with what was escaped undone."""

    name: str
    properties: dict[str, str] = field(default_factory=dict)
    data: str = ""


def command_in(line: str) -> Command | None:
    """The command in a line of a log, new form or old; None for mere text."""
    trimmed = line.lstrip()
    if trimmed.startswith("::") and "::" in trimmed[2:]:
        head, _, data = trimmed[2:].partition("::")
        name, _, listed = head.strip().partition(" ")
        command = Command(name, data=_undone(data))
        for entry in listed.split(","):
            key, is_one, value = entry.partition("=")
            if is_one:
                command.properties[key] = _undone(value, of_property=True)
        return command
    at = line.find("##[")
    if at >= 0 and "]" in line[at:]:
        return Command(line[at + 3 :].partition("]")[0])
    return None


def _undone(text: str, *, of_property: bool = False) -> str:
    text = text.replace("%0D", "\r").replace("%0A", "\n")
    if of_property:
        text = text.replace("%3A", ":").replace("%2C", ",")
    return text.replace("%25", "%")
