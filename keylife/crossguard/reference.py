"""Write the JSON Schema of the pack's configuration, the file of ``--policy-pack-config``.

Run ``python -m keylife.crossguard.reference`` after a change of a rule or a setting; a test
compares.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from keylife.compliance.rules import RULES
from keylife.crossguard.configuration import SCHEMAS

NAME = "policy-config.schema.json"
_LEVEL = {"enum": ["mandatory", "advisory", "disabled"]}


def schema() -> dict[str, Any]:
    """What may stand in the file. Source: Pulumi's documentation, "Policy pack configuration"."""
    policies: dict[str, Any] = {"all": {**_LEVEL, "description": "What is not named below."}}
    for rule in RULES:
        settings = {"enforcementLevel": _LEVEL, **SCHEMAS.get(rule.id, {})}
        described = {"type": "object", "properties": settings, "additionalProperties": False}
        policies[rule.id] = {"description": rule.says, "anyOf": [_LEVEL, described]}
        if rule.warns:
            policies[f"{rule.id}-warning"] = {"enum": ["advisory", "disabled"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of keylife's policy pack",
        "type": "object",
        "properties": policies,
        "additionalProperties": False,
    }


def text() -> str:
    """The schema as it stands in the file."""
    return json.dumps(schema(), indent=2) + "\n"


if __name__ == "__main__":
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/reference") / NAME
    path.write_text(text(), encoding="utf-8")
    print(f"written: {path}")
