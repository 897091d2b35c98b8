"""Which arguments force replacement, asked of the providers themselves: `python -m tests.upgrade.force_new` renews it.

A provider's schema does not say it. Its plan does: each type gets a state in which every argument has a value, and a
configuration in which every argument is known only after the apply. The plan's `replace_paths` are the answer.
Replacement that depends on values, as with `user_data_replace_on_change`, is found by the plans of test_plan.py alone.
"""

import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import slim_bindings
from localcloud.cloud import local_cloud, whole_google
from localcloud.mirrors import REGISTRY, provider
from tests.terraform import support

TABLE = Path(__file__).with_name("force_new.json")
LATER = "${jsondecode(terraform_data.later.output)}"  # of any type
PROVIDER = {"aws": {"region": "us-east-1"}, "google": {"project": "my-project", "region": "us-central1"}}
Schema = dict[str, Any]


def force_new(kind: str) -> set[str]:
    """The arguments of a type that force replacement in any measured provider version; `a.b` for b in block a.

    KeyError for a type that was not measured.
    """
    versions = json.loads(TABLE.read_text())[f"hashicorp/{kind.partition('_')[0]}"].values()
    measured = [types[kind] for types in versions if kind in types]
    if not measured:
        raise KeyError(f"{kind}: not in {TABLE.name}; add it with `python -m tests.upgrade.force_new`")
    return set().union(*measured)


def measure(side: str, kinds: Iterable[str], folder: Path) -> dict[str, list[str]]:
    """What forces replacement in each of these types, by the provider `aws` or `google` of this machine."""
    with local_cloud(google=whole_google(polls=0)) as cloud:
        terraform = support.workspace(folder, [f"hashicorp/{side}"], cloud.deployer_environment())
        head = {
            "terraform": {"required_providers": {side: {"source": f"hashicorp/{side}"}}},
            "provider": {side: [PROVIDER[side]]},
        }
        terraform.write(json.dumps(head))
        every = json.loads(terraform.run("providers", "schema", "-json"))["provider_schemas"]
        schemas = {kind: every[f"{REGISTRY}/hashicorp/{side}"]["resource_schemas"][kind] for kind in kinds}
        later = {"terraform_data": {"later": {"input": "x"}}}
        later |= {kind: dict.fromkeys(_states(one["block"]), _later(one["block"])) for kind, one in schemas.items()}
        terraform.write(json.dumps({**head, "resource": later}))
        resources = [entry for kind, one in schemas.items() for entry in _entries(side, kind, one)]
        state = {
            "version": 4,
            "terraform_version": "1.11.0",
            "serial": 1,
            "lineage": "x",
            "outputs": {},
            "resources": resources,
        }
        (folder / "terraform.tfstate").write_text(json.dumps(state))
        plan = terraform.plan("-refresh=false").document["resource_changes"]
    found: dict[str, set[str]] = {kind: set() for kind in kinds}
    for change in plan:
        if change["type"] in found:
            found[change["type"]] |= {_dotted(path) for path in change["change"].get("replace_paths", ())}
    return {kind: sorted(paths) for kind, paths in sorted(found.items())}


def _later(block: Schema) -> dict[str, Any]:
    """Every argument, unknown; every block once."""
    arguments: dict[str, Any] = dict.fromkeys(_settable(block), LATER)
    return arguments | {name: _later(inner) for name, inner in _blocks(block)}


def _entries(side: str, kind: str, schema: Schema) -> Iterator[dict[str, Any]]:
    for name, values in _states(schema["block"]).items():
        instance = {"schema_version": schema["version"], "attributes": {**values, "id": "x"}}
        source = f'provider["{REGISTRY}/hashicorp/{side}"]'
        yield {"mode": "managed", "type": kind, "name": name, "provider": source, "instances": [instance]}


def _states(block: Schema) -> dict[str, dict[str, Any]]:
    """What a type has in the state: everything; and nothing, if it has blocks, whose presence alone may force replacement."""
    full = _old(block)
    return {"full": full, "bare": {}} if any(_blocks(block)) else {"full": full}


def _old(block: Schema) -> dict[str, Any]:
    values = {name: _value(attribute["type"]) for name, attribute in _settable(block).items()}
    return values | {name: [_old(inner)] for name, inner in _blocks(block)}


def _settable(block: Schema) -> dict[str, Schema]:
    every = block.get("attributes", {})
    return {n: one for n, one in every.items() if n != "id" and (one.get("required") or one.get("optional"))}


def _blocks(block: Schema) -> Iterator[tuple[str, Schema]]:
    for name, one in block.get("block_types", {}).items():
        if name != "timeouts":
            yield name, one["block"]


def _value(type: Any) -> Any:
    if isinstance(type, str):
        return {"string": "1", "number": 1, "bool": True}[type]
    form, of = type
    if form == "object":
        return {name: _value(one) for name, one in of.items()}
    return {"1": _value(of)} if form == "map" else [_value(of)]


def _dotted(path: list[Any]) -> str:
    return ".".join(step for step in path if isinstance(step, str))


def main() -> None:
    """Measure every type that was released or is synthesized now, with the providers of this machine."""
    slim_bindings.install()
    from tests.upgrade.released import fixtures  # noqa: PLC0415 (needs slim_bindings)

    stacks = [one for each in fixtures() for side in PROVIDER for one in (each.stack(side), each.today(side))]
    kinds = sorted({kind for stack in stacks for kind in stack.get("resource", {})})
    table = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    for side in PROVIDER:
        if found := provider(f"hashicorp/{side}"):
            with tempfile.TemporaryDirectory() as folder:
                measured = measure(side, [kind for kind in kinds if kind.startswith(f"{side}_")], Path(folder))
            table.setdefault(found.source, {})[found.version] = measured
    TABLE.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
