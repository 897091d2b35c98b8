"""What a plan, a stack or a state holds: its resources, each with its values.

What is not known yet is the text of the expression that will give it, `${...}`, or of its address where no expression
is written. So two equal expressions are one unknown, and names that are made of them can be compared.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from access.changes import PERIMETER, items
from access.unknown import Values, filled, known_after_apply, written

__all__ = ["Object", "Values", "known_after_apply"]
META = ("count", "for_each", "dynamic")
HAND_OVER = "hand_over"
"""The output with the name of a perimeter that others own, which is in no stack, plan or state of the environment."""
PROVIDERS, SETTINGS, DATA, OUTPUT = "provider", "terraform", "data", "output"
"""The kinds of what is no resource: a provider's block, the block that names backend and versions, look-ups and outputs."""
DESCRIBE = (
    "give FILE and FILE, which `gcloud access-context-manager perimeters describe NAME --policy=NUMBER --format=json` and "
    "`gcloud access-context-manager levels list --policy=NUMBER --format=json` print"
)
"""What makes a perimeter known that others own."""
_SWITCHES = {"disabled", "enable_restriction", "negate", "use_explicit_dry_run_spec"}
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_STAND_IN, _WHETHER = f"{OUTPUT}.{HAND_OVER}", "whether accessPolicies/"


@dataclass(frozen=True)
class Object:
    """One resource. `unread` says why its values do not say what it is; empty if they do."""

    address: str
    kind: str
    values: Values
    unread: str = ""

    @property
    def references(self) -> list[str]:
        """The expressions by which others name it."""
        return ["${" + f"{self.address}.{field}" + "}" for field in ("name", "id")]


def before(plan: Values) -> tuple[Object, ...]:
    """What exists, as the plan found it."""
    found = [
        Object(_address(item), item["type"], item["change"]["before"])
        for item in _managed(plan, "resource_changes")
        if item["change"].get("before")
    ]
    return (*found, *_providers(plan), *_handed_over(plan, "before")) if found else ()


def after(plan: Values) -> tuple[Object, ...]:
    """What will exist. What Terraform only forgets goes on as it is."""
    expressions = written(plan)
    found = []
    for item in _managed(plan, "resource_changes"):
        change = item["change"]
        if "forget" in change["actions"] and not change.get("after"):
            found.append(Object(_address(item), item["type"], change.get("before") or {}))
        elif change.get("after") is not None:
            address = item["address"]
            unknown = change.get("after_unknown")
            values = filled(change["after"], unknown, expressions.get(address.partition("[")[0]), address)
            found.append(Object(_address(item), item["type"], values))
    return (*found, *_providers(plan), *_handed_over(plan, "after"))


def recorded(plan: Values) -> tuple[Object, ...]:
    """What the state says exists: what the plan found, without what happened outside of Terraform or is imported."""
    drift = {_address(item): item for item in _managed(plan, "resource_drift")}
    imported = {_address(item) for item in _managed(plan, "resource_changes") if item["change"].get("importing")}
    kept = [one for one in before(plan) if one.address not in drift and one.address not in imported]
    return (
        *kept,
        *(
            Object(address, item["type"], item["change"]["before"])
            for address, item in drift.items()
            if item["change"].get("before")
        ),
    )


def of_stack(document: Values) -> tuple[Object, ...]:
    """What a synthesized stack declares, cdktf's own `//` notes left out."""
    found = []
    for kind, named in (document.get("resource") or {}).items():
        for name, body in named.items():
            several = {word: body[word] for word in META if word in body}
            unread = f"{kind}.{name} is as many as {json.dumps(several, sort_keys=True)}" if several else ""
            found.append(Object(f"{kind}.{name}", kind, _without_notes(body), unread))
    for name, given in (document.get("provider") or {}).items():
        bodies = given if isinstance(given, list) else [given]
        found += [Object(f"provider.{name}", PROVIDERS, _without_notes(body)) for body in bodies]
    for kind, named in (document.get("data") or {}).items():
        found += [Object(f"data.{kind}.{name}", f"{DATA}.{kind}", _without_notes(body)) for name, body in named.items()]
    for name, body in (document.get("output") or {}).items():
        found.append(Object(f"output.{name}", OUTPUT, _without_notes(body)))
    found.append(Object("terraform", SETTINGS, _without_notes(document.get("terraform") or {})))
    return (*found, *handed_over(document.get("output")))


def handed_over(outputs: Values | None) -> Iterator[Object]:
    """A stand-in for a perimeter whose owner admits the callers: nothing of it is known but its name.

    A description of it takes its place (access/world.py). `outputs` are those of a stack or a state.
    """
    if name := ((outputs or {}).get(HAND_OVER) or {}).get("value"):
        yield Object(f"{_STAND_IN} {name}", PERIMETER, {"name": name}, f"whether {name} admits it")


def asks_for_description(fact: str) -> bool:
    """Whether a fact is missing because a perimeter that others own is not described."""
    return fact.startswith(_WHETHER)


def is_handed_over(one: Object) -> bool:
    """Whether it is the stand-in for a perimeter that is not known."""
    return one.kind == PERIMETER and one.address.startswith(_STAND_IN)


def _managed(plan: Values, part: str) -> Iterator[dict[str, Any]]:
    for item in items(dict(plan), part):
        if item.get("mode", "managed") == "managed":
            yield item


def _address(item: Values) -> str:
    return f"{item['address']} (deposed)" if item.get("deposed") else str(item["address"])


def _handed_over(plan: Values, side: str) -> Iterator[Object]:
    change = (plan.get("output_changes") or {}).get(HAND_OVER) or {}
    yield from handed_over({HAND_OVER: {"value": change.get(side)}})


def _providers(plan: Values) -> Iterator[Object]:
    """The providers' blocks, on both sides alike: a plan does not say what they were."""
    for name, one in ((plan.get("configuration") or {}).get("provider_config") or {}).items():
        values = {
            key: text.get("constant_value")
            for key, text in (one.get("expressions") or {}).items()
            if "constant_value" in text
        }
        yield Object(f"provider.{name}", PROVIDERS, values)


def _without_notes(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _converted(name, _without_notes(inner)) for name, inner in value.items() if name != "//"}
    return [_without_notes(inner) for inner in value] if isinstance(value, list) else value


def _converted(name: str, value: Any) -> Any:
    """A text as Terraform converts it where the provider takes true or false."""
    return _BOOLEANS.get(value, value) if name in _SWITCHES and isinstance(value, str) else value
