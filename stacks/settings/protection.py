"""What an environment without a perimeter is protected by: another one's, whose settings are compared with its own."""

import ipaddress
from collections.abc import Iterator
from pathlib import Path

from stacks.settings.derived import Settings
from stacks.settings.load import FOLDER, load
from stacks.settings.problems import SettingsError


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


def _inside(cidrs: list[str], allowed: list[str]) -> bool:
    networks = [ipaddress.ip_network(one) for one in allowed]
    inner = [ipaddress.ip_network(one) for one in cidrs]
    return bool(inner) and all(
        any(one.version == other.version and one.subnet_of(other) for other in networks)  # type: ignore[arg-type]
        for one in inner
    )
