"""The published schemas of keylife's own JSON, to hold what is written against."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).resolve().parent.parent.parent / "docs" / "reference" / "formats"


def schema(name: str) -> Any:
    """A validator for what the format of this name writes."""
    text = (_FOLDER / f"{name}.schema.json").read_text(encoding="utf-8")
    validator = importlib.import_module("jsonschema").Draft202012Validator
    validator.check_schema(json.loads(text))
    return validator(json.loads(text))
