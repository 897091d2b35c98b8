"""Terraform's arguments as REST bodies, and back."""

import re
from typing import Any

from ...google.schema import camel

_EMPTY: tuple[Any, ...] = (None, "", [], {}, False)
_MAPS = {"attribute_mapping", "user_labels", "label_extractors"}
_SETS = {
    "accessLevels", "allowedServices", "exemptedMembers", "externalResources", "identities", "includedPermissions",
    "resources", "restrictedServices",
}  # fmt: skip
# The real API leaves a default out of its answers, and names what it made itself.
_DEFAULTS = {"combiningFunction": "AND", "mimeType": "text/markdown", "perimeterType": "PERIMETER_TYPE_REGULAR"}


def snake(name: str) -> str:
    """`ipSubnetworks` -> `ip_subnetworks`."""
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def rest(value: Any) -> Any:
    """Blocks as REST objects, without what is empty; keys of maps stay as they are."""
    if isinstance(value, list):
        return [rest(item) for item in value]
    if not isinstance(value, dict):
        return value
    bodies = {camel(name): item if name in _MAPS else rest(item) for name, item in value.items()}
    return {name: item for name, item in bodies.items() if item not in _EMPTY}


def attributes(body: Any) -> Any:
    """A REST object as Terraform's attributes, for references."""
    if isinstance(body, list):
        return [attributes(item) for item in body]
    if not isinstance(body, dict):
        return body
    return {snake(name): item if snake(name) in _MAPS else attributes(item) for name, item in body.items()}


def comparable(value: Any, name: str = "") -> Any:
    """A part of a body, such that what the provider takes for equal is equal."""
    if isinstance(value, list):
        several = [comparable(item, name) for item in value]
        return sorted(several) if name in _SETS else several
    if not isinstance(value, dict):
        return value
    items = {key: comparable(item, key) for key, item in value.items() if _DEFAULTS.get(key) != item}
    return {key: item for key, item in items.items() if item not in _EMPTY and (name, key) != ("conditions", "name")}
