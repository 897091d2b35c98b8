"""What a state holds: Terraform's `show -json`, or the state file itself (version 4)."""

from collections.abc import Iterator
from typing import Any

from access.errors import Unreadable
from access.kinds import decides
from access.objects import Object, Values


def of_state(document: Values) -> tuple[Object, ...]:
    """The objects of a state that can decide a call. Raises Unreadable for another shape."""
    return tuple(Object(address, kind, values) for address, kind, values in resources(document) if decides(kind))


def resources(document: Values) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Address, type and values of each managed resource of a state."""
    try:
        found = list(_shown(document["values"]["root_module"]) if "values" in document else _kept(document))
    except (KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"the state is not what Terraform writes ({type(error).__name__}: {error})") from None
    yield from found


def _shown(module: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for one in module.get("resources") or ():
        if one.get("mode", "managed") == "managed":
            yield one["address"], one["type"], dict(one.get("values") or {})
    for inner in module.get("child_modules") or ():
        yield from _shown(inner)


def _kept(state: Values) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for one in state.get("resources") or ():
        if one.get("mode", "managed") == "managed":
            base = ".".join(filter(None, (one.get("module", ""), one["type"], one["name"])))
            for instance in one.get("instances") or ():
                index = instance.get("index_key")
                key = "" if index is None else f"[{index}]" if isinstance(index, int) else f'["{index}"]'
                yield f"{base}{key}", one["type"], dict(instance.get("attributes") or {})
