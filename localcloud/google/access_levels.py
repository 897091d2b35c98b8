"""Access levels (accesscontextmanager v1)."""

import re
from collections.abc import Iterator

from . import acm, addresses, members
from .api_call import ApiCall, ApiError, handlers
from .errors import invalid
from .state import Body
from .writes import page, patched

_CONDITIONS, _ITEMS = 40, 200
"""Conditions of a level, values of an attribute ("Access Context Manager quotas")."""


def create(call: ApiCall) -> Body:
    name = acm.new_name(call, call.state.access_levels, "accessLevels", call.body)
    return _write(call, name, {**call.body}, "create")


def get(call: ApiCall) -> Body:
    """Conditions are not rewritten as CEL (`accessLevelFormat`)."""
    if call.parameters.get("accessLevelFormat") == "CEL":
        raise invalid("accessLevelFormat=CEL is not modelled")
    return acm.held(call, call.state.access_levels)


def list_levels(call: ApiCall) -> Body:
    return page(call, "accessLevels", acm.under(call, call.state.access_levels), 100)


def patch(call: ApiCall) -> Body:
    current = acm.held(call, call.state.access_levels)
    body = patched(current, call.body, call.parameters.get("updateMask", ""), immutable=("name",))
    return _write(call, current["name"], body, "update")


def delete(call: ApiCall) -> Body:
    """Not while a perimeter or another level refers to it. Text: terraform-google-vpc-service-controls #6."""
    name = acm.held(call, call.state.access_levels)["name"]
    if user := next(_users(call, name), None):
        raise unavailable(name, user)
    del call.state.access_levels[name]
    acm.touch(call, acm.policy_of(name))
    return acm.operation(call, name, "delete", {}, "Empty")


def replace_all(call: ApiCall) -> Body:
    """Replace a policy's levels. A level that a perimeter refers to has to stay (accesscontextmanager v1)."""
    store = call.state.access_levels
    before = [body["name"] for body in acm.under(call, store)]

    def check() -> None:
        for body in acm.under(call, store):
            _check(call, body["name"], body)
        for name in before:
            if name not in store and (user := next(_users(call, name), None)):
                raise unavailable(name, user)

    levels = acm.replaced(call, store, "accessLevels", call.body.get("accessLevels", []), check)
    return acm.operation(
        call, call.parameters["parent"], "replaceAll", {"accessLevels": levels} if levels else {},
        "ReplaceAccessLevelsResponse",
    )  # fmt: skip


def unavailable(level: str, where: str) -> ApiError:
    """400 for a level that is deleted while something refers to it, or referred to while it is not there."""
    return invalid(
        f"Level name '{level.rpartition('/')[2]}' is not available in this Access Policy resource, but is referenced "
        f"in {where}. If you are trying to delete a Level which is referenced in this Perimeter, you must first "
        "remove the reference."
    )


def names_in(value: object) -> Iterator[str]:
    """Every level that a part of a perimeter or level refers to."""
    if isinstance(value, dict):
        for item in value.values():
            yield from names_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from names_in(item)
    elif isinstance(value, str) and "/accessLevels/" in value:
        yield value


def _users(call: ApiCall, name: str) -> Iterator[str]:
    for perimeter, body in call.state.service_perimeters.items():
        for side in ("status", "spec"):
            if name in names_in(body.get(side, {})):
                yield f"'{side}' field of Perimeter '{perimeter.rpartition('/')[2]}'"
    for level, body in call.state.access_levels.items():
        if level != name and name in names_in(body.get("basic", {})):
            yield f"'basic' field of Level '{level.rpartition('/')[2]}'"


def _write(call: ApiCall, name: str, body: Body, verb: str) -> Body:
    _check(call, name, body)
    call.state.access_levels[name] = body
    acm.touch(call, acm.policy_of(name))
    return acm.operation(call, name, verb, body, "AccessLevel")


def _check(call: ApiCall, name: str, body: Body) -> None:
    acm.check_title(call.state.access_levels, name, body)
    if len([kind for kind in ("basic", "custom") if kind in body]) != 1:
        raise invalid("exactly one of basic and custom is needed")
    if "custom" in body and not body["custom"].get("expr", {}).get("expression"):
        raise invalid("custom.expr is required")
    conditions = body["basic"].get("conditions", []) if "basic" in body else [{}]
    if not 1 <= len(conditions) <= _CONDITIONS:
        raise invalid(f"basic.conditions: got {len(conditions)}, allowed: 1 to {_CONDITIONS}")
    for index, condition in enumerate(conditions):
        _check_condition(call, name, f"basic.conditions[{index}]", condition)


def _check_condition(call: ApiCall, name: str, at: str, condition: Body) -> None:
    for field, values in condition.items():
        if isinstance(values, list) and len(values) > _ITEMS:
            raise invalid(f"{at}.{field}: got {len(values)}, allowed: at most {_ITEMS}")
    if condition.get("ipSubnetworks") and condition.get("vpcNetworkSources"):
        raise invalid(f"{at}: ip_subnetworks and vpc_network_sources cannot both be set")
    for block in condition.get("ipSubnetworks", ()):
        addresses.check(f"{at}.ip_subnetworks", block)
    for region in condition.get("regions", ()):
        if not re.fullmatch(r"[A-Z]{2}", region):
            raise invalid(f"{at}.regions: '{region}' is no ISO 3166-1 alpha-2 code")
    for member in condition.get("members", ()):
        if not re.match(r"(user|serviceAccount):", member) or not members.ACCOUNT.fullmatch(member):
            raise invalid(f"{at}.members: got '{member}', allowed: user:EMAIL and serviceAccount:EMAIL")
        if email := members.missing_account(call.state, member):
            raise invalid(f"The email address '{email}' is invalid or non-existent.")
    for other in condition.get("requiredAccessLevels", ()):
        _check_required(call, name, at, other)


def _check_required(call: ApiCall, name: str, at: str, other: str) -> None:
    if acm.policy_of(other) != acm.policy_of(name) or other not in call.state.access_levels:
        raise invalid(f"{at}.required_access_levels: '{other}' does not exist in this policy")
    seen, todo = {other}, [other]
    while todo:
        for deeper in names_in(call.state.access_levels.get(todo.pop(), {}).get("basic", {})):
            todo += [] if deeper in seen else [deeper]
            seen.add(deeper)
    if name in seen:
        raise invalid(f"{at}.required_access_levels: '{other}' requires '{name}' itself")


HANDLERS = handlers(
    "accesscontextmanager.accessPolicies.accessLevels",
    create=create,
    get=get,
    list=list_levels,
    patch=patch,
    delete=delete,
    replaceAll=replace_all,
)
