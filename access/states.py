"""What a state records: the state file itself (version 4, `terraform state pull`), or `terraform show -json` of it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from access.errors import Unreadable
from access.objects import Object, Values, handed_over

MANAGED = "managed"


@dataclass(frozen=True)
class Record:
    """One instance of a resource or of a look-up. `sensitive` marks its values as Terraform's `sensitive_values` does."""

    address: str
    mode: str
    kind: str
    values: Values
    sensitive: Any = None


def of_state(state: Values) -> tuple[Object, ...]:
    """The managed resources of a state. Raises Unreadable for another shape."""
    found = [Object(one.address, one.kind, one.values) for one in records(state) if one.mode == MANAGED]
    return (*found, *handed_over(state.get("outputs") or (state.get("values") or {}).get("outputs")))


def records(state: Values) -> list[Record]:
    """Everything that a state records, in its order; of an empty state nothing. Raises Unreadable for another shape."""
    try:
        if "resources" in state:
            return [record for one in state["resources"] for record in _instances(one)]
        return list(_shown((state.get("values") or {}).get("root_module") or {}))
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise Unreadable(f"the state is not what Terraform writes ({type(error).__name__}: {error})") from None


def _shown(module: Values) -> Iterator[Record]:
    for one in module.get("resources") or ():
        address = _address(one["address"], one.get("deposed_key"))
        yield Record(address, _mode(one), one["type"], dict(one.get("values") or {}), one.get("sensitive_values"))
    for inner in module.get("child_modules") or ():
        yield from _shown(inner)


def _instances(one: Values) -> Iterator[Record]:
    data = () if _mode(one) == MANAGED else ("data",)
    base = ".".join(filter(None, (one.get("module") or "", *data, one["type"], one["name"])))
    for instance in one.get("instances") or ():
        index = instance.get("index_key")
        key = "" if index is None else f"[{_quoted(index)}]"
        # A path goes into a value; what is marked is the whole attribute.
        paths = [path for path in instance.get("sensitive_attributes") or () if path]
        marks = {path[0]["value"]: True for path in paths if path[0].get("type") == "get_attr"}
        address = _address(f"{base}{key}", instance.get("deposed"))
        yield Record(address, _mode(one), one["type"], dict(instance.get("attributes") or {}), marks)


def _quoted(index: Any) -> str:
    """A key as Terraform writes it in addresses: a template's beginning in it is doubled."""
    return re.sub(r"([$%])\{", r"\1\1{", json.dumps(index, ensure_ascii=False))


def _mode(one: Values) -> str:
    return str(one.get("mode", MANAGED))


def _address(address: str, deposed: Any) -> str:
    return f"{address} (deposed)" if deposed else address
