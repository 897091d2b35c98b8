"""What all of Access Context Manager has in common: names, titles, the etag of the policy, operations.

Levels and perimeters have no separate etag: any write under a policy changes the one of the policy, which its
perimeters show (magic-modules #12568, #12725).
"""

import re
from collections.abc import Callable

from .api_call import ApiCall, ApiError
from .errors import aborted, already_exists, invalid, not_found
from .operations import started
from .state import Body
from .writes import number

PACKAGE = "google.identity.accesscontextmanager.v1"
ORGANIZATION = re.compile(r"organizations/[1-9][0-9]*")
Store = dict[str, Body]


def policy(call: ApiCall, name: str) -> Body:
    """The policy of this name, or 404."""
    held = call.state.access_policies.get(name)
    if held is None:
        raise not_found(f"Policy '{name}' not found")
    return held


def held(call: ApiCall, store: Store) -> Body:
    """The level or perimeter that a path names, or 404."""
    body = store.get(call.parameters["name"])
    if body is None:
        raise not_found(f"Resource '{call.parameters['name']}' not found")
    return body


def under(call: ApiCall, store: Store) -> list[Body]:
    """The levels or perimeters of the policy that a path names as their parent, by name; or 404."""
    parent = str(call.parameters["parent"])
    policy(call, parent)
    return [body for name, body in sorted(store.items()) if name.startswith(f"{parent}/")]


def new_name(call: ApiCall, store: Store, collection: str, body: Body) -> str:
    """The name in the body of a new one: in this policy, in grammar, not taken."""
    name, parent = str(body.get("name", "")), str(call.parameters["parent"])
    policy(call, parent)
    if not re.fullmatch(rf"{re.escape(parent)}/{collection}/[A-Za-z][A-Za-z0-9_]{{0,49}}", name):
        raise invalid(
            f"name: got '{name}', allowed: {parent}/{collection}/NAME, where NAME begins with a letter, goes on with "
            "letters, digits and '_', and has at most 50 characters"
        )
    if name in store:
        raise already_exists(f"'{name}' already exists")
    return name


def replaced(call: ApiCall, store: Store, collection: str, bodies: list[Body], check: Callable[[], None]) -> list[Body]:
    """What is under a policy after `:replaceAll`: these bodies, and nothing else.

    `check` reads the store as it is to be. One error, and nothing changes ("Upon error, the replacement is cancelled":
    accesscontextmanager v1).
    """
    before, parent = dict(store), str(call.parameters["parent"])
    require_etag(call, parent, call.body.get("etag"))
    for body in under(call, store):
        del store[body["name"]]
    try:
        for body in bodies:
            store[new_name(call, store, collection, body)] = body
        check()
    except ApiError:
        store.clear()
        store.update(before)
        raise
    touch(call, parent)
    return under(call, store)


def check_title(store: Store, name: str, body: Body) -> None:
    """400 without a title, or with one that another of the policy has."""
    title, parent = body.get("title", ""), name.rpartition("/")[0]
    if not title:
        raise invalid("title is required")
    others = (other.get("title") for key, other in store.items() if key != name and key.startswith(parent + "/"))
    if title in others:
        raise invalid(f"title: '{title}' is already used under {parent}; titles are unique within a policy")


def require_etag(call: ApiCall, policy_name: str, given: str | None) -> None:
    """409 for an etag that is the policy's no more; without one, the write is made."""
    current = policy(call, policy_name)["etag"]
    if given and given != current:
        raise aborted(
            f"The etag '{given}' does not match '{current}', the current one of {policy_name}: read it again."
        )


def touch(call: ApiCall, policy_name: str) -> None:
    """Give the policy a new etag, after a write to it or under it."""
    if policy_name in call.state.access_policies:
        call.state.access_policies[policy_name]["etag"] = f"{number(call.state):016x}"


def operation(call: ApiCall, name: str, verb: str, response: Body, schema: str) -> Body:
    return started(call, f"operations/{name}/{verb}/{{id}}", response, schema=schema, package=PACKAGE)


def policy_of(name: str) -> str:
    """`accessPolicies/N` of anything under it."""
    return "/".join(name.split("/")[:2])
