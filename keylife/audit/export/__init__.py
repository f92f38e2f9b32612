"""The log for others: one module a format, each entry for entry in the log's order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from keylife.audit.export.csv import as_csv
from keylife.audit.export.jsonl import as_jsonl
from keylife.audit.export.ocsf import as_ocsf
from keylife.audit.rows import Row

Export = Callable[[Iterable[Row]], Iterator[str]]
"""From entries to lines, without their line breaks."""

EXPORTS: Final[Mapping[str, Export]] = {"jsonl": as_jsonl, "csv": as_csv, "ocsf": as_ocsf}
"""By the name that `keylife audit export --format` takes."""
