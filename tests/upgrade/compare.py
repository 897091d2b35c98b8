"""Released synthesized JSON against today's: what Terraform would delete or replace, and by which provider, without Terraform."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.upgrade.findings import Finding
from tests.upgrade.force_new import force_new

Stack = dict[str, Any]
META = ("count", "for_each", "provider")
"""Arguments of Terraform itself that change a resource's address or its provider."""


def losses(released: Stack, today: Stack) -> list[Finding]:
    """What an existing deployment loses: its state, a resource, or a resource as it is, which is then replaced."""
    moves = _moves(today)
    released = json.loads(_renamed(json.dumps(released), moves))
    kept = {
        entry["from"] for entry in _list(today.get("removed")) if not entry.get("lifecycle", {}).get("destroy", True)
    }
    present = dict(resources(today))
    found = [*_frame(released, today)]
    for address, body in resources(released):
        address = _moved(address, moves)
        if address in present:
            found += _replaced(address, body, present[address])
        elif address not in kept:
            found.append(Finding(address, "delete"))
    return found


def resources(stack: Stack) -> Iterator[tuple[str, Stack]]:
    """Each managed resource's address and body."""
    for kind, named in stack.get("resource", {}).items():
        yield from ((f"{kind}.{name}", body) for name, body in named.items())


def _frame(released: Stack, today: Stack) -> Iterator[Finding]:
    """Where the state is, which outputs others read, which provider works, and where."""
    for name in ("backend", "cloud"):
        if released.get("terraform", {}).get(name) != today.get("terraform", {}).get(name):
            yield Finding("terraform", "replace", name)
    wanted, wants = (one.get("terraform", {}).get("required_providers", {}) for one in (released, today))
    for name in wanted.keys() | wants.keys():
        if wanted.get(name) != wants.get(name):
            yield Finding("terraform", "update", f"required_providers.{name}")
    for name in released.get("output", {}).keys() - today.get("output", {}).keys():
        yield Finding(f"output.{name}", "delete")
    for name, configured in released.get("provider", {}).items():
        now = today.get("provider", {}).get(name, [])
        for argument in ("alias", "project", "region"):
            if [one.get(argument) for one in configured] != [one.get(argument) for one in now]:
                yield Finding(f"provider.{name}", "replace", argument)


def _replaced(address: str, released: Stack, today: Stack) -> Iterator[Finding]:
    ignored = _ignored(today)
    for argument in (*META, *sorted(force_new(address.split(".")[0]))):
        if ignored is None or argument.split(".")[0] in ignored:
            continue
        newly_watched = _ignored(released) is None or argument.split(".")[0] in (_ignored(released) or ())
        if newly_watched or _values(released, argument) != _values(today, argument):
            yield Finding(address, "replace", argument)
    if set(_lifecycle(today, "replace_triggered_by")) - set(_lifecycle(released, "replace_triggered_by")):
        yield Finding(address, "replace", "lifecycle.replace_triggered_by")


def _lifecycle(body: Stack, name: str) -> Any:
    return body.get("lifecycle", {}).get(name, ())


def _ignored(body: Stack) -> set[str] | None:
    """The arguments whose changes are ignored; None for all of them."""
    ignored = _lifecycle(body, "ignore_changes")
    return None if ignored in ("all", ["all"]) else {name.split("[")[0].split(".")[0] for name in ignored}


def _values(node: Any, path: str) -> list[Any]:
    """What a body has at `a.b`, in every block a; a block that occurs once may be written without its list."""
    name, _, rest = path.partition(".")
    values = [inner[name] for inner in _list(node) if isinstance(inner, dict) and inner.get(name) is not None]
    return [found for value in values for found in _values(value, rest)] if rest else [_list(one) for one in values]


def _moves(today: Stack) -> dict[str, str]:
    return {entry["from"]: entry["to"] for entry in _list(today.get("moved"))}


def _moved(address: str, moves: dict[str, str]) -> str:
    """Where a resource is now, after any number of moves."""
    for _ in moves:
        address = moves.get(address, address)
    return address


def _renamed(text: str, moves: dict[str, str]) -> str:
    """References as they are after the moves."""
    for address in moves:
        text = re.sub(rf"(?<![\w.-]){re.escape(address)}(?![\w-])", _moved(address, moves), text)
    return text


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
