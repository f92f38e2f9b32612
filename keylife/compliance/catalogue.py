"""What is known of every credential-bearing resource type: ``catalogue.csv``, shipped as data."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType

from keylife.errors import KeylifeError


class Category(StrEnum):
    """What a resource type has to do with credentials."""

    MINT = "mint"
    """It creates a usable credential: this is what the rules judge."""

    STORE = "store"
    """It keeps a value made elsewhere; the rules judge that value where it is made."""

    ISSUER = "issuer"
    """It bounds what others mint later, outside any program."""

    STATIC = "static"
    """It takes a password as an input: nothing in it could say when that ends."""

    ROOT = "root"
    """The credential an engine works with; its own rules come with the inventory."""

    INVOKE = "invoke"
    """A data source: no policy pack ever sees one."""

    TRUST = "trust"
    ROTATION = "rotation"
    CONTROL = "control"
    PRINCIPAL = "principal"


class CatalogueError(KeylifeError):
    """The catalogue is empty or unreadable: no rule could tell a credential from a bucket."""

    hint = "install keylife anew: its package data is damaged"

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"the catalogue of credential types {self.what}"


@dataclass(frozen=True)
class Entry:
    """One resource type, function or block of a provider's SDK."""

    package: str
    type_token: str
    python_class: str
    category: Category
    what_it_is: str
    expiry_properties: str
    tags_or_metadata: str
    revocation_action: str
    last_use_api: str
    secret_output_properties: str
    notes: str
    source: str


@cache
def catalogue() -> Mapping[str, Entry]:
    """Every known type, by its token.

    Raises:
        CatalogueError: the data is missing, empty, or not as keylife writes it.
    """
    try:
        text = resources.files(__package__).joinpath("catalogue.csv").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"cannot be read: {type(error).__name__}") from error
    return MappingProxyType(parse_catalogue(text))


def parse_catalogue(text: str) -> dict[str, Entry]:
    """Read the catalogue from the text of its CSV file.

    Raises:
        CatalogueError: it is empty, a row has another shape, or a type stands in it twice.
    """
    entries: dict[str, Entry] = {}
    for number, row in enumerate(csv.DictReader(text.splitlines()), start=1):
        try:
            category = Category(row.pop("category"))
            entry = Entry(category=category, **row)
        except (TypeError, ValueError, KeyError) as error:
            raise CatalogueError(f"is damaged in row {number}") from error
        if entry.type_token in entries:
            raise CatalogueError(f"has `{entry.type_token}` twice")
        entries[entry.type_token] = entry
    if not entries:
        raise CatalogueError("is empty")
    return entries
