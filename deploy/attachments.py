"""What a stack attaches to a perimeter that several environments are in, and what a state, a plan and Google have of it; pure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from access import states
from access.attached import MEMBERS, RULES
from access.model import SINGLE, camel
from access.objects import Values

_SETS = ("identities", "resources")
_FIELDS = {"ingress": ("ingress_from", "ingress_to"), "egress": ("egress_from", "egress_to")}


@dataclass(frozen=True)
class Attachment:
    """A member or a rule of one side (`status` or `spec`). `key` is the project, or the rule's title.

    `content` is everything in a rule but its title, so that two equal rules have equal texts; empty for a member.
    """

    address: str
    perimeter: str
    side: str
    field: str
    key: str
    content: str

    @property
    def place(self) -> tuple[str, str, str, str]:
        return self.perimeter, self.side, self.field, self.key

    @property
    def projects(self) -> set[str]:
        """The projects that a member or an ingress rule is about."""
        if self.field == "resources":
            return {self.key}
        target = json.loads(self.content).get("ingressTo", {})
        return {name for name in target.get("resources", []) if name.startswith("projects/")}


def of_stack(document: dict[str, Any]) -> list[Attachment]:
    """What a synthesized stack attaches."""
    resources = document.get("resource", {})
    return [
        of_resource(f"{kind}.{name}", kind, body)
        for kind in (*MEMBERS, *RULES)
        for name, body in resources.get(kind, {}).items()
    ]


def of_state(state: dict[str, Any] | None) -> list[Attachment]:
    """What a state says that it attached."""
    recorded = states.of_state(state or {})
    return [of_resource(one.address, one.kind, one.values) for one in recorded if one.kind in {*MEMBERS, *RULES}]


def of_perimeter(body: dict[str, Any], side: str) -> Iterator[Attachment]:
    """What one side of a perimeter holds, as its REST body describes it; in a plan a list may be null."""
    name, config = str(body.get("name")), configuration(body, side)
    for project in config.get("resources") or ():
        yield Attachment("", name, side, "resources", project, "")
    for direction in _FIELDS:
        for rule in config.get(f"{direction}Policies") or ():
            yield Attachment("", name, side, direction, str(rule.get("title", "")), _content(rule))


def of_values(values: Values) -> list[Attachment]:
    """What a perimeter holds on both sides, by its values in a plan."""
    body = _rest(dict(values))
    return [one for side in ("status", "spec") for one in of_perimeter(body, side)]


def configuration(body: dict[str, Any], side: str) -> dict[str, Any]:
    """`status`, or the explicit `spec`; or an empty dict."""
    found = body.get(side) if side == "status" or body.get("useExplicitDryRunSpec") else {}
    return found if isinstance(found, dict) else {}


def of_resource(address: str, kind: str, body: Values) -> Attachment:
    """What a resource of one of the attached kinds is."""
    if kind in MEMBERS:
        return Attachment(address, body["perimeter_name"], MEMBERS[kind], "resources", body["resource"], "")
    side, direction = RULES[kind]
    rule = _rest({name: body.get(name) for name in _FIELDS[direction]})
    return Attachment(address, body["perimeter"], side, direction, str(body.get("title")), _content(rule))


def _rest(value: Any) -> Any:
    """Blocks as REST objects: names in camel case, and a block that occurs once out of the list that a state has."""
    if isinstance(value, dict):
        return {
            camel(name): _rest(inner[0] if name in SINGLE and isinstance(inner, list) and inner else inner)
            for name, inner in value.items()
        }
    return [_rest(one) for one in value] if isinstance(value, list) else value


def _content(rule: dict[str, Any]) -> str:
    return json.dumps(_sorted({name: value for name, value in rule.items() if name != "title"}), sort_keys=True)


def _sorted(value: Any, name: str = "") -> Any:
    """Without what is empty, and with sets in one order."""
    if isinstance(value, dict):
        return {key: found for key, item in value.items() if (found := _sorted(item, key)) not in ("", [], {}, None)}
    if isinstance(value, list):
        items = [_sorted(one) for one in value]
        return sorted(items) if name in _SETS else items
    return value
