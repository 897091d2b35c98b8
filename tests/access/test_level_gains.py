"""What an access level alone gains."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.changes import LEVEL, PERIMETER
from access.objects import after, before
from access.perimeter_gains import gains_with_levels as gains
from policy.call import Call
from policy.levels import AccessLevel, Condition, granted
from tests.deploy.planned import Body, change, level, plan, ranges

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


OTHER = change("google_project_service", {"service": "a"}, {"service": "a"}, name="other")


def found_in(*items: Body) -> list[str]:
    """What is reported where something existed before."""
    whole = plan(OTHER, *items)
    return list(map(str, gains(before(whole), after(whole))))


def said(was: Body | None, now: Body | None, unknown: Body | None = None) -> list[str]:
    """What is reported of a level, without its address."""
    return [text.partition(": ")[2] for text in found_in(change(LEVEL, was, now, unknown))]


def test_the_networks_that_a_level_gains_are_said() -> None:
    was = level(ranges("203.0.113.7/32", "198.51.100.0/24"))
    now = level(ranges("203.0.113.9/32", "198.51.100.8/29", "2001:db8::/48", "203.0.113.7/32", "198.51.0.0/16"))
    assert said(was, now) == ["newly admits 198.51.0.0/16, 203.0.113.9/32, 2001:db8::/48"]


def test_with_or_in_place_of_and_a_level_gains_what_only_one_condition_had() -> None:
    conditions = ranges("198.51.100.0/24"), ranges("198.51.100.8/29", "203.0.113.7/32")
    assert said(level(*conditions), level(*conditions, function="OR")) == [
        "newly admits 198.51.100.0/24, 203.0.113.7/32"
    ]


def test_a_list_that_is_known_only_later_may_gain_anything() -> None:
    (found,) = said(level(ONE), level({}), {"basic": [{"conditions": [{"ip_subnetworks": True}]}]})
    assert found.startswith("newly admits every other address; cannot be decided without ${")


def test_a_level_that_nothing_bounds_any_more_gains_everything() -> None:
    assert said(level(ONE), level(NOT_ONE)) == ["newly admits every other address"]


@pytest.mark.parametrize(
    ("was", "now"),
    [
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
def test_nothing_is_said_of_a_level_that_gains_nothing(was: Body | None, now: Body | None) -> None:
    assert said(was, now) == []


@pytest.mark.parametrize("name", NARROWED)
def test_an_address_that_was_admitted_with_a_condition_is_gained_without_it(name: str) -> None:
    assert said(NARROWED[name], level(ONE)) == ["newly admits 203.0.113.7/32"]


def test_a_level_whose_address_in_terraform_changes_is_the_same_level() -> None:
    old, new = level(ONE), level(ranges("203.0.113.7/32", "203.0.113.8/32"))
    found = found_in(change(LEVEL, old, None, name="old"), change(LEVEL, None, new, name="new"))
    assert found == [f"{LEVEL}.new: newly admits 203.0.113.8/32"]


def test_a_level_under_a_new_name_is_compared_with_those_that_go() -> None:
    renamed = {**level(ONE), "name": "accessPolicies/1/accessLevels/b"}
    assert said(level(ONE), renamed) == []
    assert said(level(ranges("198.51.100.0/24")), renamed) == ["newly admits 203.0.113.7/32"]
    assert found_in(change(LEVEL, None, renamed)) == [f"{LEVEL}.it: newly admits 203.0.113.7/32"]
    stays = change(LEVEL, level(ONE), level(ONE), name="stays")
    assert found_in(stays, change(LEVEL, None, renamed)) == [f"{LEVEL}.it: newly admits 203.0.113.7/32"]


def test_of_a_first_plan_only_a_level_that_cannot_be_read_is_said() -> None:
    first = plan(change(LEVEL, None, level(ONE)))
    assert list(gains(before(first), after(first))) == []
    unknown = plan(change(LEVEL, None, level(), {"basic": True}))
    (found,) = gains(before(unknown), after(unknown))
    assert found.missing


def test_a_level_that_is_in_the_state_twice_hides_nothing() -> None:
    old, new = level(ONE), level(ranges("203.0.113.7/32", "198.51.100.0/24"))
    (found,) = found_in(change(LEVEL, old, new), change(LEVEL, new, None, name="other"))
    assert "198.51.100.0/24" in found


def test_a_perimeter_that_names_the_new_origins_is_enough() -> None:
    """One widening is one sentence."""
    named = f"{PERIMETER}.it"
    rule = {
        "title": "r",
        "ingress_from": [{"identities": ["user:a"], "sources": [{"access_level": level()["name"]}]}],
        "ingress_to": [{"resources": ["*"], "operations": [{"service_name": "*"}]}],
    }
    status = {"resources": ["projects/1"], "restricted_services": ["s"], "ingress_policies": [rule]}
    same = change(PERIMETER, {"name": "p", "status": [status]}, {"name": "p", "status": [status]})
    (found,) = found_in(same, change(LEVEL, level(ONE), level(ranges("203.0.113.7/32", "198.51.100.0/24"))))
    assert found.startswith(f"{named}: ingress rule 'r' newly admits user:a from 198.51.100.0/24")


CIDRS = st.lists(st.sampled_from(["8.8.8.0/30", "8.8.8.0/31", "8.8.8.2/31", "8.8.8.1/32", "2600::/127"]), max_size=3)
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


@given(levels_of(NARROWABLE), levels_of(ADDRESSED), ADDRESS)
def test_a_level_that_is_newly_had_is_said(was: Body, now: Body, address: str) -> None:
    newly = admits(now, address) and not admits(was, address)
    assert not newly or said(was, now)
