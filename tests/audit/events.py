"""Events as tests need them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from keylife.evidence.event import Event, What
from keylife.evidence.source import Source

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def event(number: int = 1, what: What = What.ISSUED, **changes: Any) -> Event:
    """An event that differs from those of other numbers."""
    facts: dict[str, Any] = {
        "recorded": AT + timedelta(seconds=number),
        "at": AT,
        "what": what,
        "key": f"billing-{number % 7}",
        "version": number,
        "stack": "organization/keylife/dev",
        "urn": f"urn:pulumi:dev::keylife::aws:iam/accessKey:AccessKey::billing-v{number}",
        "source": Source(
            actor="ci",
            commit="0123456789abcdef0123456789abcdef01234567",
            author="Bo <bo@example.com>",
            pull_request="17",
            approved_by="al@example.com",
        ),
        **changes,
    }
    return Event(**facts)
