"""Every leaf of what the kit writes, changed: the guard reports the way there or the way back, or the change is listed."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from access.kinds import decides
from deploy.judgement import judge
from tests.deploy.cases import World, kit, plan

LIST = Path(__file__).parent / "survivors.txt"
WORLDS = {
    "enforced": "[perimeter]\ndry_run = false",
    "several": """
[[workload]]
name = "app"
[[workload]]
name = "batch"
auth = "direct"
[[on_premises]]
name = "office"
cidrs = ["198.51.100.0/28"]
identities = ["group:ml@example.com"]
[perimeter]
dry_run = false
restricted_services = ["aiplatform.googleapis.com", "sts.googleapis.com", "iamcredentials.googleapis.com", "iam.googleapis.com"]
deployer = { identities = ["user:deployer@example.com"], cidrs = ["192.0.2.0/28"] }
""",
}
Path_ = tuple[Any, ...]


def leaves(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """The path of every leaf, and of every list and block."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield from leaves(one, (*path, name))


def mutations(value: Any) -> Iterator[tuple[str, Any]]:
    """Other values in its place; None drops it."""
    yield "dropped", None
    if isinstance(value, str):
        yield "another", f"{value}x"
        yield "emptied", ""
    elif isinstance(value, bool):
        yield "another", not value
    elif isinstance(value, list):
        yield "emptied", []
        if value and isinstance(value[0], str):
            yield "one more", [*value, {"203.0.113.7/32": "198.18.0.0/24"}.get(value[0], f"{value[0]}x")]


def mutated(world: World, key: tuple[str, str], path: Path_, value: Any) -> World:
    new = copy.deepcopy(world)
    *outer, last = path
    holder: Any = new[key]
    for name in outer:
        holder = holder[name]
    if value is None:
        del holder[last]
    else:
        holder[last] = value
    return new


def survivors(name: str) -> Iterator[str]:
    """Changes of which neither direction is refused, wider or undecided."""
    world = kit(WORLDS[name])
    for key, body in world.items():
        for path in leaves(body) if decides(key[0]) else ():
            value: Any = body
            for part in path:
                value = value[part]
            for what, other in mutations(value):
                new = mutated(world, key, path, other)
                if not any(_said(plan(*pair)) for pair in ((world, new), (new, world))):
                    yield f"{key[0]}: {'.'.join('[]' if isinstance(part, int) else part for part in path)}: {what}"


def _said(body: dict[str, Any]) -> bool:
    found = judge("test", "google", body)
    return bool(found.refusals or found.widenings)


def test_a_change_that_nobody_reports_is_listed_with_its_reason() -> None:
    listed = [line for line in LIST.read_text().splitlines() if line and not line.startswith("#")]
    found = sorted({one for name in WORLDS for one in survivors(name)})
    assert found == sorted(listed)
