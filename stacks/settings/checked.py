"""A rule of `limits` as pydantic takes it: the check, and what a JSON Schema states of it."""

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from constructs_lib.limits import Limit


@dataclass(frozen=True)
class Checked:
    """Put into `Annotated`: the value is under this rule."""

    rule: Limit

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.rule, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), **self.rule.schema, "description": self.rule.allowed}
