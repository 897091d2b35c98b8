"""A synthesized stack's JSON (`cdk.tf.json`): its shape, and the states that it keeps and reads."""

import json
from typing import Any


def parsed(text: str, where: str) -> dict[str, Any]:
    """The document. `where` is what an error calls it.

    Raises ValueError for text that is not JSON, and TypeError for what cannot be read, such as a list of resources or a
    key that is there twice, both of which Terraform accepts.
    """
    document: dict[str, Any] = json.loads(text, object_pairs_hook=_object)
    for section, depth in {"resource": 2, "data": 2, "provider": 0, "output": 1}.items():
        level = {section: document.get(section, {})}
        for _ in range(depth + 1):
            for name, value in level.items():
                if not isinstance(value, dict):
                    raise TypeError(f"{name} in {where} is {value!r:.40}, not an object")
            level = {f"{name}.{key}": inner for name, value in level.items() for key, inner in value.items()}
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different. Of two equal keys Python takes the last one, and Terraform may take both."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise TypeError(f"the key {next(name for name in names if names.count(name) > 1)!r} is there twice")
    return found


def remote_states(document: dict[str, Any]) -> dict[str, Any]:
    """The remote states that it reads, by their name in the document."""
    return document.get("data", {}).get("terraform_remote_state", {})  # type: ignore[no-any-return]


def state_key(document: dict[str, Any]) -> str:
    """Where its backend keeps its state: `ENVIRONMENT/STACK`, or `ENVIRONMENT_STACK` for a workspace."""
    terraform = document["terraform"]
    (settings,) = terraform["backend"].values() if "backend" in terraform else (terraform["cloud"],)
    workspace = settings.get("workspaces", {}).get("name", "")
    return str(settings.get("path") or settings.get("key") or settings.get("prefix") or workspace)
