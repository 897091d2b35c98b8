"""What no plan may do: open an enforced perimeter, or take away what it depends on.

Plan JSON in, refusals out; pure.
Terraform's own `prevent_destroy` guards only while the block is there: when a perimeter leaves the configuration,
Terraform deletes it without a word. docs/decisions/002-guarded-deploy.md says what is refused and what is not seen.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from access.bridges import BRIDGE
from access.changes import (
    ADDRESS,
    INSTANCE,
    LEVEL,
    PERIMETER,
    POLICY,
    Change,
    changes,
    prevented,
)
from access.origins import Network
from access.perimeters import DRY_RUN, ENFORCED, enforced
from access.unknown import Values
from access.values import block, listed
from deploy import joined
from deploy.dangling_references import deleted_and_named, deleted_in_no_order
from deploy.disks import shrunk

GEMINI = "aiplatform.googleapis.com"
RUNBOOK = "docs/runbooks/deploy.md"


@dataclass(frozen=True)
class Refusal:
    """Why one change must not be applied, and what to do instead."""

    address: str
    change: str
    why: str
    runbook: str

    def __str__(self) -> str:
        return f"{self.address}: refused to {self.change}: {self.why}; see {RUNBOOK}#{self.runbook}"


Admitted = Callable[[], Collection[Network]]
"""Reads which networks an enforced perimeter lets in. It is called only for a plan that releases an address."""


def refusals(plan: dict[str, Any], admitted: Admitted = frozenset, taken: Collection[str] = ()) -> list[Refusal]:
    """Everything in a plan that must not be applied.

    `taken` are the perimeters that another state holds already: Terraform may forget those, and nothing else of what is enforced.
    """
    return [
        *(refusal for change in changes(plan, PERIMETER) for refusal in _perimeter(change, taken)),
        *(refusal for change in changes(plan, POLICY) for refusal in _policy(change, plan)),
        *(refusal for change in changes(plan, ADDRESS) for refusal in _address(change, admitted)),
        *(refusal for change in changes(plan, INSTANCE) for refusal in _instance(change)),
        *(Refusal(*found) for found in joined.refusals(plan)),
        *(_kept(change, name) for change, name in deleted_and_named(plan)),
        *(_in_no_order(*found) for found in deleted_in_no_order(plan)),
    ]


def _perimeter(change: Change, taken: Collection[str]) -> Iterator[Refusal]:
    before, after = enforced(change.before), enforced(change.after)
    if not before or change.before.get("perimeter_type") == BRIDGE:  # a bridge only opens
        yield from _prevented(change)
    elif change.actions == {"forget"} and change.before.get("name") in taken:
        return
    elif change.actions == {"forget"}:
        why = "it is enforced, and no other state would guard it; first import it in the environment that perimeter.moved_to names"
        yield Refusal(change.address, change.loss, why, "a-perimeter-that-others-join")
    elif change.loss:
        why = "it is enforced, and nothing would be; first apply perimeter.dry_run = true"
        yield Refusal(change.address, change.loss, why, "rename-or-remove-a-perimeter")
    elif block(change.after, ENFORCED)[1]:
        return  # whether it stays enforced is not known: widened.py reports what cannot be decided
    elif not after:
        # Towards `spec` alone it is the step back to a dry run, which notices report.
        if not any(block(change.after, DRY_RUN)[0].values()):
            why = "it is enforced, and would be neither enforced nor tested"
            yield Refusal(change.address, "empty it", why, "from-enforced-back-to-a-dry-run")
    else:
        yield from _weaker(change, before, after)


def _prevented(change: Change) -> Iterator[Refusal]:
    """The provider refuses during the apply, when grants, pool and role are already deleted."""
    if "delete" in change.actions and prevented(change.before):
        why = (
            "the provider would refuse it half way, since the state has deletion_policy PREVENT; first apply"
            " perimeter.dry_run = true with [versions] google from 7.33 on, which writes DELETE"
        )
        yield Refusal(change.address, change.loss, why, "when-the-provider-refused-to-delete-a-perimeter")


def _weaker(change: Change, before: Values, after: Values) -> Iterator[Refusal]:
    if GEMINI in _lost(before, after, "restricted_services"):
        why = f"{GEMINI} would leave restricted_services, and be open to every network at once"
        yield Refusal(change.address, "unrestrict Gemini", why, "from-enforced-back-to-a-dry-run")
    if projects := _lost(before, after, "resources"):
        why = f"{', '.join(sorted(projects))} would leave the enforced perimeter"
        yield Refusal(change.address, "let a project out", why, "from-enforced-back-to-a-dry-run")


def _policy(change: Change, plan: dict[str, Any]) -> Iterator[Refusal]:
    if not change.loss:
        return
    parent = f"accessPolicies/{change.before.get('name')}"
    staying = [
        other.address
        for kind in (PERIMETER, LEVEL)
        for other in changes(plan, kind)
        if other.before.get("parent") == parent and other.after.get("parent") == parent
    ]
    if "forget" in change.actions and not change.after:
        why = "it would go on without Terraform, and nothing here could refuse its end"
        yield Refusal(change.address, change.loss, why, "change-or-keep-an-access-policy")
    elif change.loss != "delete":
        scope = change.before.get("scopes") != change.after.get("scopes")
        why = f"{'its scope changes, and ' if scope else ''}every level and perimeter in it goes with it"
        yield Refusal(change.address, change.loss, why, "change-or-keep-an-access-policy")
    elif staying:
        why = f"it holds what is to stay: {', '.join(sorted(staying))}"
        yield Refusal(change.address, change.loss, why, "change-or-keep-an-access-policy")
    else:
        yield from _prevented(change)


def _address(change: Change, admitted: Admitted) -> Iterator[Refusal]:
    address = change.before.get("public_ip")
    if "delete" in change.actions and address and any(ip_address(address) in one for one in admitted()):
        why = (
            f"{address} goes back to Amazon, who may give it to anybody, while the enforced perimeter still lets it in"
        )
        yield Refusal(change.address, "release it", why, "give-up-an-address")


def _kept(change: Change, name: str) -> Refusal:
    why = f"{name} is still named by a grant or a rule; let Terraform forget it first, if it exists independently now"
    return Refusal(change.address, change.loss, why, "hand-over-an-account-or-a-role")


def _instance(change: Change) -> Iterator[Refusal]:
    if sizes := shrunk(change):
        why = "AWS shrinks no volume, and would refuse it half way; set root_volume_gib to the disk's size"
        yield Refusal(change.address, f"shrink its disk from {sizes}", why, "the-disk-of-an-instance")


def _lost(before: Values, after: Values, name: str) -> set[str]:
    known, facts = listed(after, name)
    return set() if facts else set(listed(before, name)[0]) - set(known)


def _in_no_order(change: Change, name: str, rule: Change) -> Refusal:
    side = "the dry run" if "_dry_run_" in rule.kind else "the enforced configuration"
    why = (
        f"an apply that ended early has not deleted the rule {rule.before.get('title')!r} in {side} of"
        f" {rule.before.get('perimeter')}, which names {name}: Terraform may delete the account first, and Google then"
        " refuses every write of the perimeter; first delete that rule by hand"
    )
    return Refusal(change.address, change.loss, why, "a-replacement-that-ended-early")
