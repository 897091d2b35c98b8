"""What a careless or hostile colleague changes in synthesized JSON, and helpers to compare both sides."""

import copy
import json
from collections.abc import Callable
from typing import Any

from cli.diff import CODES
from deploy.exit_codes import ExitCode
from review.diff.compare import compare
from review.diff.found import Answer
from review.diff.markdown import comment
from review.diff.side import Side, kind_of, readable
from review.safe import Secrets
from tests.synthesis import Synthesized, environment, synthesized

Edit = Callable[[dict[str, Any], dict[str, Any]], object]
LEVEL = "google_access_context_manager_access_level"
PERIMETER = "google_access_context_manager_service_perimeter"
POLICY = "google_access_context_manager_access_policy"
PROVIDER = "google_iam_workload_identity_pool_provider"
ALERT = "google_monitoring_alert_policy"
MEMBER = "google_project_iam_member"
TWENTY = "".join(f'[[workload]]\nname = "w{number}"\n' for number in range(20))


def side(name: str, made: dict[str, dict[str, Any]], secrets: Secrets) -> Side:
    """One side, as a command reads it."""
    stacks = {stack: readable(document, secrets) for stack, document in made.items() if document}
    return Side(name, stacks, kind_of(next(iter(stacks.values()))))


def stacks(made: Synthesized) -> dict[str, dict[str, Any]]:
    """A copy to edit."""
    return copy.deepcopy({"aws": made.aws, "google": made.google})


def answer(old: dict[str, dict[str, Any]], new: dict[str, dict[str, Any]], name: str = "prod") -> Answer:
    """The comparison of one environment's stacks."""
    secrets = Secrets()
    return compare({name: side(name, old, secrets)}, {name: side(name, new, secrets)})


def edited(made: Synthesized, edit: Edit) -> Answer:
    """The comparison of what is synthesized with what an edit makes of it."""
    new = stacks(made)
    edit(new["aws"], new["google"])
    return answer(stacks(made), new)


def shown(found: Answer) -> str:
    """The comment."""
    return comment(found, CODES.get(found.verdict, ExitCode.DONE))


def only(stack: dict[str, Any], kind: str, name: str = "") -> Any:
    """The one resource of a type, or the one whose name contains `name`."""
    (found,) = [body for each, body in stack["resource"][kind].items() if name in each]
    return found


def replaced(stack: dict[str, Any], old: str, new: str) -> None:
    """Replace a text everywhere in a stack."""
    text = json.dumps(stack)
    assert old in text
    stack |= json.loads(text.replace(old, new))


ENFORCED = "[perimeter]\ndry_run = false"


def enforced(*more: str) -> Synthesized:
    """The base settings with an enforced perimeter."""
    return synthesized(ENFORCED, *more)


__all__ = [
    "ALERT",
    "ENFORCED",
    "LEVEL",
    "MEMBER",
    "PERIMETER",
    "POLICY",
    "PROVIDER",
    "TWENTY",
    "answer",
    "edited",
    "enforced",
]
__all__ += ["environment", "only", "replaced", "shown", "side", "stacks", "synthesized"]
