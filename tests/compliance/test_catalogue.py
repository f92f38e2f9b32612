"""The catalogue against the SDKs that are installed: what is renamed there fails here."""

from __future__ import annotations

import importlib
import inspect
import re
from functools import cache
from typing import Any

import pytest

from keylife.compliance.catalogue import (
    CatalogueError,
    Category,
    Entry,
    catalogue,
    parse_catalogue,
)
from tests.compliance.lifetime_cases import CASES

INSTALLED = [e for e in catalogue().values() if e.package in ("pulumi-aws", "pulumi-vault")]
RESOURCES = [e for e in INSTALLED if e.category is not Category.INVOKE]
FUNCTIONS = [e for e in INSTALLED if e.category is Category.INVOKE]


@cache
def sdk(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


@cache
def source(path: str) -> str:
    return inspect.getsource(sdk(path))


@cache
def properties(path: str) -> frozenset[str]:
    """Names of the resource's properties, in and out, as the engine sees them."""
    renamed = re.findall(r'@pulumi\.getter\(name="(\w+)"\)', source(path))
    plain = re.findall(r"@pulumi\.getter\n\s+def (\w+)", source(path))
    return frozenset({*renamed, *plain})


def own_properties(text: str) -> list[str]:
    """The resource's own properties among the words of an expiry column.

    A part is a property, or the path to one, or a phrase about something else (`mount ttl`).
    """
    text = re.sub(r"\([^()]*\)", "", text)
    parts = (part.strip().removeprefix("out:").strip() for part in re.split(r"[,;|+]", text))
    heads = [part.split(".")[0] for part in parts if re.fullmatch(r"[\w.]+", part)]
    return [head for head in heads if head != "none"]


def test_the_catalogue_is_there() -> None:
    assert len(RESOURCES) > 200
    assert len(FUNCTIONS) > 10
    assert sum(len(own_properties(entry.expiry_properties)) for entry in RESOURCES) > 100


@pytest.mark.parametrize("entry", catalogue().values(), ids=lambda entry: entry.type_token)
def test_a_row_says_how_it_ends_how_it_is_revoked_and_where_last_use_is_read(entry: Entry) -> None:
    for fact in (
        entry.what_it_is,
        entry.expiry_properties,
        entry.revocation_action,
        entry.last_use_api,
        entry.source,
    ):
        assert fact.strip()


@pytest.mark.parametrize("entry", RESOURCES, ids=lambda entry: entry.type_token)
def test_a_row_says_what_the_installed_sdk_says(entry: Entry) -> None:
    known = properties(entry.python_class)

    assert sdk(entry.python_class).pulumi_type == entry.type_token
    assert set(own_properties(entry.expiry_properties)) <= known
    marked = re.search(r"additional_secret_outputs=\[([^\]]*)\]", source(entry.python_class))
    secret = set(re.findall(r'"(\w+)"', marked[1])) if marked else set()
    listed = re.sub(r"\([^()]*\)|none at top level|none", "", entry.secret_output_properties)
    named = set(re.findall(r"\w+", listed))
    if "NOT marked secret by SDK" in entry.secret_output_properties:
        assert named <= known
        assert not named & secret
    else:
        assert named == secret


@pytest.mark.parametrize("entry", FUNCTIONS, ids=lambda entry: entry.type_token)
def test_a_function_row_names_a_function_of_the_installed_sdk(entry: Entry) -> None:
    assert entry.type_token in source(entry.python_class)


@pytest.mark.parametrize("type_token", sorted(CASES))
def test_a_reader_reads_inputs_that_the_installed_sdk_has(type_token: str) -> None:
    cls = sdk(catalogue()[type_token].python_class)
    inputs = {
        re.sub(r"_(\w)", lambda match: match[1].upper(), name)
        for name in inspect.signature(cls._internal_init).parameters
    }

    assert {name for given, _ in CASES[type_token] for name in given} <= inputs


HEADER = (
    "package,type_token,python_class,category,what_it_is,expiry_properties,tags_or_metadata,"
    "revocation_action,last_use_api,secret_output_properties,notes,source"
)
ROW = "p,t,c,mint,w,e,g,r,l,s,n,o"


def test_a_whole_row_is_read() -> None:
    assert parse_catalogue(f"{HEADER}\n{ROW}\n")["t"].category is Category.MINT


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(HEADER, id="a head without rows"),
        pytest.param(f"{HEADER}\np,t,c", id="a row cut short"),
        pytest.param(f"{HEADER}\n{ROW},more", id="a row too long"),
        pytest.param(f"{HEADER}\n{ROW}\n{ROW}", id="a type twice"),
        pytest.param(f"{HEADER}\n{ROW.replace('mint', 'mnt')}", id="a category nobody knows"),
        pytest.param(HEADER.replace("category", "kind") + f"\n{ROW}", id="another head"),
    ],
)
def test_a_damaged_catalogue_is_no_catalogue(text: str) -> None:
    with pytest.raises(CatalogueError):
        parse_catalogue(text)
