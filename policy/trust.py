"""From an AWS identity to a federated one: a provider's attribute mapping and condition, evaluated as CEL.

Source: "Workload Identity Federation" (IAM), iam v1's WorkloadIdentityPoolProvider, and "Extract" in the attribute
reference for IAM Conditions. Texts of refusals are Google's where public issues show them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import celpy
from celpy import celtypes
from celpy.adapter import json_to_cel
from celpy.celparser import CELParseError
from celpy.evaluation import CELEvalError

from .identity import Identity, federated

SUBJECT_BYTES = 127
MAPPED_BYTES = 8192
DEFAULT_MAPPING = {
    "google.subject": "assertion.arn",
    "attribute.aws_role": "assertion.arn.contains('assumed-role') ? assertion.arn.extract('{account_arn}assumed-role/')"
    " + 'assumed-role/' + assertion.arn.extract('assumed-role/{role_name}/') : assertion.arn",
}


@dataclass
class Rejected(Exception):
    """The exchange is refused: `error` is OAuth's code, `reason` the description."""

    reason: str
    error: str = "unauthorized_client"

    def __str__(self) -> str:
        return self.reason


def federate(provider: Mapping[str, Any], pool: Mapping[str, Any], assertion: Mapping[str, str]) -> Identity:
    """The identity that a pool's AWS provider (REST bodies) makes of an assertion: `account`, `arn`, `userid`.

    `pool["name"]` is `projects/NUMBER/locations/global/workloadIdentityPools/POOL`. Raises Rejected.
    """
    if not all(_usable(body) for body in (provider, pool)):
        raise Rejected(
            'The target service indicated by the "audience" parameters is invalid. This might either be because the pool '
            "or provider is disabled or deleted or because it doesn't exist.",
            "invalid_target",
        )
    if assertion.get("account") != (provider.get("aws") or {}).get("accountId"):
        raise Rejected(
            "The given credential is issued by an AWS account that the provider does not trust.", "invalid_grant"
        )
    activation: dict[str, Any] = {"assertion": json_to_cel(dict(assertion))}
    mapped = {
        key: _value(key, expression, activation)
        for key, expression in (provider.get("attributeMapping") or DEFAULT_MAPPING).items()
    }
    subject, groups, attributes = _attributes(mapped)
    _admit(provider.get("attributeCondition") or "", activation, subject, groups, attributes)
    return federated(pool["name"], subject, attributes, groups)


def _usable(body: Mapping[str, Any]) -> bool:
    return not body.get("disabled") and body.get("state", "ACTIVE") == "ACTIVE"


def _attributes(mapped: Mapping[str, Any]) -> tuple[str, list[str], dict[str, str]]:
    subject = mapped.get("google.subject")
    if not isinstance(subject, str):
        raise Rejected("The mapped attribute 'google.subject' must be of type STRING.")
    if not subject:
        raise Rejected("The mapped attribute 'google.subject' must not be empty.", "invalid_grant")
    if len(subject.encode()) > SUBJECT_BYTES:
        raise Rejected(
            f"The size of mapped attribute google.subject exceeds the {SUBJECT_BYTES} bytes limit. Either modify your "
            f"attribute mapping or the incoming assertion to produce a mapped attribute that is less than {SUBJECT_BYTES} "
            "bytes.",
            "invalid_grant",
        )
    groups = mapped.get("google.groups", [])
    if not isinstance(groups, list) or not all(isinstance(group, str) for group in groups):
        raise Rejected("The mapped attribute 'google.groups' must be a list of STRING.")
    attributes = {}
    for key, value in mapped.items():
        if key.startswith("attribute."):
            if not isinstance(value, str):
                raise Rejected(f"The mapped attribute '{key}' must be of type STRING.")
            attributes[key.removeprefix("attribute.")] = str(value)
    if sum(len(str(value).encode()) for value in mapped.values()) > MAPPED_BYTES:
        raise Rejected(f"The mapped attributes exceed the {MAPPED_BYTES} bytes limit.", "invalid_grant")
    return str(subject), [str(group) for group in groups], attributes


def _admit(
    condition: str, activation: dict[str, Any], subject: str, groups: list[str], attributes: dict[str, str]
) -> None:
    if not condition:
        return
    google = json_to_cel({"subject": subject, "groups": groups})
    names = activation | {"google": google, "attribute": json_to_cel(attributes)}
    if _value("attributeCondition", condition, names) is not True:
        raise Rejected("The given credential is rejected by the attribute condition.")


def _value(field: str, expression: str, activation: dict[str, Any]) -> Any:
    """An expression's value: str, list, or a bool of Python's own."""
    try:
        value = program(expression).evaluate(activation)
    except CELParseError:
        raise Rejected(f"{field} cannot be parsed: {expression}", "invalid_grant") from None
    except (CELEvalError, ValueError, TypeError):
        raise Rejected(f"{field} cannot be evaluated for the given credential.", "invalid_grant") from None
    return bool(value) if isinstance(value, celtypes.BoolType) else value


@lru_cache(maxsize=4096)
def program(expression: str) -> Any:
    """A CEL expression, compiled once."""
    environment = celpy.Environment()
    return environment.program(environment.compile(expression), functions={"extract": extract})


def extract(value: Any, template: Any) -> celtypes.StringType:
    """What stands for `{name}` in a template, or "" if the template does not fit the value.

    The text before the braces is found first, at its first place; then the text after them. Without a text before them
    the part begins with the value, without one after them it ends with the value. Raises ValueError for a template
    that has not exactly one `{name}`.
    """
    before, opened, rest = str(template).partition("{")
    name, closed, after = rest.partition("}")
    if not opened or not closed or not name or set(after) & set("{}"):
        raise ValueError(f"extract: got template {template!r}, allowed: a text with one {{name}}")
    _, found, tail = str(value).partition(before) if before else ("", "yes", str(value))
    part, ended, _ = tail.partition(after) if after else (tail, "yes", "")
    return celtypes.StringType(part if found and ended else "")
