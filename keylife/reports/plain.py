"""Text that others chose, as it may stand in a terminal or in a pipeline's log."""

from __future__ import annotations

_OLD_COMMAND = "##["


def plain(text: str) -> str:
    """One line that a terminal shows and does not obey, and that no pipeline takes for a command.

    GitHub's runner looks for ``##[command]`` anywhere in a line of a log, so it is pulled apart;
    its newer ``::command`` counts only where a line begins, which is for the line's writer.

    Source: GitHub's actions/runner, ``ActionCommand.cs``.
    """
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return shown.replace(_OLD_COMMAND, "## [")
