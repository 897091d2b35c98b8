"""A synthesized stack's JSON (`cdk.tf.json`): its shape, and the states that it keeps and reads."""

import json
import re
from collections.abc import Mapping
from typing import Any

Values = Mapping[str, Any]
_STACK = re.compile(r"(?<=-)(?:aws|google)(?=(?:\.tfstate)?$)")
_READ = {"backend", "config", "lifecycle", "depends_on", "//"}
"""What a remote state has that is read as it is. `defaults` and `workspace` give something else."""


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


def remote_states(document: Values) -> dict[str, Any]:
    """The remote states that it reads, by their name in the document."""
    return document.get("data", {}).get("terraform_remote_state", {})  # type: ignore[no-any-return]


def state_key(document: dict[str, Any]) -> str:
    """Where its backend keeps its state: `ENVIRONMENT/STACK`, or `ENVIRONMENT_STACK` for a workspace."""
    return _key(_backend(document)[1])


def keeps(document: Values, body: Values) -> bool:
    """Whether a remote state is the one that a stack keeps: of its backend, with its key, and nothing in its place.

    A reader needs fewer settings than the backend: each that it has is equal.
    """
    kind, settings = _backend(document)
    config = body.get("config")
    if not isinstance(config, dict) or not body.keys() <= _READ or body.get("backend") != kind:
        return False
    equal = all(name in settings and _equal(name, settings[name], value) for name, value in config.items())
    return equal and bool(_key(config)) and _key(config) == _key(settings)


def other_stack(document: Values) -> Values:
    """The environment's other stack, as far as it says where its state is: NAME-aws and NAME-google keep theirs alike."""
    kind, settings = _backend(document)
    return {"terraform": {"backend": {kind: _swapped(settings)}}}


def _backend(document: Values) -> tuple[str, Values]:
    """The type and the settings of the backend. HCP Terraform's, a `cloud` block, is read as `remote`."""
    terraform = document.get("terraform") or {}
    backend = terraform.get("backend") or {"remote": terraform.get("cloud")}
    kind = next(iter(backend))
    return kind, backend[kind] if isinstance(backend[kind], Mapping) else {}


def _key(settings: Values) -> str:
    workspaces = settings.get("workspaces")
    workspace = workspaces.get("name", "") if isinstance(workspaces, Mapping) else ""
    return str(settings.get("path") or settings.get("key") or settings.get("prefix") or workspace)


def _equal(name: str, one: Any, other: Any) -> bool:
    """Whether two settings are equal; of a workspace its name, since only a backend names its project."""
    if name == "workspaces":
        return bool(_key({name: one})) and _key({name: one}) == _key({name: other})
    return bool(one == other)


def _swapped(settings: Values) -> dict[str, Any]:
    found = dict(settings)
    for name in ("path", "key", "prefix", "name"):
        if isinstance(found.get(name), str):
            found[name] = _STACK.sub(lambda end: {"aws": "google", "google": "aws"}[end[0]], found[name])
    if isinstance(found.get("workspaces"), Mapping):
        found["workspaces"] = _swapped(found["workspaces"])
    return found
