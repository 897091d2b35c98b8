"""Whether a role's trust policy admits the caller of AssumeRole ("How to use trust policies with IAM roles").

Policies of the caller are not looked at. A condition other than `sts:ExternalId` admits nobody.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto.iam.models import iam_backends

from localcloud.proxy import Request

from .errors import parameters

EC2 = {"Service": "ec2.amazonaws.com"}
ASSUME = "AssumeRole"


def refusal(request: Request, caller: Mapping[str, str]) -> str:
    """Why AWS STS denies an AssumeRole by a caller (account, arn); "" if the role trusts the caller."""
    asked = parameters(request)
    arn = asked.get("RoleArn", "")
    account = (arn.split(":") + [""] * 5)[4]
    backends = iam_backends[account].values() if account in iam_backends else ()
    role = next((one for iam in backends for one in iam.roles.values() if one.arn == arn), None)
    if role and admits(role, {"AWS": _principal(caller)}, caller["account"], asked.get("ExternalId", "")):
        return ""
    return f"User: {caller['arn']} is not authorized to perform: sts:{ASSUME} on resource: {arn}"


def admits(role: Any, principal: Mapping[str, str], account: str = "", external_id: str = "") -> bool:
    """Return whether a role in moto admits a principal, {"AWS": ARN} or {"Service": NAME}; `account` is the one of an ARN."""
    matching = [
        statement["Effect"]
        for statement in _several(json.loads(role.assume_role_policy_document)["Statement"])
        if {f"sts:{ASSUME}", "sts:*", "*"} & {*_several(statement.get("Action", []))}
        and _names(statement.get("Principal", {}), principal, account)
        and _fits(statement, external_id)
    ]
    return "Allow" in matching and "Deny" not in matching


def _fits(statement: Mapping[str, Any], external_id: str) -> bool:
    """Return whether a condition is met. One that is not known is met in a Deny, and not met in an Allow."""
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            known = (operator, key.lower()) == ("StringEquals", "sts:externalid")
            if known and external_id not in _several(values) or not known and statement["Effect"] == "Allow":
                return False
    return True


def _names(named: Any, principal: Mapping[str, str], account: str) -> bool:
    if named == "*":
        return True
    ((kind, name),) = principal.items()
    root = f":iam::{account}:root"
    whole = ("*", account) if account else ()
    return any(one in (name, *whole) or account and one.endswith(root) for one in _several(named.get(kind, [])))


def _principal(caller: Mapping[str, str]) -> str:
    """The ARN that a policy names: a session's role, or the user."""
    arn = caller["arn"]
    if ":assumed-role/" not in arn:
        return arn
    return arn.rpartition("/")[0].replace(":sts:", ":iam:").replace(":assumed-role/", ":role/")


def _several(value: Any) -> Iterator[Any]:
    yield from value if isinstance(value, list) else [value]
