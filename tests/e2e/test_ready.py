"""`ready` proposes one setting for each caller that a dry run would deny. The local cloud is asked whether it helps."""

import json
from pathlib import Path
from typing import Any

from access.inputs import part
from access.readiness import NEAR, SETTLED, UNTOLD, Finding, Log
from access.violations import entries
from access.world import world
from review.readiness import setting
from tests.synthesis import synthesized, tables

from .asked import state_of
from .callers import INSTANCE, Caller, Callers
from .deployed import Deployed, deployed
from .environments import LADDER

TESTED = LADDER.replace("dry_run = false", "dry_run = true")
OUTSIDE = "198.51.100.9"
"""An address of tokyo's, where only a group is admitted."""


def logged(callers: Callers, *calls: tuple[str, str]) -> list[dict[str, Any]]:
    """The entries of calls of Gemini by these callers from these addresses, as gcloud prints them."""
    found: list[dict[str, Any]] = []
    for kind, address in calls:
        callers.observed(Caller(kind, callers.principals[0], INSTANCE, callers.targets[0], address, "generateContent"))
        found += json.loads(json.dumps(callers.deployed.state.log_entries))
    return found


def findings(one: Deployed, log: list[dict[str, Any]]) -> dict[str, Finding]:
    judged = Log(world([part(state_of(one), "state")]), entries(log, "log")).readiness()
    return {each.caller: each for each in judged.findings}


def test_the_setting_that_is_proposed_ends_the_violation(tmp_path: Path) -> None:
    with deployed(tables(base=TESTED), synthesized(base=TESTED), tmp_path) as one:
        callers = Callers(one)
        workload = callers.targets[0]
        log = logged(
            callers,
            ("operator", OUTSIDE),
            ("impersonated", "8.8.8.8"),
            ("member of ml", "8.8.8.8"),
            ("operator", "198.51.100.70"),
        )
        found = findings(one, log)
        kinds = {name: each.kind for name, each in found.items()}
        assert kinds == {"operator@example.com": NEAR, workload: NEAR, "engineer@example.com": UNTOLD}
        operator = found["operator@example.com"]
        assert operator.remedy
        assert setting(operator.remedy, operator) == f'[[on_premises]] osaka: add "{OUTSIDE}/32" to cidrs'
        one.apply(
            synthesized(base=TESTED.replace('["198.51.100.64/28"]', f'["198.51.100.64/28", "{OUTSIDE}/32"]')).google
        )
        assert {name: each.kind for name, each in findings(one, log).items()} == {
            **kinds,
            "operator@example.com": SETTLED,
        }
        assert logged(callers, ("operator", OUTSIDE)) == []
