"""Policy documents as the real plugin keeps and compares them.

Source: terraform-provider-aws, internal/verify/json.go (``LegacyPolicyNormalize``,
``PolicyToSet``, ``SuppressEquivalentPolicyDiffs``); hashicorp/awspolicyequivalence.
"""

import json
from collections.abc import Mapping
from typing import Any

from keylife.sandbox.plugins.inputs import Failure
from keylife.sandbox.plugins.values import UNKNOWN, Values, reveal


def normalised(text: Any) -> Any:
    """The document in one line, ``Version`` first and the rest by name; other text as it is."""
    document = _document(text)
    if document is None:
        return text
    text = json.dumps(_sorted(document, first="Version"), separators=(",", ":"), ensure_ascii=False)
    # Go writes these as escapes, so that JSON may stand in a web page.
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def equivalent(one: Any, other: Any) -> bool:
    """Whether two documents mean the same: order and single values in lists do not matter."""
    first, second = _document(one), _document(other)
    if first is None or second is None:
        return bool(one == other)
    return bool(_meaning(_with_list(first)) == _meaning(_with_list(second)))


def written(document: Any) -> str:
    """A document that botocore has parsed, as text again."""
    return document if isinstance(document, str) else json.dumps(document)


def kept(before: Any, found: str) -> str:
    """What the state holds of a document read back: the old text while it means the same."""
    before = reveal(before)
    return before if isinstance(before, str) and equivalent(before, found) else normalised(found)


def as_text(news: Values) -> Values:
    """Inputs in which a ``policy`` written as an object has become JSON text."""
    policy = reveal(news.get("policy"))
    if not isinstance(policy, Mapping):
        return news
    return {**news, "policy": json.dumps(policy, separators=(",", ":"))}


def failures(news: Values) -> list[Failure]:
    """Why the ``policy`` among the inputs is refused."""
    policy = reveal(news.get("policy"))
    if policy is None or policy is UNKNOWN or _document(policy) is not None:
        return []
    return [Failure('"policy" contains an invalid JSON policy: not a JSON object')]


def _with_list(document: dict[str, Any]) -> dict[str, Any]:
    """A single statement may stand without the list around it."""
    found = document.get("Statement")
    return {**document, "Statement": [found]} if isinstance(found, dict) else document


def _document(text: Any) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _sorted(value: Any, first: str = "") -> Any:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: (name != first, name))
        return {name: _sorted(value[name]) for name in names}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _meaning(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted((name, repr(_meaning(item))) for name, item in value.items())
    items = value if isinstance(value, list) else [value]
    return sorted(repr(_meaning(item)) if isinstance(item, dict) else str(item) for item in items)
