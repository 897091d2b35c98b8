"""Terraform's order: what Terraform did in each of these cases was tried (docs/gotchas.md, DESIGN 9)."""

from graphlib import TopologicalSorter

from localcloud.apply.graph import Node, closure, order

LEVEL, PERIMETER, GRANT = "level", "perimeter", "grant"
NEEDS = {LEVEL: set[str](), PERIMETER: {LEVEL}, GRANT: {PERIMETER, LEVEL}}


def sequence(before: dict[Node, set[Node]]) -> list[str]:
    return [f"{verb} {address}" for verb, address in TopologicalSorter(before).static_order()]


def test_what_is_needed_comes_first() -> None:
    assert sequence(order(NEEDS, [], {}, [])) == ["apply level", "apply perimeter", "apply grant"]


def test_ends_come_in_reverse() -> None:
    assert sequence(order({}, NEEDS, NEEDS, [])) == ["destroy grant", "destroy perimeter", "destroy level"]


def test_a_replacement_ends_first() -> None:
    steps = sequence(order({LEVEL: []}, [LEVEL], {LEVEL: []}, []))
    assert steps == ["destroy level", "apply level"]


def test_a_replacement_with_create_before_destroy_ends_after_all_who_use_it() -> None:
    steps = sequence(order(NEEDS, [LEVEL], NEEDS, [LEVEL]))
    assert steps.index("apply level") < steps.index("apply perimeter") < steps.index("destroy level")
    assert steps.index("apply grant") < steps.index("destroy level")


def test_a_dropped_level_ends_before_the_perimeter_lets_go_of_it() -> None:
    steps = sequence(order({PERIMETER: []}, [LEVEL], NEEDS, []))
    assert steps == ["destroy level", "apply perimeter"]


def test_a_dropped_level_with_create_before_destroy_ends_after_it() -> None:
    steps = sequence(order({PERIMETER: []}, [LEVEL], NEEDS, [LEVEL]))
    assert steps == ["apply perimeter", "destroy level"]


def test_a_dropped_grant_ends_before_what_it_needed() -> None:
    steps = sequence(order({LEVEL: []}, [GRANT, PERIMETER], NEEDS, []))
    assert steps.index("destroy grant") < steps.index("destroy perimeter")


def test_both_replaced_in_turn() -> None:
    steps = sequence(order({LEVEL: [], PERIMETER: [LEVEL]}, [LEVEL, PERIMETER], NEEDS, []))
    assert steps == ["destroy perimeter", "destroy level", "apply level", "apply perimeter"]


def test_closure_goes_all_the_way() -> None:
    assert closure([GRANT], {GRANT: [PERIMETER], PERIMETER: [LEVEL]}) == {GRANT, PERIMETER, LEVEL}
