"""A synthesized stack, block by block, and the name of its state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from .templates import references

Arguments = dict[str, Any]


class ApplyError(Exception):
    """The apply stopped: a sentence that begins with the address or the file that it concerns."""


@dataclass(frozen=True)
class Block:
    """A resource or a data source. `needs` are the addresses that it depends on, said or by reference."""

    address: str
    type: str
    data: bool
    arguments: Arguments
    needs: frozenset[str]
    lifecycle: dict[str, Any] = field(default_factory=dict)

    def conditions(self, when: str) -> list[dict[str, str]]:
        """`precondition` or `postcondition`: condition and error_message."""
        given: dict[str, str] | list[dict[str, str]] = self.lifecycle.get(when, [])
        return given if isinstance(given, list) else [given]


def blocks(document: Mapping[str, Any]) -> dict[str, Block]:
    """Every resource and data source by address. ApplyError if one refers to another that is not there."""
    found = {
        block.address: block
        for group in ("data", "resource")
        for kind, named in document.get(group, {}).items()
        for name, body in named.items()
        for block in [_block(kind, name, body, group == "data", document.get("locals", {}))]
    }
    if unknown := sorted({one for block in found.values() for one in block.needs if one.startswith("local.")}):
        raise ApplyError(f"{unknown[0]}: is not among the stack's locals")
    for block in found.values():
        if missing := sorted(block.needs - found.keys()):
            raise ApplyError(f"{block.address}: refers to {missing[0]}, which is not in this stack")
    return found


def _block(kind: str, name: str, body: Mapping[str, Any], data: bool, values: Mapping[str, Any]) -> Block:
    address = f"{'data.' if data else ''}{kind}.{name}"
    arguments = {k: v for k, v in body.items() if k not in ("depends_on", "lifecycle", "//") and v is not None}
    for argument in {"count", "for_each", "provisioner", "connection", "provider"} & arguments.keys():
        raise ApplyError(f"{address}: {argument} is not modelled")
    lifecycle = body.get("lifecycle", {})
    needs = {*body.get("depends_on", ()), *references(arguments), *references(lifecycle)}
    for local in {name for name in values if f"local.{name}" in needs}:  # what it refers to is what the block needs
        needs = needs - {f"local.{local}"} | references(values[local])
    return Block(address, kind, data, arguments, frozenset(needs - {address}), lifecycle)


def provider(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The configuration of the stack's one provider `aws` or `google`; or {}."""
    given = document.get("provider", {}).get(name, [])
    several: list[dict[str, Any]] = given if isinstance(given, list) else [given]
    if len(several) > 1:
        raise ApplyError(f"provider.{name}: got {len(several)} configurations; allowed: one")
    return several[0] if several else {}


def state_file(document: Mapping[str, Any], folder: Path) -> Path:
    """Where `folder` keeps the state that the stack's backend names, so that the other stack finds it there."""
    backends = dict(document["terraform"].get("backend", {}))
    if "cloud" in document["terraform"]:
        backends["remote"] = document["terraform"]["cloud"]
    ((backend, configuration),) = backends.items()
    return folder / state_name(backend, configuration)


def state_name(backend: str, configuration: Mapping[str, Any]) -> str:
    """The last name of a state's place in any of the kit's backends, `demo-aws.tfstate`."""
    match backend:
        case "local":
            return PurePosixPath(configuration["path"]).name
        case "s3":
            return PurePosixPath(configuration["key"]).name
        case "gcs":
            return f"{PurePosixPath(configuration['prefix']).name}.tfstate"
        case "remote":
            return f"{configuration['workspaces']['name']}.tfstate"
    raise ApplyError(f"terraform.backend: got {backend}; allowed: local, s3, gcs, remote")
