"""Before, during and after an apply of an owner: looks at the perimeter that others join, so that nothing of them is lost."""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from access.changes import PERIMETER
from access.gain import few
from access.states import of_state as records
from deploy import described, joinable, joining, shared
from deploy.attachments import Attachment, of_stack, of_state
from deploy.errors import DeployError, Failed, PlanAgain, Refused
from deploy.google_api import NotRead, Reader
from deploy.guard import RUNBOOK
from deploy.stacks import Stack

SECTION = "a-perimeter-that-others-join"
SECONDS = 1.0
"""Between two looks while Terraform applies. What joins and is lost between two of them is not noticed here."""


def shares(stack: Stack) -> bool:
    """Whether a stack makes a perimeter that others join."""
    return any(shared.names(stack.document))


def before(stack: Stack, state: dict[str, Any] | None, file: Path | None, *, applies: bool) -> None:
    """Raise Refused if an apply would fail half way, or end the protection of those who joined."""
    for name in shared.names(stack.document):
        applied = of_state(state)
        try:
            perimeter = joining.now(stack, name, file)
        except NotRead as error:
            _refuse(joining.unread(stack, name, error, applies=applies))
            continue
        wanted = [one for one in of_stack(stack.document) if one.perimeter == name]
        found = list(joinable.own_problems(name, wanted, applied, perimeter))
        body = perimeter.perimeters.get(name, {})
        own = next(one for one in stack.document["resource"][PERIMETER].values() if one["name"] == name)
        if "status" not in own and (others := shared.of_others(body, applied, ["status"])):
            found.append(f"{name} would be enforced no longer, and {_they(others)}: they set dry_run = true first")
        _refuse(f"{stack.name}: refused: {text}" for text in found)


def before_destroy(stack: Stack, state: dict[str, Any] | None) -> None:
    """Raise Refused if somebody is in a perimeter that would be deleted."""
    held = {str(one.values.get("name")) for one in records(state or {}) if one.kind == PERIMETER}
    for name in held.intersection(shared.names(stack.document)):
        perimeter = joining.read(stack, name, "whether others are in it")
        others = shared.of_others(perimeter.perimeters.get(name, {}), of_state(state)) if perimeter else []
        if others:
            _refuse([f"{stack.name}: refused: {name} would be deleted, and {_they(others)}: they leave it first"])


@contextmanager
def kept(stack: Stack, plan: Callable[[], dict[str, Any]], file: Path | None) -> Iterator[None]:
    """Around an apply. Raises PlanAgain if others changed a perimeter since the plan, Failed if something of them is missing."""
    if not shares(stack):
        yield
        return
    planned = plan()
    looks = [_Look(stack, one, file) for one in shared.written(stack.document, planned)]
    for look in looks:
        look.start()
    try:
        yield
    except DeployError as error:
        if missing := "\n".join(text for look in looks for text in look.missing(planned)):
            raise Failed(f"{error}\n{missing}") from None
        raise
    else:
        if missing := "\n".join(text for look in looks for text in look.missing(planned)):
            raise Failed(missing)
    finally:
        for look in looks:
            look.end()


class _Look(threading.Thread):
    """A perimeter that a plan writes: read once before the apply, and again and again until it ends."""

    def __init__(self, stack: Stack, written: shared.Written, file: Path | None) -> None:
        """Raises PlanAgain if it is not what the plan saw, Refused if it cannot be read and no file describes it."""
        super().__init__(daemon=True)
        self._stack, self._written, self._ended = stack, written, threading.Event()
        try:
            first = joining.now(stack, written.name, file).perimeters.get(written.name, {})
        except NotRead as error:
            _refuse(joining.unread(stack, written.name, error, applies=True))
        self._seen = shared.of_body(first)
        if found := "; ".join(shared.since(written, self._seen)):
            raise PlanAgain(f"{stack.name}: not applied: {found}, after it was planned: plan again")

    def run(self) -> None:
        try:
            reader = Reader(self._stack)
            while not self._ended.wait(SECONDS):
                found = described.read(self._stack, self._written.name, reader)
                self._seen += shared.of_body(found.perimeters.get(self._written.name, {}))
        except NotRead:
            return  # the look after the apply reports it

    def missing(self, plan: dict[str, Any]) -> Iterator[str]:
        """What had joined and is not there, with the commands that put it back."""
        self.end()
        perimeter = joining.read(self._stack, self._written.name, "whether it holds what had joined")
        body = perimeter.perimeters.get(self._written.name, {}) if perimeter else {}
        if not perimeter or not (lost := shared.lost(self._written, self._seen, plan, shared.of_body(body))):
            return
        for one in lost:
            yield f"{self._stack.name}: {joinable.said(one)} had joined, and is missing in {joinable.where(one)} after the apply"
        yield f"{self._stack.name}: unless its environment left meanwhile, put it back, by its next deploy or by:"
        for command, file, text in shared.commands(lost, body):
            if file:
                path = self._stack.run / file
                path.write_text(text, encoding="utf-8")
                command = command.replace("FILE", str(path))
            yield f"  {command}"
        yield f"see {RUNBOOK}#{SECTION}"

    def end(self) -> None:
        """Look no more."""
        self._ended.set()
        if self.is_alive():
            self.join()


def after(stack: Stack) -> None:
    """Raise Failed if the owner's own members and rules are not as they were applied. A rule that is there twice is a note."""
    for name in shared.names(stack.document):
        wanted = [one for one in of_stack(stack.document) if one.perimeter == name]
        if wanted and (perimeter := joining.read(stack, name, "whether it holds what was applied")):
            found = list(joinable.broken(name, wanted, perimeter))
            twice = [text for text in found if "has the same rule as" in text]
            for text in twice:
                print(f"note: {stack.name}: {text}", file=sys.stderr)
            if others := [text for text in found if text not in twice]:
                raise Failed("\n".join(f"{stack.name}: {text}; see {RUNBOOK}#{SECTION}" for text in others))


def _they(others: list[Attachment]) -> str:
    return f"{few(map(joinable.said, others), 5)} of other environments {'is' if len(others) == 1 else 'are'} in it"


def _refuse(found: Iterable[str]) -> None:
    if texts := list(found):
        raise Refused("\n".join(f"{text}; see {RUNBOOK}#{SECTION}" for text in texts))
