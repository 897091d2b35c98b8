"""plan, deploy and destroy: each stack is planned, guarded and shown, and only that plan is applied."""

import os
import sys
import tempfile
from pathlib import Path

from deploy.admitted import admitted_addresses
from deploy.errors import NotConfirmed, Refused
from deploy.guard import refusals
from deploy.notices import notices
from deploy.stacks import Stack, synthesized
from deploy.terraform import Terraform


class Run:
    """One environment's stacks, initialized. Whatever is refused raises, and nothing after it is touched."""

    def __init__(self, environment: str) -> None:
        self._stacks = synthesized(environment)
        self._terraform = {stack.name: Terraform(stack.name, stack.folder, environment) for stack in self._stacks}
        for terraform in self._terraform.values():
            terraform.init()

    def plan(self) -> None:
        """Plan every stack whose dependencies are applied."""
        outdated = False
        for stack in self._stacks:
            if waiting := self._not_applied(stack):
                print(f"\n{stack.name}: follows once {', '.join(waiting)} is applied: `make deploy` does both")
                continue
            if outdated:
                print(f"\n{stack.name}: planned against what is applied now, not against the plan above")
            with tempfile.TemporaryDirectory() as folder:
                outdated = self._review(stack, Path(folder, "plan")) or outdated

    def deploy(self) -> None:
        """Plan, guard, show, ask, apply: one stack after the other."""
        for stack in self._stacks:
            self._apply(stack, "apply")

    def destroy(self) -> None:
        """The other way round: who depends on others goes first."""
        for stack in reversed(self._stacks):
            state = self._terraform[stack.name].state()
            if not state or not state["resources"]:
                print(f"\n{stack.name}: nothing to destroy")
                continue
            # The state of a dependency that is gone altogether cannot be read; what is to be destroyed is known without.
            gone = [name for name in stack.dependencies if self._terraform[name].state() is None]
            self._apply(stack, "destroy", "-destroy", *(["-refresh=false"] if gone else []))

    def _apply(self, stack: Stack, verb: str, *options: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "plan")
            if not self._review(stack, file, *options):
                print(f"{stack.name}: nothing to {verb}")
                return
            _confirm(verb, stack.name)
            self._terraform[stack.name].apply(file)

    def _review(self, stack: Stack, file: Path, *options: str) -> bool:
        """Plan, show, guard. True if there is something to apply."""
        print(f"\n{stack.name}: terraform plan", flush=True)
        terraform = self._terraform[stack.name]
        changed = terraform.plan(file, *options)
        plan = terraform.show(file)
        for notice in notices(plan):
            print(f"note: {notice}")
        if found := refusals(plan, self._admitted()):
            raise Refused("\n".join(map(str, found)))
        return changed

    def _not_applied(self, stack: Stack) -> list[str]:
        states = {name: self._terraform[name].state() for name in stack.dependencies}
        return [name for name, state in states.items() if not state or not state["outputs"]]

    def _admitted(self) -> set[str]:
        states = [terraform.state() for terraform in self._terraform.values()]
        return {address for state in states if state for address in admitted_addresses(state)}


def _confirm(verb: str, stack: str) -> None:
    if os.environ.get("AUTO_APPROVE") == "1":
        return
    if not sys.stdin.isatty():
        raise NotConfirmed(f"{stack}: not applied: there is no terminal to ask at; AUTO_APPROVE=1 says yes beforehand")
    try:
        answer = input(f"\n{verb} exactly this plan to {stack}? only `yes` is a yes: ")
    except EOFError:
        answer = ""
    if answer.strip() != "yes":
        raise NotConfirmed(f"{stack}: not applied")
