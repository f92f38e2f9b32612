"""Text of one form, judged by pydantic's own matcher: a hundred thousand names take a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True)
class Fits:
    """What a text has to match, and what is said of one that does not.

    Several of them on one field are judged in the order they stand in.
    """

    pattern: str
    """As Rust's ``regex`` reads it: no look-around, ``$`` is the very end, and it is searched for,
    so that it begins with ``^`` where all of the text is meant."""

    otherwise: str
    """The rule in words, said as a ``ValueError`` of a validator's would be."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """First what stands before it in the annotation, then the pattern."""
        pattern = core_schema.custom_error_schema(
            core_schema.str_schema(pattern=self.pattern),
            custom_error_type="value_error",
            custom_error_context={"error": ValueError(self.otherwise)},
        )
        return core_schema.chain_schema([handler(source), pattern])
