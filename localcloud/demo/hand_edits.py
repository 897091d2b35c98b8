"""What others do to the perimeter by hand, and what an environment reports of it, or hands over to them."""

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..apply.google.client import Client
from ..cloud import LocalCloud
from .security import PERIMETER, SECURITY
from .settings import ENVIRONMENT, ROOT

_API = "accesscontextmanager.googleapis.com/v1/"
_URL = f"{_API}{PERIMETER}"
Rules = list[dict[str, Any]]


def edit(cloud: LocalCloud, change: Callable[[Rules], Rules]) -> None:
    """Write other ingress rules into the enforced configuration, as an administrator does in the console."""
    google = _security_team(cloud)
    body = google("GET", _URL)
    sent = {"status": {"ingressPolicies": change(body["status"]["ingressPolicies"])}, "etag": body["etag"]}
    google("PATCH", _URL, sent, {"updateMask": "status.ingressPolicies,etag"})


def anywhere(prefix: str, rules: Rules) -> Rules:
    """The same rules, and those of an environment from every address: what must not happen."""
    open_: Rules = copy.deepcopy(rules)
    for rule in _of(prefix, open_):
        rule["ingressFrom"]["sources"] = [{"accessLevel": "*"}]
    return open_


def without(prefix: str, rules: Rules) -> Rules:
    """Return the rules without those of one environment."""
    return [rule for rule in rules if rule not in _of(prefix, rules)]


def _of(prefix: str, rules: Rules) -> Rules:
    return [rule for rule in rules if rule["title"].startswith(f"{prefix}: ")]


def delete(cloud: LocalCloud, level: str) -> None:
    """Delete an access level that no rule names any more."""
    _security_team(cloud)("DELETE", f"{_API}{level}")


def reported(cloud: LocalCloud, folder: Path) -> tuple[int, str]:
    """The exit code, and what an environment whose stacks are synthesized in a folder reports about the perimeter."""
    done = _run(cloud, folder, "deploy.look")
    return done.returncode, done.stderr.strip()


def handed_over(cloud: LocalCloud, folder: Path) -> dict[str, Any]:
    """What `./keyperim handover` prints for the owner of the perimeter: the levels, and the perimeter's part."""
    (folder / "main.py").symlink_to(ROOT / "main.py")  # as in a checkout
    done = _run(cloud, folder, "deploy", "handover", "--format=json")
    if done.returncode:
        raise RuntimeError(f"handover: {done.stderr.strip()}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _security_team(cloud: LocalCloud) -> Client:
    return Client({"user_project_override": True, "project": SECURITY[0]}, cloud.deployer_environment())


def _run(cloud: LocalCloud, folder: Path, *module: str) -> subprocess.CompletedProcess[str]:
    """Run a module of the kit in the folder of an environment."""
    return subprocess.run(
        [sys.executable, "-m", *module],
        cwd=folder,
        env={**os.environ, **cloud.deployer_environment(), "PYTHONPATH": str(ROOT), "ENVIRONMENT": ENVIRONMENT},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
