"""How many examples a property gets that is held by plain cases, too."""

from __future__ import annotations

from hypothesis import settings

few = settings(max_examples=settings().max_examples // 5)
"""A fifth of the profile's: 200, and 2,000 in `make test-long`."""
