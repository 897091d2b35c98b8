"""plan, deploy and destroy: each stack is planned, judged and shown, and only that plan is applied."""

import sys
from collections.abc import Callable, Collection
from functools import cache
from typing import Any

from access.admitted import admitted
from access.origins import Network
from access.states import of_state
from deploy import (
    applying,
    collisions,
    forget_join,
    granted,
    hand_over,
    joining,
    named_accounts,
    neighbours,
    other_perimeters,
    sharing,
    state_locations,
)
from deploy.acting import acting
from deploy.consent import confirm, refuse, still_needed
from deploy.described import Files
from deploy.exit_codes import ExitCode, strongest
from deploy.judgement import Judgement, judge
from deploy.stacks import Stack
from deploy.terraform import Terraform

Review = Callable[[str, dict[str, dict[str, Any]]], str]


class Run:
    """One environment's stacks in a folder of this run. Whatever is refused raises, and nothing after it is touched.

    `review` writes what people read, from the stacks' JSON; `accepted` are the digests of `--accept`, and `unused` those of them
    that no plan has had so far. `files` describe a perimeter of others, where it cannot be read.
    """

    def __init__(
        self,
        environment: str,
        stacks: list[Stack],
        review: Review,
        accepted: Collection[str] = (),
        files: Files | None = None,
    ) -> None:
        self._environment = environment
        self._stacks = stacks
        self._review = review
        self._accepted = accepted
        self._files = files or Files()
        self.unused = set(accepted)
        self._terraform = {stack.name: Terraform(stack, environment) for stack in stacks}
        self._found: dict[str, state_locations.State] = {}
        print(review(environment, {stack.name: stack.document for stack in stacks}), flush=True)

    def plan(self) -> ExitCode:
        """Plan every stack whose dependencies are applied. Returns the strongest code."""
        self._init()
        self._check_neighbours()
        self._check_names()
        self._look(applies=False)
        judged: list[Judgement] = []
        for stack in self._stacks:
            if waiting := self._waits_for(stack):
                print(f"\n{stack.name}: follows once {waiting} is applied: `deploy` does both")
                self._put_off(stack, waiting)
                continue
            if any(one.changes for one in judged):
                print(f"\n{stack.name}: planned against what is applied now, not against the plan above")
            self._check_grants(stack, applies=False)
            judged.append(self._plan_one(stack))
        return strongest(still_needed(one, self._accepted) for one in judged)

    def deploy(self) -> None:
        """Plan, judge, show, ask, apply: one stack after the other."""
        self._init()
        self._check_neighbours()
        self._check_names()
        self._look(applies=True)
        for stack in self._stacks:
            self._check_grants(stack, applies=True)
            self._plan_and_apply(stack, "apply")

    def destroy(self) -> None:
        """The other way round: the stack that depends on others goes first."""
        self._init()
        for stack in reversed(self._stacks):
            state = self._terraform[stack.name].state()
            if not state or not state["resources"]:
                print(f"\n{stack.name}: nothing to destroy")
                continue
            self._look_before_destroy(stack, state)
            # The state of a dependency that does not exist cannot be read; what is to be destroyed is known without it.
            absent = [name for name in stack.dependencies if self._terraform[name].state() is None]
            self._plan_and_apply(stack, "destroy", "-destroy", *(["-refresh=false"] if absent else []))

    def _init(self) -> None:
        for terraform in self._terraform.values():
            terraform.init()
        self._check_place()

    def _check_place(self) -> None:
        # Read once for all checks before the first plan: each read asks the backend. A plan that releases an address reads
        # them again.
        self._found = {name: terraform.state() for name, terraform in self._terraform.items()}
        state_locations.check(self._environment, self._stacks, self._found)
        state_locations.remember(self._environment, self._stacks, self._found)

    def _check_neighbours(self) -> None:
        neighbours.check(self._stacks, self._found)

    def _check_names(self) -> None:
        """Of each stack with an empty state, before any stack is applied: names at Google tell of a state that was not found.

        An update of what exists needs no free names.
        """
        for stack in self._stacks:
            if not state_locations.holds(self._found[stack.name]):
                collisions.check(self._environment, stack)
            other_perimeters.check(stack, self._found[stack.name])

    def _look(self, *, applies: bool) -> None:
        """At the perimeter that a stack joins or shares, before anything is created."""
        perimeter, hands_over = self._files.perimeter, hand_over.of(self._stacks) is not None
        if perimeter and not hands_over and not any(joining.joins(one) or sharing.shares(one) for one in self._stacks):
            why = "no stack here joins or shares a perimeter"
            print(f"note: --perimeter {perimeter} is not used: {why}", file=sys.stderr)
        if self._files.levels and not hands_over:
            print(f"note: --levels {self._files.levels} is not used: nothing is handed over", file=sys.stderr)
        for stack in self._stacks:
            joining.before(stack, self._found[stack.name], perimeter, applies=applies)
            sharing.before(stack, self._found[stack.name], perimeter, applies=applies)

    def _check_grants(self, stack: Stack, *, applies: bool) -> None:
        """Before a stack is planned, or its saved plan is compared: with the addresses that are known by then."""
        if stack is self._stacks[-1] and (document := hand_over.of(self._stacks)):
            states = {name: terraform.state() for name, terraform in self._terraform.items()}
            forget_join.prepare(document, self._stacks, states)
            granted.check(self._environment, document, self._stacks, states, self._files, applies=applies)

    def _look_before_destroy(self, stack: Stack, state: dict[str, Any]) -> None:
        joining.before_destroy(stack, state)
        if stack is self._stacks[-1] and hand_over.of(self._stacks):
            named_accounts.before_destroy(self._stacks, state)
        sharing.before_destroy(stack, state)

    def _plan_and_apply(self, stack: Stack, verb: str, *options: str) -> None:
        judgement = self._judged(stack, *options)
        refuse(judgement)
        if judgement.changes:
            confirm(verb, judgement, self._accepted)
        self._apply(stack, judgement, verb, *options)

    def _apply(self, stack: Stack, judgement: Judgement, verb: str, *options: str) -> None:
        """Apply the stack's plan. `options` are those that it was planned with: others may write the perimeter meanwhile."""
        if not judgement.changes:
            print(f"{stack.name}: nothing to {verb}")
            return
        # While somebody answered, another terminal may have enforced what admits an address.
        refuse(self._judgement(stack))
        terraform = self._terraform[stack.name]

        def look() -> None:
            if verb == "destroy":
                self._look_before_destroy(stack, terraform.state() or {})
            else:  # a file describes the perimeter as it was
                state = terraform.state()
                joining.before(stack, state, None, applies=True)
                sharing.before(stack, state, None, applies=True)

        def judged(*more: str) -> Judgement:
            return self._judged(stack, *options, *more)

        applying.apply(self._environment, stack, terraform, self._files.perimeter, look, judged)
        if verb == "apply":
            joining.after(stack)
            sharing.after(stack)

    def _judged(self, stack: Stack, *options: str) -> Judgement:
        """Plan, show and judge."""
        print(f"\n{stack.name}: terraform plan", flush=True)
        self._terraform[stack.name].plan(stack.plan, *options)
        return self._judge(stack)

    def _judge(self, stack: Stack) -> Judgement:
        judgement = self._judgement(stack)
        for line in judgement.lines:
            print(line, flush=True)
        self.unused.discard(judgement.digest)
        return judgement

    def _judgement(self, stack: Stack) -> Judgement:
        plan, taken = self._terraform[stack.name].show(stack.plan), neighbours.took(stack)
        return judge(self._environment, stack.name, plan, cache(lambda: self._admitted(stack)), taken, acting())

    def _plan_one(self, stack: Stack) -> Judgement:
        return self._judged(stack)

    def _put_off(self, stack: Stack, waiting: str) -> None:
        """Called for a stack that cannot be planned before these others are applied."""

    def _waits_for(self, stack: Stack) -> str:
        states = {name: self._found[name] for name in stack.dependencies}
        return ", ".join(name for name, state in states.items() if not state or not state["outputs"])

    def _admitted(self, stack: Stack) -> set[Network]:
        states = [terraform.state() for terraform in self._terraform.values()]
        found = {network for state in states if state for network in admitted(of_state(state))}
        if stack is not self._stacks[-1] and hand_over.of(self._stacks):  # the last one releases no address
            found |= granted.admitted_addresses(self._stacks, self._files)
        return found
