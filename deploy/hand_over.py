"""What an environment hands over to the owner of its perimeter, with the addresses that the AWS stack gave out."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from access.changes import LEVEL
from access.objects import HAND_OVER, Object, of_stack
from access.outputs import Source, resolved
from access.stack import parsed
from deploy import attachments
from deploy.attachments import Attachment
from deploy.errors import DeployError
from deploy.stacks import Stack

FILE = "hand-over.json"
State = dict[str, Any] | None
_SINGLE = re.compile(r"[1-9][0-9.]*/32")


class NotYet(DeployError):
    """An address is not known before the AWS stack is applied."""


@dataclass(frozen=True)
class HandOver:
    """Levels, memberships and rules, as the resources of a stack that joins `perimeter`. No value is an expression."""

    perimeter: str
    objects: tuple[Object, ...]

    @cached_property
    def levels(self) -> list[Mapping[str, Any]]:
        """The arguments of each access level, by name."""
        return sorted((one.values for one in self.objects if one.kind == LEVEL), key=lambda one: str(one["name"]))

    @cached_property
    def attached(self) -> list[Attachment]:
        """Each membership and rule."""
        document: dict[str, dict[str, Any]] = {}
        for one in self.objects:
            document.setdefault(one.kind, {})[one.address.partition(".")[2]] = one.values
        return attachments.of_stack({"resource": document})

    @cached_property
    def side(self) -> str:
        """The configuration that a grant waits for: `status`, or `spec` where nothing is enforced yet."""
        return "status" if any(one.side == "status" for one in self.attached) else "spec"


def of(stacks: Sequence[Stack]) -> dict[str, Any] | None:
    """What synthesis wrote next to the stacks; None if the environment hands nothing over."""
    path = Path(stacks[0].run, FILE)
    return parsed(path.read_text(encoding="utf-8"), str(path)) if path.exists() else None


def resolve(document: dict[str, Any], stacks: Sequence[Stack], states: Mapping[str, State]) -> HandOver:
    """Return what is handed over, with values of the stacks' states. Raises NotYet while the AWS stack has no outputs."""
    google = stacks[-1]
    sources = [Source(one.document, _outputs(states.get(one.name))) for one in stacks]
    written = [replace(one, values=_told(one.values)) for one in of_stack({"resource": document["resource"]})]
    written = [one for one in written if "." in one.address]  # not Terraform's own block
    found = resolved(written, document, sources)
    if later := [one.address for before, one in zip(written, found, strict=True) if not _is_known(before, one)]:
        aws = ", ".join(google.dependencies)
        why = f"{later[0]} needs the addresses of {aws}, whose state has no address yet"
        raise NotYet(f"{google.name}: {why}: deploy {aws} first")
    return HandOver(perimeter(google), tuple(found))


def perimeter(google: Stack) -> str:
    """The name of the perimeter whose owner gets it."""
    return str(google.document["output"][HAND_OVER]["value"])


def _outputs(state: State) -> dict[str, Any]:
    return {name: body.get("value") for name, body in ((state or {}).get("outputs") or {}).items()}


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """Its arguments; what Terraform would check of addresses that are not known is checked here."""
    lifecycle = {name: value for name, value in values.get("lifecycle", {}).items() if name != "precondition"}
    told = {**values, "lifecycle": lifecycle}
    return {name: value for name, value in told.items() if value not in ([], {})}


def _is_known(before: Object, one: Object) -> bool:
    """Whether every expression is resolved, and addresses that were one are single ones: an empty list admits the whole internet."""
    if "${" in json.dumps(one.values):
        return False
    if one.kind != LEVEL or before.values == one.values:
        return True
    lists = [condition["ip_subnetworks"] for condition in one.values["basic"]["conditions"]]
    return all(found and all(_SINGLE.fullmatch(text) for text in found) for found in lists)
