"""From an AWS identity to a federated one: a provider's attribute mapping and condition, evaluated as CEL.

Source: "Workload Identity Federation" (IAM) and iam v1's WorkloadIdentityPoolProvider. Texts of refusals are Google's
where public issues show them (google-github-actions/auth #202, #378 and its troubleshooting page); others are ours.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .identity import Identity, federated
from .mapping import DEFAULT_MAPPING, CelError

SUBJECT_BYTES = 127
MAPPED_BYTES = 8192
UNUSABLE = (
    'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or '
    "provider is disabled or deleted or because it doesn't exist."
)
TOO_LONG = (
    f"The size of mapped attribute google.subject exceeds the {SUBJECT_BYTES} bytes limit. Either modify your attribute "
    f"mapping or the incoming assertion to produce a mapped attribute that is less than {SUBJECT_BYTES} bytes."
)

Pairs = tuple[tuple[str, str], ...]
Evaluate = Callable[[str, Mapping[str, Any]], Any]
"""The value of a CEL expression with these variables. It raises CelError where it has no value."""


@dataclass
class Rejected(Exception):
    """The exchange is refused: `reason` is the description, `error` OAuth's code."""

    reason: str
    error: str = "unauthorized_client"

    def __str__(self) -> str:
        return self.reason


def federate(
    provider: Mapping[str, Any],
    pool: Mapping[str, Any],
    assertion: Mapping[str, str],
    evaluate: Evaluate | None = None,
) -> Identity:
    """The identity that a pool's AWS provider (REST bodies) makes of an assertion: `account`, `arn`, `userid`.

    `pool["name"]` is `projects/NUMBER/locations/global/workloadIdentityPools/POOL`. `evaluate` is cel-python's by default,
    which is a development package. Raises Rejected.
    """
    if any(body.get("disabled") or body.get("state", "ACTIVE") != "ACTIVE" for body in (provider, pool)):
        raise Rejected(UNUSABLE, "invalid_target")
    if not assertion.get("account") or assertion["account"] != (provider.get("aws") or {}).get("accountId"):
        raise Rejected("The given credential is of an AWS account that the provider does not trust.", "invalid_grant")
    mapping = provider.get("attributeMapping") or DEFAULT_MAPPING
    outcome = _outcome(
        pool["name"],
        tuple(sorted(mapping.items())),
        provider.get("attributeCondition") or "",
        tuple(sorted(assertion.items())),
        evaluate or _cel_python(),
    )
    if isinstance(outcome, Rejected):
        raise Rejected(outcome.reason, outcome.error)
    return outcome


@lru_cache(maxsize=65_536)
def _outcome(
    pool_name: str, mapping: Pairs, condition: str, assertion: Pairs, evaluate: Evaluate
) -> Identity | Rejected:
    """The identity, or the reason for a refusal: both are kept, since a pure function answers the same every time."""
    variables = {"assertion": dict(assertion)}
    try:
        mapped = {
            key: _value(f"attribute mapping {key}", evaluate, expression, variables) for key, expression in mapping
        }
        subject, groups, attributes = _subject(mapped), _groups(mapped), _attributes(mapped)
        if len("".join([subject, *groups, *attributes.values()]).encode()) > MAPPED_BYTES:
            raise Rejected(f"The mapped attributes exceed the {MAPPED_BYTES} bytes limit.", "invalid_grant")
        names = {**variables, "google": {"subject": subject, "groups": groups}, "attribute": attributes}
        if condition and _value("attribute condition", evaluate, condition, names) is not True:
            raise Rejected("The given credential is rejected by the attribute condition.")
    except Rejected as refusal:
        return refusal
    return federated(pool_name, subject, attributes, groups)


def _subject(mapped: Mapping[str, Any]) -> str:
    subject = mapped.get("google.subject")
    if not isinstance(subject, str):
        raise Rejected("The mapped attribute 'google.subject' must be of type STRING.")
    if not subject:
        raise Rejected("The mapped attribute 'google.subject' must not be empty.", "invalid_grant")
    if len(subject.encode()) > SUBJECT_BYTES:
        raise Rejected(TOO_LONG, "invalid_request")
    return subject


def _groups(mapped: Mapping[str, Any]) -> list[str]:
    groups = mapped.get("google.groups", [])
    if not isinstance(groups, list) or not all(isinstance(group, str) for group in groups):
        raise Rejected("The mapped attribute 'google.groups' must be of type LIST of STRING.")
    return groups


def _attributes(mapped: Mapping[str, Any]) -> dict[str, str]:
    attributes = {
        key.removeprefix("attribute."): value for key, value in mapped.items() if key.startswith("attribute.")
    }
    for key, value in attributes.items():
        if not isinstance(value, str):
            raise Rejected(f"The mapped attribute 'attribute.{key}' must be of type STRING.")
    return attributes


def _cel_python() -> Evaluate:
    from .cel import evaluate

    return evaluate


def _value(what: str, evaluate: Evaluate, expression: str, variables: Mapping[str, Any]) -> Any:
    try:
        return evaluate(expression, variables)
    except CelError as error:
        raise Rejected(f"The {what} cannot be evaluated for the given credential: {error}.", "invalid_grant") from None
