"""A verdict in every format that something reads: one file a format, one entry in the table."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TextIO

from keylife.compliance.verdict import Verdict
from keylife.errors import UsageError

Writer = Callable[[Verdict, TextIO], None]

_HOMES = {
    "text": "text",
    "json": "json_v1",
    "sarif": "sarif",
    "junit": "junit",
    "github": "github",
    "gitlab": "gitlab",
    "markdown": "summary",
}
"""The module of each, imported when it is asked for: one brings a terminal's colours, one XML."""

FORMATS = tuple(_HOMES)
"""Every format as it is asked for; docs/reference/formats.md says who reads which."""


def write_findings(verdict: Verdict, name: str, stream: TextIO) -> None:
    """Write a verdict to a stream in the format of that name.

    Raises:
        UsageError: there is no such format; nothing was written.
    """
    writer_named(name)(verdict, stream)


def writer_named(name: str) -> Writer:
    """The writer of a format, so that a command can refuse a bad name before it works.

    Raises:
        UsageError: there is no such format.
    """
    if name not in _HOMES:
        raise UsageError(f"there is no format {name!r}", f"the formats are {', '.join(FORMATS)}")
    write: Writer = import_module(f"{__name__}.{_HOMES[name]}").write
    return write
