"""Other environments that make the same things, or a perimeter around the same project; and one whose perimeter is relied on."""

import ipaddress
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from stacks.settings.derived import Settings
from stacks.settings.load import FOLDER, load
from stacks.settings.makes import aws_names, deployers, grants, made, principals
from stacks.settings.problems import SettingsError

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
        "on-premises",
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
    text: str


def conflicts(name: str, settings: Settings, folder: Path = FOLDER) -> Iterator[Conflict]:
    """What the other files in the folder have in common with these settings. A file that cannot be used is left out."""
    for other, theirs in _others(name, folder):
        placeholder = settings.google.project_number == theirs.google.project_number == PLACEHOLDER
        if not (placeholder and {name, other} <= EXAMPLES):
            both = f"{folder}/{name}.toml and {folder}/{other}.toml"
            yield from (Conflict(other, stack, f"{both}: {text}") for stack, text in _between(settings, theirs))


def write_neighbours(name: str, settings: Settings, outdir: str, folder: Path = FOLDER) -> None:
    """Write the conflicts, and the import ids of what other environments make, next to the stacks, if there are any."""
    found = [asdict(conflict) for conflict in conflicts(name, settings, folder)]
    mine = made(settings)
    ids = {id: other for other, theirs in _others(name, folder) for id in sorted(mine & made(theirs))}
    path = Path(outdir, FILE)
    path.unlink(missing_ok=True)
    if found or ids:
        path.write_text(json.dumps({"conflicts": found, "ids": ids}, indent=2) + "\n", encoding="utf-8")


def unprotected(settings: Settings, folder: Path = FOLDER) -> Iterator[str]:
    """The warnings for an environment without a perimeter."""
    missing = list(_unverified(settings, folder))
    if not settings.protected_by or missing:
        yield "no [perimeter]: the declared roles can call Gemini from any address"
    if settings.protected_by:
        said = (
            f"stated, not verified: {'; '.join(missing)}"
            if missing
            else "its settings name these callers and addresses"
        )
        yield f"protected_by: {folder}/{settings.protected_by}.toml: {said}"


def _unverified(settings: Settings, folder: Path) -> Iterator[str]:
    """What the other environment's settings lack of this account's roles and addresses."""
    if not settings.protected_by:
        return
    try:
        theirs = load(settings.protected_by, folder)
    except SettingsError:
        yield "the file does not exist or has problems"
        return
    if not theirs.perimeter or theirs.google.project_number != settings.google.project_number:
        yield f"it has no perimeter around project {settings.google.project_id}"
        return
    if theirs.perimeter.dry_run:
        yield "its perimeter is a dry run"
    if settings.egress_cidrs is None:
        yield "the addresses of this environment are not in its settings"
    for workload in settings.callers:
        identity = settings.caller_identity(workload)
        entries = [entry for entry in theirs.on_premises if identity in entry.identities]
        if not any(_inside(settings.egress_cidrs or [], entry.cidrs) for entry in entries):
            yield f"no on_premises entry names {identity} with these addresses"


def _others(name: str, folder: Path) -> Iterator[tuple[str, Settings]]:
    for file in sorted(file for file in folder.glob("*.toml") if file.stem != name):
        if theirs := _loaded(file.stem, folder.absolute(), file.stat().st_mtime_ns):
            yield file.stem, theirs


@lru_cache(maxsize=1024)
def _loaded(name: str, folder: Path, _changed: int) -> Settings | None:
    """The settings of a file, read once for all environments of `synth --all`; None if they cannot be used."""
    try:
        return load(name, folder)
    except SettingsError:
        return None


def _between(mine: Settings, theirs: Settings) -> Iterator[tuple[str, str]]:
    project = mine.google.project_id
    same = mine.google.project_number == theirs.google.project_number
    if same and mine.perimeter and theirs.perimeter:
        if mine.google.organization_id and theirs.google.organization_id:
            text = f"both make an access policy for project {project}, and Google admits one for each project"
        else:
            text = f"both put project {project} into a perimeter, and Google admits one for each project"
        yield theirs.google_stack_name, f"{text}: leave [perimeter] out of one of them, and set protected_by there"
    if shared := sorted(made(mine) & made(theirs)):
        yield theirs.google_stack_name, f"both make {', '.join(shared)}: give one of them another prefix"
    if shared := sorted(aws_names(mine) & aws_names(theirs)):
        more = f" and {len(shared) - 5} more" if shared[5:] else ""
        yield theirs.aws_stack_name, f"both make {', '.join(shared[:5])}{more}: give one of them another prefix"
    for one, other in ((mine, theirs), (theirs, mine)):
        if shared := sorted(principals(one) & deployers(other)):
            why = "a workload of one of them runs Terraform in the other one, and could change what protects it"
            yield "", f"{', '.join(shared)}: {why}; give the workload another identity"
    if shared := sorted(grants(mine) & grants(theirs)):
        why = "a destroy of one of them takes the grant from the other one; give one of them another service account"
        yield "", f"both grant {', '.join(shared)}: {why}"
    if same and mine.audit.data_access_logs and theirs.audit.data_access_logs:
        yield "", f"both have data_access_logs, and the audit configs of project {project} have one owner"


def _inside(cidrs: list[str], allowed: list[str]) -> bool:
    networks = [ipaddress.ip_network(one) for one in allowed]
    inner = [ipaddress.ip_network(one) for one in cidrs]
    return bool(inner) and all(
        any(one.version == other.version and one.subnet_of(other) for other in networks)  # type: ignore[arg-type]
        for one in inner
    )
