"""Every caller and every origin that the world declares, and one more of each that it does not."""

import re
from collections.abc import Iterator, Sequence

from access.callers import OTHER
from access.levels import cidrs, levels
from access.objects import Object, known_after_apply
from access.origins import Origins
from access.perimeters import DRY_RUN, ENFORCED
from access.truth import shown
from access.values import block, blocks, listed
from access.world import World

ELSEWHERE = "any other address"
STRANGER = f"role/{OTHER}"
"""A role that no condition names."""
_ROLE = re.compile(r".*(?:assumed-role|attribute\.aws_role)/([\w+=,.@-]{1,64})/?")


def callers(world: World) -> list[str]:
    """Roles that conditions name, and people, groups and service accounts that grants or rules name; then a stranger."""
    members = {grant.member for _, grant in world.granted} | set(_of_rules(world.objects))
    named = (_ROLE.fullmatch(text) for text in {*world.federation.texts, *members})
    roles = {f"role/{one[1]}" for one in named if one}
    people = {
        one for one in members if one.startswith(("user:", "group:", "serviceAccount:")) and not known_after_apply(one)
    }
    return [*sorted(roles), STRANGER, *sorted(people)]


def origins(world: World) -> dict[str, str]:
    """By what people read, the origin to ask for: each range of a level, each expression that gives one, and any other."""
    found = levels(world.objects)
    networks, symbols = dict.fromkeys(cidrs(found)), dict[str, str]()
    for one in dict.fromkeys(found.values()):
        for condition in one.conditions:
            for fact in shown(condition.facts):
                if known_after_apply(fact) and (inner := re.fullmatch(r"\$\{([^}]*)\}(?:/32)?", fact)):
                    symbols[inner[1]] = "${" + inner[1] + "}"
    pieces = Origins(tuple(networks), ())
    every = {str(network): str(address) for address, network in pieces.pieces if network in networks}
    other = next((address for address, network in pieces.pieces if network not in networks), "")
    return every | symbols | ({ELSEWHERE: other} if other else {})


def _of_rules(objects: Sequence[Object]) -> Iterator[str]:
    for one in objects:
        for side in (ENFORCED, DRY_RUN):
            for rule in blocks(block(one.values, side)[0], "ingress_policies")[0]:
                yield from listed(block(rule, "ingress_from")[0], "identities")[0]
