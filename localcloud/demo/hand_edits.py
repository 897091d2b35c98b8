"""What others do to the perimeter by hand, and what an environment that joined it then reports."""

import copy
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..apply.google.client import Client
from ..cloud import LocalCloud
from .joiners import PERIMETER, SECURITY
from .settings import ENVIRONMENT, ROOT

_URL = f"accesscontextmanager.googleapis.com/v1/{PERIMETER}"
Rules = list[dict[str, Any]]


def edit(cloud: LocalCloud, change: Callable[[Rules], Rules]) -> None:
    """Write other ingress rules into the enforced configuration, as an administrator does in the console."""
    google = Client({"user_project_override": True, "project": SECURITY[0]}, cloud.deployer_environment())
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


def reported(cloud: LocalCloud, folder: Path) -> tuple[int, str]:
    """The exit code, and what an environment whose stacks are synthesized in a folder reports about the perimeter."""
    done = subprocess.run(
        [sys.executable, "-m", "deploy.look"],
        cwd=folder,
        env={**os.environ, **cloud.deployer_environment(), "PYTHONPATH": str(ROOT), "ENVIRONMENT": ENVIRONMENT},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr.strip()
