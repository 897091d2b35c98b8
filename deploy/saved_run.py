"""Plan now, apply later: `plan --out DIR`, and `deploy --plan DIR`, which plans only the rest after a conflict."""

import json
from pathlib import Path

from deploy import saved
from deploy.consent import confirm_all, refuse
from deploy.errors import PlanAgain, Undecided
from deploy.exit_codes import ExitCode
from deploy.judgement import Judgement
from deploy.lockfile import in_use
from deploy.plan_inputs import PlanInputs, plan_inputs
from deploy.run import Run
from deploy.stacks import Stack


class SavedPlanRun(Run):
    """A run that saves its plans for a later run, or applies the plans that an earlier run saved."""

    _folder: Path | None = None

    def save(self, out: Path) -> ExitCode:
        """Plan as `plan` does, and write an entry for each stack into a folder."""
        with saved.writing(out) as self._folder:
            code = self.plan()
        print(f"\nthe plans are in {out}, and may contain secrets")
        return code

    def apply(self, plans: Path) -> None:
        """Apply saved plans, each of which is judged again and compared with what is there."""
        entries = saved.read(plans, self._environment, self._stacks)
        for stack in self._stacks:
            self._terraform[stack.name].init(entries[stack.name].lock)
            self._terraform[stack.name].check_released()
        self._check_place()
        self._check_neighbours()
        self._check_names()
        self._look(applies=True)
        planned = [stack for stack in self._stacks if not entries[stack.name].waiting]
        judged: dict[str, Judgement] = {}
        unread: list[Undecided] = []
        for stack in planned:
            self._check_grants(stack, applies=True)
            try:
                judged[stack.name] = self._compared(stack, entries[stack.name])
            except Undecided as error:
                unread.append(error)
        refuse(*judged.values())
        if unread:
            raise Undecided("\n".join(map(str, unread)))
        confirm_all("apply", (one for one in judged.values() if one.changes), self._accepted, reviewed=True)
        for stack in self._stacks:
            entry = entries[stack.name]
            if entry.waiting:
                raise PlanAgain(f"{stack.name}: was not planned, since {entry.waiting} was not applied: plan again")
            self._compare(stack, entry)
            self._apply(stack, judged[stack.name], "apply")

    def _put_off(self, stack: Stack, waiting: str) -> None:
        if self._folder:
            saved.write(self._folder, self._environment, stack, self._plan_inputs(stack), self._lock(stack), waiting)

    def _plan_one(self, stack: Stack) -> Judgement:
        if not self._folder:
            return self._judged(stack)
        self._terraform[stack.name].check_released()
        before = self._plan_inputs(stack)
        judgement = self._judged(stack)
        if changed := ", ".join(before.differences(self._plan_inputs(stack))):
            raise PlanAgain(f"{stack.name}: {changed} while it was planned: plan again")
        review = "\n".join([self._review(self._environment, {stack.name: stack.document}), *judgement.lines, ""])
        plan = self._terraform[stack.name].show(stack.plan)
        entry = saved.write(self._folder, self._environment, stack, before, self._lock(stack))
        entry.add_plan(stack.plan, json.dumps(plan), review)
        return judgement

    def _compared(self, stack: Stack, entry: saved.Entry) -> Judgement:
        """What a saved plan does, by the plan file itself: neither the JSON nor the review next to it is read."""
        entry.copy_plan(stack)
        self._compare(stack, entry)
        print(f"\n{stack.name}: {entry.folder}", flush=True)
        self._terraform[stack.name].print(stack.plan)
        return self._judge(stack)

    def _compare(self, stack: Stack, entry: saved.Entry) -> None:
        if changed := ", ".join(entry.inputs.differences(self._plan_inputs(stack, entry.lock))):
            raise PlanAgain(f"{stack.name}: not applied: {changed} after it was planned: plan again")

    def _plan_inputs(self, stack: Stack, lock: bytes = b"") -> PlanInputs:
        lock = in_use(self._environment, stack.name) or lock or self._lock(stack)
        return plan_inputs(stack, self._environment, self._terraform[stack.name], lock)

    def _lock(self, stack: Stack) -> bytes:
        return self._terraform[stack.name].lock
