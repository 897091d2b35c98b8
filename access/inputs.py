"""What somebody hands over to be asked: a stack, a plan, a state, or what gcloud describes. Each is read into one part."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from access.changes import LEVEL, PERIMETER, items
from access.errors import Unreadable, reading
from access.kinds import decides
from access.objects import PROVIDERS, Object, Values, after, of_stack
from access.states import Record, of_state, records

KINDS = "a synthesized stack (cdk.tf.json), a plan (terraform show -json), a state, or gcloud's JSON of perimeters or levels"
_NUMBER = re.compile(r'self\.number == "([0-9]+)"')


@dataclass(frozen=True)
class Part:
    """One input. `numbers` are those of projects by their ids; `described`: gcloud wrote it, so it takes precedence.

    `stack` is the document of a synthesized stack, which says where its state is and which states it reads; else empty.
    `providers` are the blocks that say as whom Terraform runs; a state has no such block.
    """

    objects: tuple[Object, ...]
    outputs: Mapping[str, Any] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    described: bool = False
    stack: Values = field(default_factory=dict)
    providers: tuple[Object, ...] = ()


def part(document: Any, where: str) -> Part:
    """The part that a JSON document is. `where` is what an error calls it. Raises Unreadable for anything else."""
    with reading(where):
        return _part(document, where)


def _part(document: Any, where: str) -> Part:
    if isinstance(document, dict):
        if "resource_changes" in document:
            return _of_plan(document)
        if document.get("version") == 4 and isinstance(document.get("resources"), list):
            return _of_records(document, document.get("outputs"))
        if isinstance(document.get("values"), dict) and "format_version" in document:
            return _of_records(document, document["values"].get("outputs"))
        if isinstance(document.get("terraform"), dict):
            return _of_stack(document)
    bodies = document if isinstance(document, list) else [document]
    if bodies and all(isinstance(one, dict) and _kind(one) for one in bodies):
        return Part(tuple(Object(one["name"], _kind(one), _snake(one)) for one in bodies), described=True)
    raise Unreadable(f"{where} is not an input of this command; allowed: {KINDS}")


def policies(document: Any, where: str) -> tuple[Object, ...]:
    """The allow policies that `gcloud projects get-ancestors-iam-policy --format=json` lists, as grants of the world."""
    with reading(where):
        return tuple(_policies(document, where))


def _policies(document: Any, where: str) -> Iterator[Object]:
    known = {"project": "project", "folder": "folder", "organization": "org_id"}
    for each in document if isinstance(document, list) else [{}]:
        one = each if isinstance(each, dict) else {}
        kind = str(one.get("type"))
        if kind not in known or not isinstance(one.get("policy"), dict):
            raise Unreadable(
                f"{where} is not what gcloud projects get-ancestors-iam-policy PROJECT --format=json writes"
            )
        values = {known[kind]: str(one.get("id")), "policy_data": json.dumps(one["policy"])}
        if "bindings" in one["policy"] or "rules" not in one["policy"]:
            yield Object(f"{kind} {one.get('id')}", f"google_{kind}_iam_policy", values)
        else:  # --include-deny
            yield Object(f"{kind} {one.get('id')}", "google_iam_deny_policy", values)


def _of_stack(document: Values) -> Part:
    projects = (document.get("data") or {}).get("google_project") or {}
    numbers: dict[str, str] = {}
    for body in projects.values():
        checks = (body.get("lifecycle") or {}).get("postcondition") or []
        found = [match[1] for one in checks if (match := _NUMBER.search(str(one.get("condition"))))]
        numbers |= {str(body.get("project_id")): one for one in found[:1]}
    outputs = {name: body.get("value") for name, body in (document.get("output") or {}).items()}
    objects = of_stack(document)
    return Part(_deciding(objects), outputs, numbers, stack=document, providers=_providers(objects))


def _providers(objects: Sequence[Object]) -> tuple[Object, ...]:
    return tuple(one for one in objects if one.kind == PROVIDERS)


def _deciding(objects: Sequence[Object]) -> tuple[Object, ...]:
    return tuple(one for one in objects if decides(one.kind))


def _of_plan(plan: Values) -> Part:
    planned = plan.get("planned_values") or {}
    outputs = {name: body.get("value") for name, body in (planned.get("outputs") or {}).items() if "value" in body}
    changed = [
        Record("", str(one.get("mode")), one["type"], one["change"].get("after") or {})
        for one in items(dict(plan), "resource_changes")
    ]
    objects, numbers = after(plan), _numbers([*records(plan.get("prior_state") or {}), *changed])
    return Part(_deciding(objects), outputs, numbers, providers=_providers(objects))


def _of_records(state: Values, outputs: Any) -> Part:
    values = {name: body.get("value") for name, body in (outputs or {}).items() if isinstance(body, dict)}
    return Part(_deciding(of_state(state)), values, _numbers(records(state)))


def _numbers(found: Sequence[Record]) -> dict[str, str]:
    return {
        str(one.values["project_id"]): str(one.values["number"])
        for one in found
        if one.kind == "google_project" and one.values.get("project_id") and one.values.get("number")
    }


def _kind(body: Values) -> str:
    """The type of what gcloud describes, by its resource name."""
    words = str(body.get("name")).split("/")
    kinds = {"servicePerimeters": PERIMETER, "accessLevels": LEVEL}
    return kinds.get(words[2], "") if len(words) == 4 and words[0] == "accessPolicies" else ""


def _snake(value: Any) -> Any:
    """A REST body with the names that Terraform has."""
    if isinstance(value, Mapping):
        return {re.sub(r"[A-Z]", lambda one: f"_{one[0].lower()}", name): _snake(one) for name, one in value.items()}
    return [_snake(one) for one in value] if isinstance(value, list) else value
