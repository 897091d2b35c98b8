"""Every leaf of what the kit writes, changed: the guard reports the way there or the way back, or the change is listed.

`make test` tries a sample, `make soak` every leaf of every environment.
"""

import copy
import random
from collections.abc import Iterator, Sequence
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
SAMPLE, SEED = 400, 17
Path_ = tuple[Any, ...]
Edit = tuple[tuple[str, str], Path_, Any]
"""An object, a path in it and the value there: None drops it, and the path of no part is the whole object."""
Mutant = tuple[str, str, tuple[Edit, ...]]
"""What the list calls it, the world, and what is changed there."""


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


def mutated(world: World, edits: Sequence[Edit]) -> World:
    new = copy.deepcopy(world)
    for key, path, value in edits:
        holder: Any = new
        for part in (key, *path)[:-1]:
            holder = holder[part]
        last = (key, *path)[-1]
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
    """Every change in a type that decides a call, or whose changes are reported."""
    world = {key: body for key, body in world_of(name).items() if decides(key[0]) or watched(key[0])}
    for key, body in world.items():
        edits: list[tuple[str, Path_, tuple[Edit, ...]]] = [
            ("duplicated", (), (((key[0], f"{key[1]}_again"), (), body),)),
        ]
        for path in leaves(body):
            value = at(body, path)
            edits += [(what, path, ((key, path, other),)) for what, other in mutations(value)]
            if isinstance(value, list):
                edits += [(what, path, ((key, path, other),)) for what, other in rearranged(value)]
            edits += [
                ("swapped", path, ((key, path, other), (each, path, value))) for each, other in others(world, key, path)
            ]
        for what, path, edit in edits:
            named = ".".join("[]" if isinstance(part, int) else part for part in path)
            yield f"{key[0]}: {named + ': ' if named else ''}{what}", name, edit


def at(body: Any, path: Path_) -> Any:
    """The value at a path. Raises KeyError or IndexError where there is none."""
    for part in path:
        body = body[part]
    return body


def rearranged(value: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    """A list with one of its entries twice, or with two neighbours in each other's place."""
    for index, one in enumerate(value):
        yield "one twice", [*value[:index], one, *value[index:]]
        if value[index + 1 :] and value[index + 1] != one:
            yield "two swapped", [*value[:index], value[index + 1], one, *value[index + 2 :]]


def others(world: World, key: tuple[str, str], path: Path_) -> Iterator[tuple[tuple[str, str], Any]]:
    """The next object of the type that has another value there, such as the next workload's, and its value."""
    later = list(world)[list(world).index(key) + 1 :]
    for each in (one for one in later if one[0] == key[0]):
        try:
            value = at(world[each], path)
        except (KeyError, IndexError, TypeError):
            continue
        if value != at(world[key], path):
            yield each, value
            return


def survives(mutant: Mutant) -> bool:
    """Whether neither direction of the change is reported."""
    _, name, edits = mutant
    world = world_of(name)
    new = mutated(world, edits)
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
