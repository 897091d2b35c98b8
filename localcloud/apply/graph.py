"""What comes before what: Terraform's rules of order, as a graph for graphlib."""

from collections.abc import Collection, Mapping

APPLY, DESTROY = "apply", "destroy"
Node = tuple[str, str]
"""APPLY (read, create or update) or DESTROY, and an address."""


def closure(addresses: Collection[str], needs: Mapping[str, Collection[str]]) -> set[str]:
    """These addresses and all that they need, however far."""
    found: set[str] = set()
    ahead = list(addresses)
    while ahead:
        address = ahead.pop()
        if address not in found:
            found.add(address)
            ahead += needs.get(address, ())
    return found


def order(
    needs: Mapping[str, Collection[str]],
    ending: Collection[str],
    needed_before: Mapping[str, Collection[str]],
    gone_last: Collection[str],
) -> dict[Node, set[Node]]:
    """For each step the steps before it.

    `needs` of every block of the configuration; `ending`: addresses with an object to destroy, replaced or dropped;
    `needed_before` of every recorded object; `gone_last` are those with create_before_destroy. Without that, a level
    that is dropped goes *before* the perimeter that lets go of it is updated: Terraform's own order (docs/gotchas.md).
    """
    before: dict[Node, set[Node]] = {(APPLY, a): {(APPLY, needed) for needed in ns} for a, ns in needs.items()}
    for address in ending:
        end = (DESTROY, address)
        before.setdefault(end, set())
        dependents = {other for other, needed in needed_before.items() if address in needed}
        for other in dependents:
            if other in ending:
                before[end].add((DESTROY, other))
            elif other in needs:
                earlier, later = ((APPLY, other), end) if address in gone_last else (end, (APPLY, other))
                before[later].add(earlier)
        if address in needs and address in gone_last:
            users = {other for other, needed in needs.items() if address in needed}
            before[end] |= {(APPLY, address), *((APPLY, other) for other in users)}
        elif address in needs:
            before[(APPLY, address)].add(end)
    return before
