"""Data sources that find what only the cloud can number: by this deployment's tag and the Name that a resource would have."""

import re
from collections.abc import Iterable
from typing import Any

from deploy.ids import Ids
from resources import described

TAG = "keyless-perimeter"
ALL_ADDRESSES = "every_address"


def deployment(ids: Ids) -> str:
    """The value of the tag that everything of this deployment on AWS has; empty without AWS."""
    (provider,) = ids.stack.document.get("provider", {}).get("aws", [{}])
    tags = [block.get("tags", {}) for block in provider.get("default_tags", [])]
    return str(next((one[TAG] for one in tags if TAG in one), ""))


def document(ids: Ids, without: Iterable[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """`data` and `output` of a configuration of look-ups, and the resource address that each look-up is for."""
    data: dict[str, dict[str, Any]] = {}
    outputs: dict[str, Any] = {}
    about: dict[str, str] = {}
    tag = deployment(ids)
    for number, (address, body) in enumerate(sorted(ids.resources.items())):
        found = _source(address.partition(".")[0], body, tag)
        if found and address not in without:
            kind, attribute, arguments = found
            data.setdefault(kind, {})[f"n{number}"] = arguments
            outputs[f"n{number}"] = {"value": f"${{data.{kind}.n{number}.{attribute}}}"}
            about[f"n{number}"] = address
    if tag:
        data.setdefault("aws_eips", {})[ALL_ADDRESSES] = {"filter": _filters(tag)}
        outputs[ALL_ADDRESSES] = {"value": f"${{data.aws_eips.{ALL_ADDRESSES}.allocation_ids}}"}
        about[ALL_ADDRESSES] = ALL_ADDRESSES
    return {"data": data, "output": outputs} if data else {}, about


def found(kind: str, value: Any) -> list[str]:
    """The ids in the value of the output of a look-up for a type."""
    if not isinstance(value, list):
        return [str(value)] if value else []
    ids = [one if isinstance(one, str) else one["resource_arn"].rpartition("/")[2] for one in value]
    search = described(kind).search
    return sorted(id for id in ids if id.startswith(search.begins if search else ""))


def is_absence(summary: str) -> bool:
    """Whether a look-up's error says that there is nothing."""
    return bool(re.search(r"no matching|not find|not found|0 access polic", summary, re.IGNORECASE))


def _source(kind: str, body: dict[str, Any], tag: str) -> tuple[str, str, dict[str, Any]] | None:
    search, name = described(kind).search, body.get("tags", {}).get("Name", "")
    if search and search.same:
        return search.source, search.attribute, {name: body[name] for name in search.same if name in body}
    if not (search and tag and name):
        return None
    if search.begins:
        tags = [{"key": TAG, "values": [tag]}, {"key": "Name", "values": [name]}]
        return search.source, search.attribute, {"tag_filter": tags}
    more = dict(search.arguments)
    filters = _filters(tag) + [{"name": "tag:Name", "values": [name]}] + more.pop("filter", [])
    return search.source, search.attribute, {"filter": filters, **more}


def _filters(tag: str) -> list[dict[str, Any]]:
    return [{"name": f"tag:{TAG}", "values": [tag]}]
