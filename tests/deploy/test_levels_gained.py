"""What an access level gains, and what is said of it."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.changes import LEVEL
from deploy import levels
from policy.call import Call
from policy.levels import AccessLevel, Condition, granted
from tests.deploy.planned import Body, change, level, plan, ranges, sentences

ONE = ranges("203.0.113.7/32")
NOT_ONE = {**ONE, "negate": True}
EXPRESSION = [{"expr": [{"expression": "false"}]}]
MEMBERS_OF_ONE = level({**ONE, "members": ["user:a@example.com"]})
NARROWED = {
    "to members": MEMBERS_OF_ONE,
    "to regions": level({**ONE, "regions": ["JP"]}),
    "to devices": level({**ONE, "device_policy": [{"require_screen_lock": True}]}),
    "to another level": level({**ONE, "required_access_levels": ["accessPolicies/1/accessLevels/b"]}),
    "to a network": level({**ONE, "vpc_network_sources": [{"vpc_subnetwork": [{"network": "n"}]}]}),
    "by what is not read": level({**ONE, "something_new": "x"}),
    "by another condition": level(ONE, {"regions": ["JP"]}),
    "by the address's own negation": level(ONE, NOT_ONE),
    "by negation alone": level(NOT_ONE),
    "without addresses": level({"regions": ["JP"]}),
    "by no condition": level(),
    "by an expression": level(custom=EXPRESSION, basic=[]),
    "by an expression next to it": level(ONE, custom=EXPRESSION),
    "by a function that we do not know": level(ONE, ranges("198.51.100.0/24"), function="XOR"),
}
"""Levels that have this address, and admit less than it."""


def said(before: Body | None, after: Body | None, unknown: Body | None = None) -> list[str]:
    """What is said of a level, without its address."""
    return [notice.partition(": ")[2] for notice in sentences(plan(change(LEVEL, before, after, unknown)))]


def test_the_networks_that_a_level_gains_are_said() -> None:
    before = level(ranges("203.0.113.7/32", "198.51.100.0/24"))
    after = level(ranges("203.0.113.9/32", "198.51.100.8/29", "2001:db8::/48", "203.0.113.7/32", "198.51.0.0/16"))
    assert said(before, after) == ["newly admits 198.51.0.0/16, 2001:db8::/48, 203.0.113.9/32"]


def test_with_or_in_place_of_and_a_level_gains_what_only_one_condition_had() -> None:
    conditions = ranges("198.51.100.0/24"), ranges("198.51.100.8/29", "203.0.113.7/32")
    assert said(level(*conditions), level(*conditions, function="OR")) == [
        "newly admits 198.51.100.0/24, 203.0.113.7/32"
    ]


def test_a_list_that_is_known_only_later_may_gain_anything() -> None:
    assert said(level(ONE), level({}), {"basic": [{"conditions": [{"ip_subnetworks": True}]}]}) == [
        "newly admits (known after apply)"
    ]


def test_a_level_that_nothing_bounds_any_more_gains_everything() -> None:
    assert said(level(ONE), level(NOT_ONE)) == ["newly admits every address, as far as the plan says"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, level(ranges("198.51.100.0/24"))),
        (level(ONE), None),
        (level(ranges("198.51.100.0/24")), level(ranges("198.51.100.8/29"))),
        (level(ranges("198.51.100.0/25", "198.51.100.128/25")), level(ranges("198.51.100.0/24"))),
        (level(ranges("203.0.113.7/32", "203.0.113.8/32")), level(ranges("203.0.113.8/32", "203.0.113.7/32"))),
        (level(ONE, ranges("8.8.8.8/32"), function="OR"), level(ranges("8.8.8.8/32", "203.0.113.7/32"))),
        (MEMBERS_OF_ONE, MEMBERS_OF_ONE | {"title": "another"}),
        (level(ONE, NOT_ONE, function="OR"), level(ONE)),
        (level(custom=EXPRESSION, basic=[]), level(custom=EXPRESSION, basic=[])),
        (level({**ONE, "negate": False, "members": [], "regions": None}), level(ONE)),
    ],
    ids=str,
)
def test_nothing_is_said_of_a_level_that_gains_nothing(before: Body | None, after: Body | None) -> None:
    assert said(before, after) == []


@pytest.mark.parametrize("name", NARROWED)
def test_an_address_that_was_admitted_with_a_condition_is_gained_without_it(name: str) -> None:
    assert said(NARROWED[name], level(ONE)) == ["newly admits 203.0.113.7/32"]


def test_a_level_whose_address_in_terraform_changes_is_the_same_level() -> None:
    old, new = level(ONE), level(ranges("203.0.113.7/32", "203.0.113.8/32"))
    found = sentences(plan(change(LEVEL, old, None, name="old"), change(LEVEL, None, new, name="new")))
    assert found == [f"{LEVEL}.new: newly admits 203.0.113.8/32"]


@pytest.mark.parametrize("order", [1, -1])
def test_what_another_object_of_the_same_name_was_hides_nothing(order: int) -> None:
    """A level in the state twice is compared with what it was at its own address in Terraform."""
    old, new = level(ONE), level(ranges("203.0.113.7/32", "198.51.100.0/24"))
    items = [change(LEVEL, old, new), change(LEVEL, new, None, name="other")][::order]
    assert sentences(plan(*items)) == [f"{LEVEL}.it: newly admits 198.51.100.0/24"]


CIDRS = st.lists(st.sampled_from(["8.8.8.0/30", "8.8.8.0/31", "8.8.8.2/31", "8.8.8.1/32", "2600::/127"]), max_size=3)
CONDITION = st.fixed_dictionaries({"ip_subnetworks": CIDRS, "negate": st.booleans()})
ADDRESSED = st.fixed_dictionaries({"ip_subnetworks": CIDRS.filter(bool)})
NARROWABLE = st.fixed_dictionaries(
    {"ip_subnetworks": CIDRS, "negate": st.booleans(), "members": st.sampled_from([[], ["user:a"]])}
)
FUNCTION = st.sampled_from(["AND", "OR"])
ADDRESS = st.sampled_from(["8.8.8.0", "8.8.8.1", "8.8.8.2", "8.8.8.3", "8.8.8.4", "2600::", "2600::2"])


def levels_of(conditions: st.SearchStrategy[Body]) -> st.SearchStrategy[Body]:
    return st.builds(
        lambda found, function: level(*found, function=function),
        st.lists(conditions, min_size=1, max_size=3),
        FUNCTION,
    )


def admits(found: Body, address: str) -> bool:
    """What the policy's own evaluation says, which knows nothing of the guard."""
    (basic,) = found["basic"]
    conditions = tuple(
        Condition(
            ip_subnetworks=tuple(one["ip_subnetworks"]),
            members=tuple(one.get("members", ())),
            negate=one.get("negate", False),
        )
        for one in basic["conditions"]
    )
    own = AccessLevel(found["name"], conditions, basic["combining_function"])
    return granted(own, {}, Call("s", "m", "p", "1", address, identity=None))


@given(levels_of(CONDITION), ADDRESS)
def test_nobody_has_a_level_from_outside_of_its_reach(found: Body, address: str) -> None:
    networks = levels.reach(found)
    assert networks is None or not admits(found, address) or any(ip_address(address) in each for each in networks)


@given(levels_of(NARROWABLE), levels_of(ADDRESSED), ADDRESS)
def test_whoever_newly_has_a_level_is_said(before: Body, after: Body, address: str) -> None:
    networks = [ip_network(text) for text in levels.gained(before, after)]
    newly = admits(after, address) and not admits(before, address)
    assert not newly or any(ip_address(address) in each for each in networks)
