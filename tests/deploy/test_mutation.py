"""Every leaf of what the kit writes, changed: the guard reports the way there or the way back, or the change is listed.

`make test` tries a sample, `make soak` every leaf of every environment.
"""

import copy
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from access.kinds import decides
from access.watched import watched
from deploy.judgement import judge
from tests.deploy.cases import World, applied, plan
from tests.synthesis import BASE, ENVIRONMENTS, environment, synthesized

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
ALL = [*WORLDS, *ENVIRONMENTS]
SAMPLE, SEED = 250, 17
Path_ = tuple[Any, ...]
Mutant = tuple[str, str, tuple[str, str], Path_, Any]
"""What the list calls it, and the world, object, path and value."""


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


@cache
def world_of(name: str) -> World:
    """Both stacks of an environment, or of one of the settings above."""
    found = synthesized(WORLDS[name], base=BASE) if name in WORLDS else environment(name)
    return {**applied(found.aws), **applied(found.google)}


def mutants(name: str) -> Iterator[Mutant]:
    """Every change of one value in a type that decides a call, or whose changes are reported."""
    for key, body in world_of(name).items():
        for path in leaves(body) if decides(key[0]) or watched(key[0]) else ():
            value: Any = body
            for part in path:
                value = value[part]
            for what, other in mutations(value):
                named = ".".join("[]" if isinstance(part, int) else part for part in path)
                yield f"{key[0]}: {named}: {what}", name, key, path, other


def survives(mutant: Mutant) -> bool:
    """Whether neither direction of the change is reported."""
    _, name, key, path, value = mutant
    world = world_of(name)
    new = mutated(world, key, path, value)
    return not any(_said(plan(*pair)) for pair in ((world, new), (new, world)))


def _said(body: dict[str, Any]) -> bool:
    found = judge("test", "google", body)
    return bool(found.refusals or found.widenings or found.information)


def listed() -> set[str]:
    return {line for line in LIST.read_text().splitlines() if line and not line.startswith("#")}


def test_of_a_sample_of_changes_each_is_reported_or_listed() -> None:
    everything = [one for name in WORLDS for one in mutants(name)]
    chosen = random.Random(SEED).sample(everything, SAMPLE)
    assert [one[0] for one in chosen if one[0] not in listed() and survives(one)] == []


@pytest.mark.soak
@pytest.mark.slow
def test_every_change_is_reported_or_listed_and_nothing_else_is_listed() -> None:
    assert {one[0] for name in ALL for one in mutants(name) if survives(one)} == listed()
