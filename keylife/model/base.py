"""What all declared models share: frozen, strict, and no field nobody knows."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict

from keylife.model.fitting import Fits

NAME_PATTERN = r"[a-z0-9-]{1,63}"


class Model(BaseModel):
    """Base of the declared models: frozen, strict, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


Name = Annotated[
    str,
    Fits(
        f"^{NAME_PATTERN}$",
        "a name is 1 to 63 of the characters a-z, 0-9 and -"
        " (so that it fits in every issuer's names and in no one's syntax)",
    ),
]
"""A DNS-label-like name: ``[a-z0-9-]{1,63}``."""

Sentence = Annotated[
    str,
    Fits(r"\S", "say it in words: this may not be empty"),
    Fits(r"^[^\x00-\x1f\x7f-\x9f]*$", "one line without control characters"),
]
"""One line of text for people, not empty."""
