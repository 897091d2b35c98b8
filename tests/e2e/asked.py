"""What `access` says of a caller, in the oracle's words: it reads the state and the grants, and never the clouds."""

import json
from functools import cache
from typing import Any

from access.answer import Asked
from access.callers import AwsCaller
from access.inputs import part, policies
from access.outcome import Gate, Outcome
from access.question import Method, method
from access.world import World, world
from policy.identity import Identity, service_account

from .callers import Caller, Callers
from .deployed import PROJECT, Deployed
from .intent import ANSWER, FEDERATION, IAM, NOBODY, PERIMETER, Expected

METHODS = {
    "exchange": method("sts"),
    "generateAccessToken": method("iamcredentials"),
    "generateContent": method("aiplatform:generateContent"),
    "streamGenerateContent": method("aiplatform:streamGenerateContent"),
    "generateContent of v1beta1": method("aiplatform:google.cloud.aiplatform.v1beta1.PredictionService.GenerateContent"),
    "projects.get": Method("cloudresourcemanager.googleapis.com", "cloudresourcemanager.projects.get", "resourcemanager.projects.get"),
}  # fmt: skip
"""Operations whose permission is in policy's table."""


def state_of(deployed: Deployed) -> dict[str, Any]:
    """The state of the simulated apply in the form in which Terraform keeps one."""
    records = json.loads(deployed.state_path.read_text())["resources"]
    resources = [
        {
            "mode": "managed",
            "type": one["type"],
            "name": address.partition(".")[2],
            "instances": [{"attributes": one["arguments"] | one["attributes"]}],
        }
        for address, one in records.items()
    ]
    google = deployed.tables["google"]
    known = {"project_id": google["project_id"], "number": google["project_number"]}
    project = {"mode": "data", "type": "google_project", "name": "project", "instances": [{"attributes": known}]}
    return {"version": 4, "resources": [*resources, project], "outputs": {}}


class Told:
    """Answers of `access` about callers of an environment. `undecided` are the facts without which it gave none."""

    def __init__(self, callers: Callers) -> None:
        self.callers, self.undecided = callers, list[str]()
        state = callers.deployed.state
        given = [
            {"type": name.partition("s/")[0], "id": name.partition("/")[2], "policy": policy}
            for name, policy in state.iam_policies.items()
            if name == f"projects/{PROJECT}" or name.startswith("organizations/")
        ]
        self.world: World = world([part(state_of(callers.deployed), "state")], policies(given, "grants"))
        self._asked = cache(lambda address: Asked(self.world, address, PROJECT))

    def told(self, caller: Caller) -> Expected | None:
        """What comes of a call; None if it cannot be decided."""
        outcome = self._told(caller)
        if outcome is None:
            return None
        return outcome if isinstance(outcome, Expected) else self._said(*outcome)

    def _told(self, caller: Caller) -> Expected | tuple[Gate, Outcome, str] | None:
        asked, home = self._asked(caller.address), self._asked(self.callers.home)
        genuine = caller.kind in ("federated", "impersonated")
        if caller.operation == "exchange":
            first = asked.perimeter(METHODS["exchange"], self._pool_project(), None)
            identity, outcome = self._identity(caller) if genuine else (None, Outcome(False, "not genuine"))
            return first, outcome, FEDERATION
        if caller.kind == "anonymous":
            return Expected(NOBODY)
        who: Identity | None = self.callers.people.get(caller.kind)
        if genuine:
            who, outcome = self._identity(caller)
            if who is None:
                return Expected(FEDERATION) if outcome.value is False else self._unknown(outcome)
            if caller.kind == "impersonated":
                gates = home.gates(who, METHODS["generateAccessToken"], caller.target)
                obtained = self._said(gates[0], gates[1].enforced, IAM)
                if obtained is None or obtained.outcome != ANSWER:
                    return obtained and Expected(obtained.outcome)
                who = service_account(caller.target)
        account = caller.target if caller.operation == "generateAccessToken" else ""
        perimeter, iam = asked.gates(who, METHODS[caller.operation], account)
        return perimeter, iam.enforced, IAM

    def _said(self, perimeter: Gate, behind: Outcome, word: str) -> Expected | None:
        if perimeter.enforced.value is False:
            return Expected(PERIMETER, "enforced")
        for one in (perimeter.enforced, perimeter.dry_run, behind):
            if one.missing:
                return self._unknown(one)
        return Expected(ANSWER if behind.allowed else word, "" if perimeter.dry_run.allowed else "dry run")

    def _identity(self, caller: Caller) -> tuple[Identity | None, Outcome]:
        with self.callers.signatures.existing(caller.principal):
            key = self.callers.signatures.key(caller.principal, caller.session)
        (found,) = self.world.federation.exchanges(AwsCaller(key.account, key.arn, key.userid))
        return found.identity, found.outcome

    def _pool_project(self) -> str:
        google = self.callers.deployed.tables["google"]
        return str(google.get("pool_project_id", google["project_id"]))

    def _unknown(self, outcome: Outcome) -> None:
        self.undecided += outcome.missing
