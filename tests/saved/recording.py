"""How a file that Pulumi saved becomes one that can be committed: without secrets and paths.

``python -m tests.saved.recording FROM TO`` makes one of the other; the end-to-end test of this
gate says which commands wrote them.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

_OF_THE_MACHINE = frozenset(
    {"sourcePosition", "stackTrace", "secrets_providers", "seed", "duration", "magic", "state"}
)
_UNREPEATABLE = re.compile(
    r"v1:[\w+/=]+:[\w+/=]+"  # a ciphertext
    r"|AKIA[A-Z0-9]{16}"
    r"|\b[A-Za-z0-9]{24}\b(?!-)"  # an accessor
    r"|\b(?!04da6b54)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|(?<=127\.0\.0\.1:)\d+"
    r"|(?<=-)[0-9a-f]{7}\b"  # the end of a name that Pulumi chose
)


def recorded(text: str) -> str:
    """The text of a saved file, as it is committed."""
    names: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        """Another of the same length and form, and the same one for the same."""
        number = names.setdefault(found[0], str(len(names) + 1))
        form = re.sub(r"[a-z]", "a", re.sub(r"[A-Z]", "A", re.sub(r"\d", "0", found[0])))
        return f"{form[: len(form) - len(number)]}{number}"

    def clean(value: Any) -> Any:
        if isinstance(value, dict):
            return {n: clean(v) for n, v in value.items() if n not in _OF_THE_MACHINE}
        if isinstance(value, list):
            return [clean(entry) for entry in value]
        return _UNREPEATABLE.sub(named, value) if isinstance(value, str) else value

    return json.dumps(clean(json.loads(text)), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(recorded(Path(sys.argv[1]).read_text()))
