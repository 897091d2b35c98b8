"""Apply the plan of one stack. After a conflict with another team's write, the rest is planned again."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy import joining, shared, sharing, state_locations
from deploy.conflicts import not_approved
from deploy.consent import refuse
from deploy.dangling_references import deleted_in_no_order
from deploy.errors import Conflict, Failed
from deploy.guard import RUNBOOK
from deploy.judgement import Judgement
from deploy.stacks import Stack
from deploy.terraform import Terraform
from review.safe import text

MAX_CONFLICTS = 5
"""The number of the conflict that ends a run. In each conflict one of the writers succeeds."""


def apply(
    environment: str,
    stack: Stack,
    terraform: Terraform,
    file: Path | None,
    look: Callable[[], None],
    judged: Callable[..., Judgement],
) -> None:
    """Apply the plan of a stack, which was approved. `file` describes the perimeter where it cannot be read.

    After a conflict `look` reads the perimeter again, and `judged` plans and shows, with more options. Raises Failed if the new
    plan does more than what was approved, and Conflict after several of them.
    """
    approved: dict[str, Any] = {}
    whole, conflicts = True, 0
    while True:
        try:
            with sharing.kept(stack, lambda: terraform.show(stack.plan), file):
                terraform.apply(stack.plan)
                state_locations.remember(environment, [stack], {stack.name: terraform.state()})
            if whole:
                return
        except Conflict:
            conflicts += 1
            if conflicts == MAX_CONFLICTS:
                raise
            approved = approved or terraform.show(stack.plan)
            print(f"note: {stack.name}: others wrote the perimeter at the same time", file=sys.stderr)
        look()
        whole = _planned(stack, terraform, approved, judged)


def _planned(stack: Stack, terraform: Terraform, approved: dict[str, Any], judged: Callable[..., Judgement]) -> bool:
    """Plan the rest, and return whether the plan has all of it.

    A former rule is deleted before an account that it names. Terraform knows no order between the two.
    """
    judgement = judged()
    former = {rule.address.removesuffix(" (deposed)") for _, _, rule in deleted_in_no_order(terraform.show(stack.plan))}
    if former:
        print(f"note: {stack.name}: the former rule is deleted first, by a separate plan", file=sys.stderr)
        judgement = judged(*(f"-target={address}" for address in sorted(former)))
    refuse(judgement)
    shares = set(shared.names(stack.document))
    if found := "; ".join(not_approved(terraform.show(stack.plan), approved, shares)):
        raise Failed(
            f"{stack.name}: not applied: after others wrote the perimeter, this plan does more than what was approved:"
            f" {text(found)}; review it, and deploy again (see {RUNBOOK}#{joining.SECTION})"
        )
    print(f"{stack.name}: all of this was approved, and is applied", flush=True)
    return not former
