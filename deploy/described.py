"""A perimeter that others own, as it is now: read from Google, or from a file that describes it."""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.errors import DeployError
from deploy.google_api import NotRead, Reader
from deploy.stacks import Stack

Body = dict[str, Any]
_ENDPOINT = "https://accesscontextmanager.googleapis.com/v1/"
_CUSTOM = "GOOGLE_ACCESS_CONTEXT_MANAGER_CUSTOM_ENDPOINT"
_LISTS = {"resources": str, "restrictedServices": str, "ingressPolicies": dict, "egressPolicies": dict}


@dataclass(frozen=True)
class Described:
    """Perimeters by name: every one of an access policy, or one that a file describes."""

    perimeters: dict[str, Body]


@dataclass(frozen=True)
class Files:
    """Descriptions of the perimeter and of its policy's levels, where they cannot be read."""

    perimeter: Path | None = None
    levels: Path | None = None


def read(stack: Stack, name: str, reader: Reader | None = None) -> Described:
    """Every perimeter of the policy that `name` is in, or names. Raises NotRead if there are no credentials, or no permission."""
    return Described({str(one.get("name")): one for one in _every(reader or Reader(stack), name, "servicePerimeters")})


def read_levels(stack: Stack, name: str) -> list[Body]:
    """Every access level of the policy that the perimeter `name` is in. Raises NotRead as `read` does."""
    return list(_every(Reader(stack), name, "accessLevels"))


def policies(reader: Reader, organization: str) -> list[str]:
    """The names of an organization's access policies. Raises NotRead as `read` does."""
    return [str(one["name"]) for one in _listed(reader, "accessPolicies", parent=organization)]


def _every(reader: Reader, name: str, kind: str) -> Iterator[Body]:
    yield from _listed(reader, f"{name.partition('/servicePerimeters/')[0]}/{kind}")


def _listed(reader: Reader, path: str, **parameters: str) -> Iterator[Body]:
    """Every page of a list, whose field has the name of what is listed."""
    url = f"{os.environ.get(_CUSTOM) or _ENDPOINT}{path}"
    page = ""
    while True:
        answer = reader.get(url, **parameters, **({"pageToken": page} if page else {}))
        yield from answer.get(path.rpartition("/")[2], [])
        page = str(answer.get("nextPageToken") or "")
        if not page:
            return


def whole(stack: Stack, name: str, files: Files, *, report: bool = True) -> tuple[Described, list[dict[str, Any]]]:
    """The perimeter and the levels of its policy: from Google, and only where they cannot be read, from files.

    Which of both is used goes to standard error, if `report`. Raises NotRead without files.
    """
    if (files.levels is None) != (files.perimeter is None):
        raise DeployError(
            "--perimeter and --levels: got one of them; allowed: both: a rule's addresses are in its level"
        )
    given = (
        (from_file(files.perimeter, name), levels_from_file(files.levels)) if files.perimeter and files.levels else None
    )
    try:
        found = read(stack, name), read_levels(stack, name)
    except NotRead as error:
        if given is None:
            raise NotRead(f"{name} was not read: {error}; give --perimeter FILE and --levels FILE") from None
        if report:
            print(
                f"note: {stack.name}: {name} was not read: {error}; {files.perimeter} is taken for it", file=sys.stderr
            )
        return given
    if given and report:
        print(
            f"note: {stack.name}: --perimeter and --levels are not used: {name} was read from Google", file=sys.stderr
        )
    return found


def from_file(path: Path, name: str) -> Described:
    """What `gcloud access-context-manager perimeters describe NAME --format=json` wrote.

    Raises DeployError for another file, or another perimeter.
    """
    how = f"`gcloud access-context-manager perimeters describe {name} --format=json`"
    body = _json(f"--perimeter {path}", path, how)
    if not isinstance(body, dict) or body.get("name") != name:
        got = body.get("name") if isinstance(body, dict) else None
        raise DeployError(f"--perimeter {path}: got the perimeter {got!r}; allowed: {name!r}, as {how} prints it")
    for side in ("status", "spec"):
        if not _is_configuration(body.get(side, {})):
            raise DeployError(f"--perimeter {path}: {side} is not that of a perimeter; allowed: what {how} prints")
    return Described({name: body})


def levels_from_file(path: Path) -> list[Body]:
    """What `gcloud access-context-manager levels list --format=json` wrote. Raises DeployError for another file."""
    how = "`gcloud access-context-manager levels list --policy=NUMBER --format=json`"
    found = _json(f"--levels {path}", path, how)
    if not isinstance(found, list) or not all(
        isinstance(one, dict) and "/accessLevels/" in str(one.get("name")) for one in found
    ):
        raise DeployError(f"--levels {path}: got no list of access levels; allowed: what {how} prints")
    return found


def _json(option: str, path: Path, how: str) -> Any:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise DeployError(f"{option}: cannot be read: {error}") from None
    try:
        return json.loads(text)
    except ValueError as error:
        raise DeployError(f"{option}: got no JSON ({error}); allowed: what {how} prints") from None


def _is_configuration(config: Any) -> bool:
    return isinstance(config, dict) and all(
        isinstance(items := config.get(name, []), list) and all(isinstance(one, kind) for one in items)
        for name, kind in _LISTS.items()
    )
