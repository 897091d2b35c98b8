"""Other environments that make the same things, or a perimeter around the same project."""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from stacks.settings import same_perimeter
from stacks.settings.derived import Settings
from stacks.settings.load import FOLDER, load
from stacks.settings.problems import SettingsError
from stacks.settings.resource_names import ResourceNames

FILE = "neighbours.json"
# The files that come with the kit show one project each in its own way; no one deploys them as they are.
EXAMPLES = frozenset(
    [
        "article",
        "central-egress",
        "direct",
        "example",
        "existing-identities",
        "existing-network",
        "hand-over",
        "joiner",
        "on-premises",
        "owner",
        "proposal",
        "second-account",
        "several",
    ]
)
PLACEHOLDER = "345678901234"


@dataclass(frozen=True)
class Conflict:
    """What this and another environment cannot both have. `stack` is the other's that has it, or empty."""

    environment: str
    stack: str
    reason: str


def conflicts(name: str, settings: Settings, folder: Path = FOLDER) -> Iterator[Conflict]:
    """What the other files in the folder have in common with these settings. A file that cannot be used is left out."""
    mine = ResourceNames(settings)
    for other, theirs in _others(name, settings, folder):
        yield from (Conflict(other, stack, reason) for stack, reason in _between(mine, theirs))


def sentences(found: Iterable[tuple[str, Conflict]], folder: Path = FOLDER) -> Iterator[str]:
    """Yield one line for each reason, with every file that it is about. `found`: each conflict after its environment."""
    pairs: dict[str, dict[tuple[str, str], None]] = {}
    for name, one in found:
        known = pairs.setdefault(one.reason, {})
        if (one.environment, name) not in known:
            known[name, one.environment] = None
    for reason, some in pairs.items():
        names = list(dict.fromkeys(name for pair in some for name in pair))
        if len(names) > 2 and len(some) == math.comb(len(names), 2):
            yield f"any two of {_files(names, folder)}: {reason}"
            continue
        for first in dict.fromkeys(name for name, _ in some):
            others = [other for name, other in some if name == first]
            yield f"{_files([first], folder)} and {'each of ' if others[1:] else ''}{_files(others, folder)}: {reason}"


def write_neighbours(name: str, settings: Settings, outdir: str, folder: Path = FOLDER) -> None:
    """Write the conflicts, what other environments make as well, and who took the perimeter, next to the stacks.

    What they make is identified by import ids, those of each cloud alone: a role at AWS can have the name of a project at Google.
    A policy is identified by its scope, because Google chooses its number.
    """
    found = [
        {"environment": one.environment, "stack": one.stack, "text": next(sentences([(name, one)], folder))}
        for one in conflicts(name, settings, folder)
    ]
    moved_to = settings.perimeter and settings.perimeter.moved_to
    moved = {"moved_to": {"environment": moved_to, "stack": settings.google_stack_name}} if moved_to else {}
    mine, others = ResourceNames(settings), dict(_others(name, settings, folder))
    ids = {
        side: {id: other for other, theirs in others.items() for id in sorted(made(mine, theirs))}
        for side, made in (("aws", _made_at_aws), ("google", _made_at_google))
    }
    scopes = {mine.policy_scope} - {""}
    policies = {theirs.policy_scope: other for other, theirs in others.items() if theirs.policy_scope in scopes}
    path = Path(outdir, FILE)
    path.unlink(missing_ok=True)
    if found or any(ids.values()) or moved:
        content = {"conflicts": found, "ids": ids, "policies": policies, **moved}
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _others(name: str, settings: Settings, folder: Path) -> Iterator[tuple[str, ResourceNames]]:
    for file in sorted(file for file in folder.glob("*.toml") if file.stem != name):
        theirs = _loaded(file.stem, folder.absolute(), file.stat().st_mtime_ns)
        if theirs is None:
            continue
        placeholder = settings.google.project_number == theirs.settings.google.project_number == PLACEHOLDER
        if not (placeholder and {name, file.stem} <= EXAMPLES):
            yield file.stem, theirs


def _made_at_aws(one: ResourceNames, other: ResourceNames) -> set[str]:
    """The import ids of what both make at AWS."""
    return {id for text in one.aws_names.keys() & other.aws_names.keys() for id in one.aws_names[text]}


def _made_at_google(one: ResourceNames, other: ResourceNames) -> set[str]:
    """The import ids of what both make at Google."""
    return (one.made & other.made) | {one.grants[text] for text in one.grants.keys() & other.grants.keys()}


@lru_cache(maxsize=1024)
def _loaded(name: str, folder: Path, _changed: int) -> ResourceNames | None:
    """The settings of a file, read once for all environments of `synth --all`; None if they cannot be used."""
    try:
        return ResourceNames(load(name, folder))
    except SettingsError:
        return None


def _between(one: ResourceNames, other: ResourceNames) -> Iterator[tuple[str, str]]:
    mine, theirs = one.settings, other.settings
    project = mine.google.project_id
    same = mine.google.project_number == theirs.google.project_number
    if same and mine.perimeter and theirs.perimeter:
        yield from ((theirs.google_stack_name, text) for text in same_perimeter.between(mine, theirs))
    if shared := sorted(one.made & other.made):
        yield theirs.google_stack_name, f"both make {', '.join(shared)}: give one of them another prefix or name"
    if shared := sorted(one.aws_names.keys() & other.aws_names.keys()):
        more = f" and {len(shared) - 5} more" if shared[5:] else ""
        yield theirs.aws_stack_name, f"both make {', '.join(shared[:5])}{more}: give one of them another prefix"
    for works, deploys in ((one, other), (other, one)):
        if shared := sorted(works.principals & deploys.deployers):
            why = "a workload of one of them runs Terraform in the other one, and could change what protects it"
            yield "", f"{', '.join(shared)}: {why}; give the workload another identity"
    if shared := sorted(one.grants.keys() & other.grants.keys()):
        why = "a destroy of one of them takes the grant from the other one; give one of them another service account"
        yield "", f"both grant {', '.join(shared)}: {why}"
    if same and mine.audit.data_access_logs and theirs.audit.data_access_logs:
        yield "", f"both have data_access_logs, and the audit configs of project {project} have one owner"


def _files(names: list[str], folder: Path) -> str:
    return ", ".join(f"{folder}/{name}.toml" for name in names)
