"""What all declared models share: frozen, strict, and no field nobody knows."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

NAME_PATTERN = r"[a-z0-9-]{1,63}"


class Model(BaseModel):
    """Base of the declared models: frozen, strict, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _name(text: str) -> str:
    if re.fullmatch(NAME_PATTERN, text) is None:
        raise ValueError(
            "a name is 1 to 63 of the characters a-z, 0-9 and -"
            " (so that it fits in every issuer's names and in no one's syntax)"
        )
    return text


def _sentence(text: str) -> str:
    if not text.strip():
        raise ValueError("say it in words: this may not be empty")
    if any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in text):
        raise ValueError("one line without control characters")
    return text


Name = Annotated[str, AfterValidator(_name)]
"""A DNS-label-like name: ``[a-z0-9-]{1,63}``."""

Sentence = Annotated[str, AfterValidator(_sentence)]
"""One line of text for people, not empty."""
