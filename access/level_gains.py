"""Access levels, each one alone: who newly has it from where. A perimeter of another stack may name it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from access import levels
from access.gain import Gain, few
from access.identities import STRANGERS, identities, named
from access.levels import Level, Levels
from access.origins import Origins
from access.tables import added, either
from access.truth import shown
from policy.identity import Identity


def gains(before: Levels, after: Levels, origins: Origins, said: Mapping[str, int], first: bool) -> Iterator[Gain]:
    """Every gain. `said` are the origins that a perimeter's gain names already, by level.

    A level under a new name is compared with the levels whose names go: nothing names it yet, so it may be one of them.
    Where nothing existed, which `first` says, only a level whose blocks are not known is a gain.
    """
    names, gone = _names(after), _names(before).keys() - _names(after).keys()
    who = [*STRANGERS, *_personal(before, after)]
    for name, level in names.items():
        if first and not level.facts:
            continue
        was = [name] if name in before else sorted(gone)
        found: dict[tuple[str, ...], list[tuple[Identity | None, int]]] = defaultdict(list)
        for identity in who:
            had = either(levels.table(one, before, origins, identity) for one in was)
            for way, bits in added(levels.table(name, after, origins, identity), had).items():
                bits &= origins.internet & ~said.get(name, 0)
                if bits:
                    found[shown(way)].append((identity, bits))
        for missing, cells in found.items():
            yield _gain(level, missing, cells, origins)


def through(names: Sequence[str], found: Levels) -> set[str]:
    """These levels, and those that they require."""
    reached, open = set[str](), list(names)
    while open:
        if (name := open.pop()) not in reached:
            reached.add(name)
            open += [other for one in found[name].conditions for other in one.required] if name in found else []
    return reached


def _names(found: Levels) -> dict[str, Level]:
    """Each level by its own name, without the expressions that refer to it."""
    references = {f"${{{one.address}.{field}}}" for one in found.values() for field in ("name", "id")}
    return {name: one for name, one in found.items() if name not in references}


def _personal(*sides: Levels) -> list[Identity | None]:
    members = {member for side in sides for one in side.values() for each in one.conditions for member in each.members}
    return [one for one in identities((), members) if one not in STRANGERS]


def _gain(
    level: Level, missing: tuple[str, ...], cells: Sequence[tuple[Identity | None, int]], origins: Origins
) -> Gain:
    bits = 0
    for _, part in cells:
        bits |= part
    callers = dict.fromkeys(identity for identity, _ in cells)
    who = "" if callers.keys() >= set(STRANGERS) else f"{few(dict.fromkeys(map(named, callers)))} from "
    whole = sorted(f"{named(identity)} from {' '.join(origins.said(part))}" for identity, part in cells)
    return Gain(level.address, f"newly admits {who}{few(origins.said(bits))}", "", missing, tuple(whole))
