"""A verdict in every format that something reads: one file a format, one entry in the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TextIO

from keylife.compliance.verdict import Verdict
from keylife.errors import UsageError
from keylife.reports.findings import github, gitlab, json_v1, junit, sarif, summary, text

Writer = Callable[[Verdict, TextIO], None]

FORMATS: Mapping[str, Writer] = {
    "text": text.write,
    "json": json_v1.write,
    "sarif": sarif.write,
    "junit": junit.write,
    "github": github.write,
    "gitlab": gitlab.write,
    "markdown": summary.write,
}
"""Every format by the name it is asked for; docs/reference/formats.md says who reads which."""


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
    if name not in FORMATS:
        raise UsageError(f"there is no format {name!r}", f"the formats are {', '.join(FORMATS)}")
    return FORMATS[name]
