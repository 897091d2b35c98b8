"""Google's attribute conditions and mappings, evaluated as CEL with Google's own `extract`."""

from functools import cache
from typing import Any

import celpy

ENVIRONMENT = celpy.Environment()


def extract(value: Any, template: Any) -> Any:
    """The part of a value that stands for `{name}` in a template, or an empty string (IAM, "Extract value from string")."""
    before, _, rest = str(template).partition("{")
    after = rest.partition("}")[2]
    _, found, tail = str(value).partition(before)
    part, closed, _ = tail.partition(after) if after else (tail, True, "")
    return celpy.celtypes.StringType(part if found and closed else "")


@cache
def program(expression: str) -> Any:
    return ENVIRONMENT.program(ENVIRONMENT.compile(expression), functions={"extract": extract})


def evaluate(expression: str, assertion: dict[str, str]) -> Any:
    """The value of an expression for an AWS assertion: `account`, `arn`, `userid`; with the kit's `attribute.aws_role`."""
    role = str(extract(assertion["arn"], "assumed-role/{role_name}/"))
    return program(expression).evaluate(
        {"assertion": celpy.json_to_cel(assertion), "attribute": celpy.json_to_cel({"aws_role": role})}
    )


def assertion(
    *,
    account: str,
    role: str,
    session: str = "i-0123456789abcdef0",
    partition: str = "aws",
    user: str = "AROAEXAMPLEEXAMPLE123",
) -> dict[str, str]:
    """What AWS says of a role's session."""
    arn = f"arn:{partition}:sts::{account}:assumed-role/{role}/{session}"
    return {"account": account, "arn": arn, "userid": f"{user}:{session}"}
