"""A review in every format that something reads: one file a format, one entry in the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TextIO

from keylife.errors import UsageError
from keylife.reports.review import json_v1, markdown, text
from keylife.review.review import Review

Writer = Callable[[Review, TextIO], None]

FORMATS: Mapping[str, Writer] = {
    "text": text.write,
    "markdown": markdown.write,
    "json": json_v1.write,
}
"""Every format by the name it is asked for."""


def writer_named(name: str) -> Writer:
    """The writer of a format.

    Raises:
        UsageError: there is no such format.
    """
    if name not in FORMATS:
        raise UsageError(f"there is no format {name!r}", f"the formats are {', '.join(FORMATS)}")
    return FORMATS[name]
