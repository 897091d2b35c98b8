"""Before a plan and after an apply: a look at the perimeter that a stack joins."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from access.changes import PERIMETER
from deploy import described, joinable
from deploy.attachments import Attachment, of_stack, of_state
from deploy.described import Described
from deploy.errors import Failed, Refused
from deploy.google_api import NotRead
from deploy.guard import RUNBOOK
from deploy.stacks import Stack

SECTION = "join-a-perimeter-that-others-own"


def joins(stack: Stack) -> bool:
    """Whether a stack attaches something to a perimeter that others own."""
    return any(_joined(stack))


def before(stack: Stack, state: dict[str, Any] | None, file: Path | None, *, applies: bool) -> None:
    """Raise Refused if an apply would fail half way, or protect nothing. Notes go to standard error.

    What cannot be read is reported as not checked; a run that `applies` then needs `file`, which describes the perimeter.
    """
    found = []
    joined, applied = list(_joined(stack)), of_state(state)
    for name, wanted in joined:
        try:
            perimeter = now(stack, name, file)
        except NotRead as error:
            found += unread(stack, name, error, applies=applies)
            continue
        found += [f"{stack.name}: refused: {text}" for text in joinable.problems(name, wanted, applied, perimeter)]
        for text in joinable.notes(name, wanted, perimeter):
            print(f"note: {stack.name}: {text}", file=sys.stderr)
    if found:
        raise Refused("\n".join(f"{text}; see {RUNBOOK}#{SECTION}" for text in found))
    # A perimeter that is joined no longer: its rules are to be deleted.
    known = {name for name, _ in joined}
    _refuse_edited(stack, [one for one in applied if one.perimeter not in known])


def before_destroy(stack: Stack, state: dict[str, Any] | None) -> None:
    """Raise Refused if a rule was edited: the provider would leave it, and then fail to delete its level and membership."""
    _refuse_edited(stack, of_state(state))


def _refuse_edited(stack: Stack, attached: list[Attachment]) -> None:
    applied = [one for one in attached if one.content]
    found = []
    for name in dict.fromkeys(one.perimeter for one in applied):
        mine = [one for one in applied if one.perimeter == name]
        perimeter = read(stack, name, "whether a rule was edited")
        found += (
            [f"{stack.name}: refused: {text}" for text in joinable.edited(name, mine, perimeter)] if perimeter else []
        )
    if found:
        raise Refused("\n".join(f"{text}; see {RUNBOOK}#{SECTION}" for text in found))


def after(stack: Stack) -> None:
    """Raise Failed if a perimeter does not hold what was applied to it."""
    found = []
    for name, wanted in _joined(stack):
        perimeter = read(stack, name, "whether it holds what was applied")
        found += [f"{stack.name}: {text}" for text in joinable.broken(name, wanted, perimeter)] if perimeter else []
    if found:
        raise Failed("\n".join(f"{text}; see {RUNBOOK}#{SECTION}" for text in found))


def unread(stack: Stack, name: str, error: NotRead, *, applies: bool) -> list[str]:
    """Print that a perimeter was not read. Returns why a run that applies is refused for it."""
    print(f"note: {stack.name}: {name} was not read: {error}", file=sys.stderr)
    how = f"give it by --perimeter FILE, which `gcloud access-context-manager perimeters describe {name} --format=json` writes"
    return [f"{stack.name}: refused: {name} cannot be read here, and is not applied unseen; {how}"] if applies else []


def now(stack: Stack, name: str, file: Path | None) -> Described:
    """The perimeter at Google; only where that cannot be read, what `file` describes."""
    given = described.from_file(file, name) if file else None
    try:
        found = described.read(stack, name)
    except NotRead as error:
        if given is None:
            raise
        why = "a later change of it, and the other perimeters of its policy, are not known"
        print(f"note: {stack.name}: {name} was not read: {error}; {file} is taken for it: {why}", file=sys.stderr)
        return given
    if given:
        print(f"note: {stack.name}: --perimeter {file} is not used: {name} was read from Google", file=sys.stderr)
    return found


def read(stack: Stack, name: str, what: str) -> Described | None:
    """The perimeter at Google. Where it cannot be read, prints that `what` is not known."""
    try:
        return described.read(stack, name)
    except NotRead as error:
        print(f"note: {stack.name}: {name} was not read, so {what} is not known: {error}", file=sys.stderr)
        return None


def _joined(stack: Stack) -> Iterator[tuple[str, list[Attachment]]]:
    """Each perimeter that the stack attaches to and does not make."""
    own = {str(body.get("name")) for body in stack.document.get("resource", {}).get(PERIMETER, {}).values()}
    attached = of_stack(stack.document)
    for name in dict.fromkeys(one.perimeter for one in attached):
        if name not in own:
            yield name, [one for one in attached if one.perimeter == name]
