"""Apply a synthesized stack without Terraform, by the REST calls that Terraform's providers make.

For machines that have no Terraform or no google provider: what it shows is marked SIMULATED APPLY. It follows
Terraform's order, conditions, create_before_destroy and prevent_destroy, and stops, naming it, at whatever it does not
know: a type, an expression, an argument. One call after the other; no lock: one apply at a time.

    changes = apply(document, state=state_file(document, folder), environment=cloud.deployer_environment())
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import engine
from .aws import aws
from .document import ApplyError, blocks, provider, state_file, state_name
from .google import google
from .kind import Provider
from .plan import NOTHING, READ, Plan, make
from .remote_state import remote_state
from .state import State

__all__ = ["ApplyError", "Changes", "apply", "destroy", "plan", "state_file", "state_name"]


@dataclass(frozen=True)
class Changes:
    """`actions` by address: create, update, replace or delete. `outputs` of the stack, resolved."""

    actions: dict[str, str]
    outputs: dict[str, Any]

    def __bool__(self) -> bool:
        return bool(self.actions)


def plan(document: Mapping[str, Any], *, state: Path, environment: Mapping[str, str]) -> Changes:
    """What `apply` would do now; outputs as far as they are known. Writes nothing."""
    return _changes(_plan(document, state, environment))


def apply(document: Mapping[str, Any], *, state: Path, environment: Mapping[str, str]) -> Changes:
    """Make both clouds what the stack says. ApplyError before any write if the plan fails, or at the first refusal.

    `environment` is that of the deployer: HTTPS_PROXY of a local cloud on 127.0.0.1, SSL_CERT_FILE, and
    GOOGLE_OAUTH_ACCESS_TOKEN or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Other stacks' states are looked for in the
    folder of `state`, under the names that `state_file` gives them.
    """
    planned = _plan(document, state, environment)
    engine.carry_out(planned, document.get("output", {}))
    return Changes(_changes(planned).actions, planned.state.outputs)


def destroy(document: Mapping[str, Any], *, state: Path, environment: Mapping[str, str]) -> Changes:
    """End all that the state holds, last first. ApplyError before any write if `prevent_destroy` guards one of them."""
    held = State.load(state).resources
    for block in blocks(document).values():
        if block.address in held and block.lifecycle.get("prevent_destroy"):
            raise ApplyError(f"{block.address}: has prevent_destroy")
    return apply({key: document[key] for key in ("provider", "terraform")}, state=state, environment=environment)


def _plan(document: Mapping[str, Any], state: Path, environment: Mapping[str, str]) -> Plan:
    held, found = State.load(state), blocks(document)
    removed = document.get("removed", [])
    for block in removed if isinstance(removed, list) else [removed]:
        address = block["from"]
        if block.get("lifecycle", {}).get("destroy", True):
            raise ApplyError(f"removed: {address}: destroy is not modelled")
        if address in found:
            raise ApplyError(f"removed: {address}: is still in the stack")
        held.resources.pop(address, None)
        held.replaced.pop(address, None)
    types = {block.type for block in found.values()} | {record.type for record in held.resources.values()}
    both = Provider({}, {"terraform_remote_state": lambda arguments: remote_state(arguments, state.parent)})
    for name, configured in (("aws", aws), ("google", google)):
        if any(kind.startswith(f"{name}_") for kind in types):
            one = configured(provider(document, name), environment)
            both = Provider({**both.kinds, **one.kinds}, {**both.readers, **one.readers})
    for block in found.values():
        if block.type not in (both.readers if block.data else both.kinds):
            raise ApplyError(f"{block.address}: the type {block.type} is not modelled")
    return make(found, both, held, document.get("output", {}), document.get("locals", {}))


def _changes(planned: Plan) -> Changes:
    actions = {address: action for address, action in planned.actions.items() if action not in (NOTHING, READ)}
    return Changes(dict(sorted(actions.items())), planned.outputs)
