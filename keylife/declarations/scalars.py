"""What an unquoted scalar means, where all readers of YAML agree; the rest is refused.

YAML 1.1, YAML 1.2 and the parsers between them read ``no``, ``0o17``, ``1_000``, ``90:00`` or
``2026-11-20`` each in their own way. A declaration takes only what none of them can misread:
text, ``true`` and ``false``, numbers as JSON writes them, and RFC 3339 instants.

Sources: YAML 1.1 type repository (bool, float, int, merge, null, timestamp, value) and
YAML 1.2.2, section 10.3, the core schema.
"""

from __future__ import annotations

import re

INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})"
"""The one unquoted form that some parsers type and keylife reads as text: nobody differs about
what it says."""

WORDS = "y|n|yes|no|on|off|true|false|null"
"""Words that some reader of YAML takes for a truth value or for nothing, in any case."""

_INSTANT = re.compile(INSTANT)
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,9})\.[0-9]{1,6}")
_AMBIGUOUS = re.compile(
    rf"""
      (?:{WORDS})                                              # truth and nothing
    | ~ | = | << | [-+_.]+                                     # null, value, merge, empty numbers
    | [-+]? 0 (?: b [01_]+ | o? [0-7_]+ | x [0-9a-f_]+ )       # other bases
    | [-+]? [0-9] [0-9_,]* (?: : [0-5]? [0-9] )* \.? [0-9_]* (?: e [-+]? [0-9]+ )?  # numbers, times
    | [-+]? \. [0-9] [0-9_.]* (?: e [-+]? [0-9]+ )?
    | [-+]? [0-9] [0-9_]* \. [0-9._]* (?: e [-+]? [0-9]+ )?
    | [-+]? \. inf | \. nan                                    # no numbers at all
    | [0-9]{{4}} - [0-9]{{1,2}} - [0-9]{{1,2}} (?: [Tt\s] .* )?    # dates
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


def read_unquoted(text: str) -> str | int | float | bool | None:
    """The meaning of an unquoted scalar; None where two readers of YAML could differ.

    An empty scalar is None as well: some readers make null of it, some an empty text.
    """
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    if not text or (_is_ambiguous(text) and not _INSTANT.fullmatch(text)):
        return None
    return text


def _is_ambiguous(text: str) -> bool:
    """Some readers drop underscores from a number wherever they stand: ``_0`` is one to them."""
    if _AMBIGUOUS.fullmatch(text):
        return True
    return not text[0].isalpha() and _AMBIGUOUS.fullmatch(text.replace("_", "")) is not None
