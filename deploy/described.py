"""A perimeter that others own, as it is now: read from Google, or from a file that describes it."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.errors import DeployError
from deploy.google_api import Reader
from deploy.stacks import Stack

Body = dict[str, Any]
_ENDPOINT = "https://accesscontextmanager.googleapis.com/v1/"
_CUSTOM = "GOOGLE_ACCESS_CONTEXT_MANAGER_CUSTOM_ENDPOINT"


@dataclass(frozen=True)
class Described:
    """Perimeters by name. `whole`: every perimeter of the access policy, and not one of them."""

    perimeters: dict[str, Body]
    whole: bool


def read(stack: Stack, name: str) -> Described:
    """Every perimeter of the policy that `name` is in. Raises NotRead if there are no credentials, or no permission."""
    reader, policy = Reader(stack), name.partition("/servicePerimeters/")[0]
    url = f"{os.environ.get(_CUSTOM) or _ENDPOINT}{policy}/servicePerimeters"
    found: dict[str, Body] = {}
    page = ""
    while True:
        answer = reader.get(url, **({"pageToken": page} if page else {}))
        found |= {str(one.get("name")): one for one in answer.get("servicePerimeters", [])}
        page = str(answer.get("nextPageToken") or "")
        if not page:
            return Described(found, True)


def from_file(path: Path, name: str) -> Described:
    """What `gcloud access-context-manager perimeters describe NAME --format=json` wrote.

    Raises DeployError for another file, or another perimeter.
    """
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DeployError(f"--perimeter {path}: cannot be read: {error}") from None
    if not isinstance(body, dict) or body.get("name") != name:
        got = body.get("name") if isinstance(body, dict) else None
        how = f"`gcloud access-context-manager perimeters describe {name} --format=json`"
        raise DeployError(f"--perimeter {path}: got the perimeter {got!r}; allowed: {name!r}, as {how} prints it")
    return Described({name: body}, False)
