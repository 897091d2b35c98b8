"""A stack's and a plan's JSON as it may be shown: without values that may be secret."""

import re
from collections.abc import Mapping
from typing import Any

from access.changes import items
from review.safe import Secrets

Document = dict[str, Any]
_UP = re.compile(r"^(\.\./)+")


def stack(document: Mapping[str, Any], secrets: Secrets) -> Document:
    """A copy without secrets."""
    found: Document = {}
    for section, content in document.items():
        if section in ("resource", "data") and isinstance(content, dict):
            found[section] = {kind: _bodies(named, secrets) for kind, named in content.items()}
        elif section in ("output", "variable") and isinstance(content, dict):
            found[section] = {name: _told(name, body, secrets) for name, body in content.items()}
        else:
            found[section] = secrets.hidden(content)
    return found


def plan(document: Mapping[str, Any], secrets: Secrets) -> Document:
    """A copy of `terraform show -json PLAN` without secrets: what is read of it to compare its two sides."""
    found = {key: one for key, one in document.items() if key in ("complete", "applyable", "format_version", "errored")}
    for part in ("resource_changes", "resource_drift"):
        if part in document:
            found[part] = [_change(one, secrets) for one in items(dict(document), part)]
    for name, one in (document.get("output_changes") or {}).items():
        found.setdefault("output_changes", {})[name] = _sides(one, secrets, name)
    if "configuration" in document:
        found["configuration"] = secrets.hidden(document["configuration"])
    return found


def _change(item: Any, secrets: Secrets) -> Any:
    return {**item, "change": _sides(item["change"], secrets)}


def _sides(change: Document, secrets: Secrets, name: str = "") -> Document:
    sides: Document = {
        side: secrets.hidden(change[side], change.get(f"{side}_sensitive"), name)
        for side in ("before", "after")
        if side in change
    }
    return {**change, **sides}


def comparable(document: Document) -> Document:
    """The document, changed: without what depends on the folder that it was synthesized into: the way up in paths of local states."""
    backend = _below(document, "terraform", "backend", "local")
    remote = _below(document, "data", "terraform_remote_state")
    for settings in (backend, *(_below(remote, name, "config") for name in remote)):
        if isinstance(settings.get("path"), str):
            settings["path"] = _UP.sub("", settings["path"])
    return document


def _below(value: Any, *names: str) -> Document:
    """A block below a block; an empty one where it is missing."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _bodies(named: Any, secrets: Secrets) -> Any:
    """Resources by name: their type and name say nothing of a value."""
    return (
        {name: secrets.hidden(body) for name, body in named.items()}
        if isinstance(named, dict)
        else secrets.hidden(named)
    )


def _told(name: str, body: Any, secrets: Secrets) -> Any:
    """An output or a variable: Terraform hides its value if it is marked, and this if its name says so."""
    if not isinstance(body, dict):
        return secrets.hidden(body)
    marked = body.get("sensitive") is True
    values = {key: secrets.hidden(body[key], marked or None, name) for key in ("value", "default") if key in body}
    return {**secrets.hidden({key: one for key, one in body.items() if key not in values}), **values}
