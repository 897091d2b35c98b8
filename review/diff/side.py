"""One environment on one side of a comparison: the documents of its stacks, without secrets, each of a known kind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from access.errors import Unreadable
from access.objects import HAND_OVER
from access.stack import state_key
from access.states import records
from review.documents import comparable, plan, stack
from review.safe import Secrets

Document = dict[str, Any]
STACK, PLAN, STATE = "stack", "plan", "state"


@dataclass(frozen=True)
class Side:
    """`stacks` are documents by name. `problem` is the reason if there are no stacks."""

    environment: str
    stacks: Mapping[str, Document] = field(default_factory=dict)
    kind: str = STACK
    problem: str = ""


def kind_of(document: Document) -> str:
    """What a JSON document is. Raises Unreadable for anything else."""
    if "terraform" in document and "planned_values" not in document and "format_version" not in document:
        return STACK
    if "resource_changes" in document or "planned_values" in document:
        return PLAN
    if document.get("version") == 4 or "values" in document:
        return STATE
    if set(document) == {"format_version", "terraform_version"}:  # an empty state, as `terraform show -json` writes it
        return STATE
    raise Unreadable("it is no synthesized stack, no plan (`terraform show -json PLAN`) and no state")


def environment_of(document: Document) -> str:
    """The environment in a stack's state key, `ENVIRONMENT/STACK` or `ENVIRONMENT_STACK`; or an empty text."""
    try:
        key = state_key(document)
    except (KeyError, TypeError, ValueError, AttributeError):
        return ""
    folder = key.removesuffix(".tfstate").rpartition("/")[0]
    return folder.rpartition("/")[2] if folder else key.partition("_")[0]


def readable(document: Document, secrets: Secrets) -> Document:
    """A copy without secrets, and with state paths that do not depend on the folder that it was synthesized into."""
    kind = kind_of(document)
    if kind == PLAN:
        return plan(document, secrets)
    if kind == STATE:
        return _state(document, secrets)
    return comparable(stack(document, secrets))


def _state(document: Document, secrets: Secrets) -> Document:
    """Any state in the form of `terraform show -json`, in one module."""
    resources = [
        {
            "address": one.address,
            "mode": one.mode,
            "type": one.kind,
            "values": secrets.hidden(one.values, one.sensitive),
        }
        for one in records(document)
    ]
    outputs = document.get("outputs") or (document.get("values") or {}).get("outputs") or {}
    told = {HAND_OVER: outputs[HAND_OVER]} if HAND_OVER in outputs else {}
    return {"values": {"outputs": told, "root_module": {"resources": resources}}}
