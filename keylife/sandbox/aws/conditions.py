"""The ``Condition`` element of an identity-based policy, as AWS documents it.

A condition block holds when every operator holds; an operator holds when every one of its
keys holds; a key holds when one of the listed values matches (for the negated operators:
when none does). A key that the request does not carry makes a plain operator fail, a negated
one and one that ends in ``IfExists`` hold.

Dates are compared in whole seconds, and may be written as W3C ISO 8601 dates or as seconds
since the epoch.

Whatever is not known here is *undecidable*, never quietly true or false: the caller denies.

Source: AWS IAM User Guide, "IAM JSON policy elements: Condition operators", "Conditions with
multiple context keys or values", and "AWS global condition context keys".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeAlias

Context: TypeAlias = Mapping[str, str | None]
"""Condition key in lower case → its value; ``None`` where AWS is known not to send the key.

A key that is missing altogether is one of which the sandbox does not know whether AWS would
send it.
"""

Comparison: TypeAlias = Callable[[str, str], bool]
"""(value in the request, value in the policy) → whether they match."""


class UndecidableError(Exception):
    """A policy uses something the sandbox's AWS cannot judge: the request must be denied."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return self.what


def holds(block: object, context: Context) -> bool:
    """Whether a statement's ``Condition`` is met by a request.

    Raises:
        UndecidableError: an operator, key or value the sandbox does not know.
    """
    if not isinstance(block, dict):
        raise UndecidableError("a Condition that is not an object")
    return all(
        _key_holds(operator, key.lower(), _as_texts(wanted), context)
        for operator, keys in block.items()
        for key, wanted in _entries(operator, keys)
    )


def _entries(operator: str, keys: object) -> list[tuple[str, object]]:
    if not isinstance(keys, dict):
        raise UndecidableError(f"condition operator {operator} without an object of keys")
    return list(keys.items())


def _key_holds(operator: str, key: str, wanted: list[str], context: Context) -> bool:
    if key not in context:
        raise UndecidableError(f"condition key {key}")
    actual = context[key]
    if operator == "Null":
        return any(_boolean(value) == (actual is None) for value in wanted)
    name = operator.removesuffix("IfExists")
    negated = name in _NEGATED
    comparison = _COMPARISONS.get(_NEGATED.get(name, name))
    if comparison is None:
        raise UndecidableError(f"condition operator {operator}")
    if actual is None:
        return negated or operator != name
    # Every value is looked at, so that one which cannot be judged is never passed over.
    matches = True in [comparison(actual, value) for value in wanted]
    return matches is not negated


def _as_texts(wanted: object) -> list[str]:
    values = wanted if isinstance(wanted, list) else [wanted]
    return [_as_text(value) for value in values]


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        text = str(value)
        if "${" in text:
            raise UndecidableError("a policy variable in a condition")
        return text
    raise UndecidableError("a condition value that is not a text, number or boolean")


def _boolean(value: str) -> bool:
    if value.lower() not in {"true", "false"}:
        raise UndecidableError(f"the boolean {value!r} in a condition")
    return value.lower() == "true"


@lru_cache(maxsize=4096)
def _seconds(value: str) -> int:
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return int(float(value))
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise UndecidableError(f"the date {value!r} in a condition") from None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return int(instant.timestamp())


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise UndecidableError(f"the number {value!r} in a condition") from None


@lru_cache(maxsize=4096)
def wildcard(pattern: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """The pattern in which ``*`` stands for any text and ``?`` for one character."""
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern)
    return re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


_COMPARISONS: dict[str, Comparison] = {
    "StringEquals": lambda actual, wanted: actual == wanted,
    "StringEqualsIgnoreCase": lambda actual, wanted: actual.lower() == wanted.lower(),
    "StringLike": lambda actual, wanted: wildcard(wanted).fullmatch(actual) is not None,
    "ArnEquals": lambda actual, wanted: wildcard(wanted).fullmatch(actual) is not None,
    "ArnLike": lambda actual, wanted: wildcard(wanted).fullmatch(actual) is not None,
    "Bool": lambda actual, wanted: _boolean(actual) == _boolean(wanted),
    "DateEquals": lambda actual, wanted: _seconds(actual) == _seconds(wanted),
    "DateLessThan": lambda actual, wanted: _seconds(actual) < _seconds(wanted),
    "DateLessThanEquals": lambda actual, wanted: _seconds(actual) <= _seconds(wanted),
    "DateGreaterThan": lambda actual, wanted: _seconds(actual) > _seconds(wanted),
    "DateGreaterThanEquals": lambda actual, wanted: _seconds(actual) >= _seconds(wanted),
    "NumericEquals": lambda actual, wanted: _number(actual) == _number(wanted),
    "NumericLessThan": lambda actual, wanted: _number(actual) < _number(wanted),
    "NumericLessThanEquals": lambda actual, wanted: _number(actual) <= _number(wanted),
    "NumericGreaterThan": lambda actual, wanted: _number(actual) > _number(wanted),
    "NumericGreaterThanEquals": lambda actual, wanted: _number(actual) >= _number(wanted),
}

_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "DateNotEquals": "DateEquals",
    "NumericNotEquals": "NumericEquals",
}
