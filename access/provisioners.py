"""Programs that an apply runs with Terraform's own credentials: provisioners. What they do, no plan says."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from access.changes import items
from access.gain import Gain
from access.objects import Object, Values

FIELD = "provisioner"


def of_plan(plan: Values) -> Iterator[Gain]:
    """One for each resource that has provisioners and is created, replaced or destroyed."""
    root = (plan.get("configuration") or {}).get("root_module") or {}
    written = dict(_written(root, ""))
    for item in items(dict(plan), "resource_changes"):
        address = item["address"]
        programs = written.get(_without_keys(address))
        if programs and {"create", "delete"} & set(item["change"]["actions"]):
            yield _gain(address, programs)


def of_stacks(old: Sequence[Object], new: Sequence[Object]) -> Iterator[Gain]:
    """One for each resource whose provisioners are new or other ones."""
    before = {one.address: one.values.get(FIELD) for one in old}
    for one in new:
        programs = one.values.get(FIELD)
        if programs and programs != before.get(one.address):
            yield _gain(one.address, programs)


def _gain(address: str, programs: Any) -> Gain:
    digest = hashlib.sha256(json.dumps(programs, sort_keys=True).encode()).hexdigest()[:16]
    what = "has a provisioner, a program that runs with the credentials of Terraform"
    return Gain(address, what, "", (f"what it does ({digest})",))


def _written(module: Values, path: str) -> Iterator[tuple[str, Any]]:
    """Provisioners by address, without the keys of instances."""
    for one in module.get("resources") or ():
        if one.get("provisioners"):
            yield f"{path}{one.get('address')}", one["provisioners"]
    for name, call in (module.get("module_calls") or {}).items():
        yield from _written(call.get("module") or {}, f"{path}module.{name}.")


def _without_keys(address: str) -> str:
    """`module.a["b.c"].x.y[0]` as `module.a.x.y`."""
    found, depth, quoted = "", 0, False
    for letter in address:
        quoted ^= letter == '"'
        depth += (letter == "[") - (letter == "]") if not quoted else 0
        found += letter if not depth and letter != "]" else ""
    return found
