"""One way to write a value, so that its hash is the same wherever it is written.

Source: RFC 8785 (JSON canonicalization), narrowed: no floats, names in ASCII, so that every
reading of the RFC's order and of its numbers agrees.
"""

from __future__ import annotations

import json
from typing import Any

_LARGEST = 2**53 - 1
"""RFC 8785, 3.2.2.3: beyond it other languages' JSON readers round."""


def canonical(value: Any) -> bytes:
    """The value as JSON: names sorted, no white space, UTF-8.

    Raises:
        ValueError: it holds a float, an integer beyond 2**53, a name that is not ASCII text, text
            that is no Unicode (a lone surrogate), or anything that is not JSON.
    """
    _require(value)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def _require(value: Any) -> None:
    match value:
        case None | bool() | str():
            pass
        case int():
            if abs(value) > _LARGEST:
                raise ValueError("an integer beyond 2**53 has no canonical form")
        case dict():
            for name, inner in value.items():
                if not isinstance(name, str) or not name.isascii():
                    raise ValueError("names are ASCII text in canonical form")
                _require(inner)
        case list() | tuple():
            for inner in value:
                _require(inner)
        case _:
            raise ValueError(f"a {type(value).__name__} has no canonical form")
