"""Whether a perimeter that others own admits callers as a wanted rule would: from the same addresses, and from no others. Pure.

Both sides are asked for each caller and call. How the perimeter's rules and levels are written does not matter.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from access.attached import folded
from access.gain import few
from access.identities import identities
from access.objects import Object
from access.perimeter_gains import two_sides
from access.perimeters import Perimeters
from access.rules import Rule, ServiceCall, calls
from access.tables import SURE, Table
from access.truth import shown
from policy.identity import Identity
from policy.methods import GENERATE_CONTENT, STREAM_GENERATE_CONTENT

GEMINI = "aiplatform.googleapis.com"
_END = re.compile(r",? (which|and)$|,$")
"""Of the sentence that a gain makes of it."""
CALLED = [(name.format(version="v1"), permission) for name, permission in (GENERATE_CONTENT, STREAM_GENERATE_CONTENT)]


def differences(wanted: Sequence[Object], live: Sequence[Object], side: str, member: str, project: str) -> list[str]:
    """What differs for one caller, in sentences; empty if the perimeter admits it as wanted.

    `wanted` and `live` are perimeters and levels; `side` is `status` or `spec`; `project` is `projects/NUMBER`. A caller
    has to reach the methods that the client calls. No method may be reached from another address, nor where a fact that is
    not known decides. Callers in other projects of the perimeter are inside, and are not compared.
    """
    want, have = two_sides(folded(wanted, wanted), live, side)
    who = identities([member], [])[-1]
    rules = [rule for each in (want, have) for one in each.configurations for rule in one.rules]
    every = [ServiceCall(GEMINI, *pair, project) for pair in CALLED]
    denied = 0
    for call in every:
        denied |= _sure(want.table(who, call)) & ~_sure(have.table(who, call))
    denied &= want.origins.internet
    found = [f"it is denied from {few(want.origins.said(denied))}"] if denied else []
    return [*found, *_more(want, have, _widest(who, rules), [*every, *calls(rules, {GEMINI}, {project})], project)]


def _more(
    want: Perimeters, have: Perimeters, who: Identity | None, every: Sequence[ServiceCall], project: str
) -> Iterator[str]:
    """From where else a call passes, by what lets it pass."""
    origins = want.origins
    places = origins.places  # a caller on a Shared VPC is admitted as one of its project, or of its network
    inside = places.pairs | sum(
        places.bits.get(name, 0) for name in {name for one in have.configurations for name in one.resources}
    )
    by: dict[str, int] = defaultdict(int)
    for call in every:
        for way, bits in have.table(who, call).items():
            more = bits & ~_sure(want.table(who, call)) & ~inside
            for _, what, part, _ in have.admitting(who, call) if more else ():
                if more & part:
                    by[f"{what}{f' if {few(shown(way))}' if way else ''}"] |= more & part
                    more &= ~part
            if more:
                by[f"{project} is not inside"] |= more
    for what, bits in by.items():
        yield f"it is also admitted from {few(origins.said(bits))}: {_END.sub('', what)}"


def _widest(who: Identity | None, rules: Sequence[Rule]) -> Identity | None:
    """A workload of a pool with every principal of the pool that rules name, other roles apart: it may be each of them.

    An attribute such as the account, and a subject, are not in the member that a grant names.
    """
    if who is None or not who.federated:
        return who
    pool = f"//iam.googleapis.com/{who.pool}/"
    named = {member for rule in rules for member in rule.members if member.partition(":")[2].startswith(pool)}
    return replace(who, principals=who.principals | {one for one in named if f"{pool}attribute.aws_role/" not in one})


def _sure(table: Table) -> int:
    return table.get(SURE, 0)
