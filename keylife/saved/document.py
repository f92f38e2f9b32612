"""From the text of a saved file to what it is, or one clear error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from keylife.errors import KeylifeError

Json = Mapping[str, Any]


class Form(StrEnum):
    """Which command wrote a file."""

    PREVIEW = "pulumi preview --json"
    PLAN = "pulumi preview --save-plan"
    STATE = "pulumi stack export"


class SavedFileError(KeylifeError):
    """A file cannot be judged: it is damaged, incomplete, or something else altogether."""

    exit_code = 2

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what, hint)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return self.what


def read_document(path: Path) -> tuple[Form, Json]:
    """A saved file and what it is.

    Raises:
        SavedFileError: it cannot be read, is no JSON, or none of the three forms.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SavedFileError(
            f"{path.name} cannot be read: {type(error).__name__}", "name the file that Pulumi wrote"
        ) from None
    except UnicodeDecodeError:
        raise _none_of_them(path.name) from None
    return parse_document(text, path.name)


def parse_document(text: str, name: str) -> tuple[Form, Json]:
    """The same, from a file's text.

    Args:
        text: the whole of it.
        name: what errors call it.

    Raises:
        SavedFileError: it is no JSON, or none of the three forms.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        # The message of the error is not quoted: it may hold a piece of the file.
        where = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise SavedFileError(
            f"{name} is no whole JSON document{where}",
            "it was cut off, or another output was mixed in: write it anew, standard output alone,"
            " as `pulumi preview --json --show-sames > FILE`",
        ) from None
    if isinstance(document, dict):
        if isinstance(document.get("steps"), list):
            return Form.PREVIEW, document
        if isinstance(document.get("resourcePlans"), dict):
            return Form.PLAN, document
        if isinstance(document.get("deployment"), dict):
            return Form.STATE, document
        if "changeSummary" in document and "steps" not in document:
            # A preview of a program without resources, or one that failed before the first.
            return Form.PREVIEW, {**document, "steps": []}
    raise _none_of_them(name)


def _none_of_them(name: str) -> SavedFileError:
    forms = ", ".join(f"`{form}`" for form in Form)
    return SavedFileError(
        f"{name} is not what Pulumi saves", f"keylife reads what these write: {forms}"
    )
