"""Two sets of environments, compared: each by its name, a renamed one by what it builds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from access.errors import Unreadable
from review.diff.engine import Compared
from review.diff.facts import facts
from review.diff.found import CHANGED, DELETED, NEW, RENAMED, SAME, UNREADABLE, Answer, Difference
from review.diff.side import STACK, Side

Sides = Mapping[str, Side]
_STILL = "nothing is destroyed; still deployed unless `destroy` was run"
_EVERYTHING = "everything in it is new"


def compare(old: Sides, new: Sides, notes: Sequence[str] = ()) -> Answer:
    """The answer for environments by name; of two sides with one environment each, these two."""
    if len(old) == len(new) == 1:
        (was,), (now,) = old.values(), new.values()
        return Answer((_difference(was, now),), tuple(notes))
    before = dict(old)
    renamed = _renamed(old, new)
    found = []
    for name, now in new.items():
        former = renamed.get(name, name)
        found.append(_difference(before.pop(former, None), now))
    found += [Difference(name, DELETED, notes=(_STILL,)) for name in before]
    return Answer(tuple(sorted(found, key=lambda one: one.environment)), tuple(notes))


def _difference(old: Side | None, new: Side) -> Difference:
    for side, which in ((old, "old"), (new, "new")):
        if side is not None and side.problem:
            return Difference(
                new.environment, UNREADABLE, notes=(f"the {which} side cannot be compared: {side.problem}",)
            )
    try:
        return _compared(old, new)
    except (Unreadable, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        why = str(error) if isinstance(error, Unreadable) else f"{type(error).__name__} in its JSON"
        return Difference(new.environment, UNREADABLE, notes=(f"it cannot be compared: {why}",))


def _compared(old: Side | None, new: Side) -> Difference:
    name = new.environment
    # The names of plans and states are those of their files.
    renamed = old is not None and new.kind == STACK and old.environment != name
    if old is not None and not renamed and old.kind == new.kind and dict(old.stacks) == dict(new.stacks):
        return Difference(name, SAME)
    compared = Compared(old, new)
    wider, narrower, dry_run = compared.wider(), compared.narrower(), compared.dry_run()
    explained = [one.address for one in (*wider, *narrower, *dry_run)]
    found = Difference(
        name,
        CHANGED,
        refused=compared.refused(),
        wider=wider,
        dry_run=dry_run,
        facts=facts(old, new, explained),
        narrower=narrower,
    )
    if old is None:
        return replace(found, change=NEW, notes=(_EVERYTHING,))
    if renamed:
        why = f"another state: {name} does not see what {old.environment} deployed, and creates everything again"
        return replace(found, change=RENAMED, was=old.environment, notes=(why,))
    empty = not (found.refused or wider or narrower or dry_run or found.facts)
    if empty and old.kind == new.kind:
        return replace(found, notes=("only names, descriptions, tags and order differ",))
    return found


def _renamed(old: Sides, new: Sides) -> dict[str, str]:
    """The former name of each environment that is new and builds what one that is missing built."""
    missing = {_built(side): name for name, side in old.items() if name not in new and side.stacks}
    fresh = {name: _built(side) for name, side in new.items() if name not in old and side.stacks}
    found = {name: missing[built] for name, built in fresh.items() if built in missing}
    return found if len(set(found.values())) == len(found) else {}


def _built(side: Side) -> tuple[str, ...]:
    """The names of an environment's stacks, which its prefix decides."""
    return tuple(sorted(side.stacks))
