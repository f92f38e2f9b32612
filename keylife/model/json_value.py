"""What JSON can hold, judged without a call into Python where it is text, as most of it is."""

from __future__ import annotations

from typing import Annotated, Any

import pydantic
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema


class _TextFirst:
    """pydantic's own type asks a Python function about every value; text needs none."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(strict=True)
        anything = handler(source)
        return core_schema.union_schema(
            [text, core_schema.list_schema(text, strict=True), anything],
            mode="left_to_right",
            custom_error_type="invalid-json-value",  # pydantic's own, of its own type
            custom_error_message="input was not a valid JSON value",
            metadata={"keylife_anything": anything},
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(schema["metadata"]["keylife_anything"])


JsonValue = Annotated[pydantic.JsonValue, _TextFirst]
"""A value as JSON knows it."""
