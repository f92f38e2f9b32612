"""The catalogue of credential types in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from keylife.compliance.catalogue import Category, Entry

_FACTS = (
    ("what it is", "what_it_is"),
    ("how it ends", "expiry_properties"),
    ("where owner and service go", "tags_or_metadata"),
    ("how it is revoked", "revocation_action"),
    ("where last use is read", "last_use_api"),
    ("secret outputs", "secret_output_properties"),
    ("notes", "notes"),
    ("in Python", "python_class"),
    ("source", "source"),
)


def print_types(entries: Sequence[Entry], console: Console) -> None:
    """Write one line a type: its category, its token, how what it makes ends."""
    for entry in entries:
        line = f"{entry.category.value:<9}  {entry.type_token}  {entry.expiry_properties}"
        console.print(Text(line.rstrip()), soft_wrap=True)


def print_type(entry: Entry, console: Console) -> None:
    """Write all that is known of one type, one fact a line."""
    console.print(Text(f"{entry.type_token} ({entry.package})", style="bold"), soft_wrap=True)
    judged = "yes" if entry.category is Category.MINT else f"no: {entry.category.value}"
    for heading, fact in (("judged by the rules", judged), *_read(entry)):
        if fact:
            console.print(Text(f"  {heading:<27} {fact}"), soft_wrap=True)


def _read(entry: Entry) -> list[tuple[str, str]]:
    facts = asdict(entry)
    return [(heading, str(facts[name])) for heading, name in _FACTS]


def as_json(entries: Sequence[Entry]) -> str:
    """The same for programs, with every fact."""
    return json.dumps(
        {"format_version": 1, "types": [asdict(entry) for entry in entries]}, indent=2
    )
