"""Stack exports of the real CLI (tests/vectors/states), and how a test changes one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "vectors" / "states"
SECRET = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": "v1:canary-ciphertext",
}


def state(name: str) -> dict[str, Any]:
    """A fresh copy of an export."""
    export: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return export


def resource(export: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    """The one resource of a type and name, to be changed in place."""
    [found] = [
        entry
        for entry in export["deployment"]["resources"]
        if entry["type"] == kind and entry["urn"].rpartition("::")[2] == name
    ]
    changed: dict[str, Any] = found
    return changed
