"""The most that an access level admits, and what is refused."""

from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access import limits
from access.changes import LEVEL
from access.objects import after as planned
from constructs_lib.limits import addresses
from tests.access.test_level_gains import admits
from tests.deploy.planned import Body, change, level, plan, ranges

ONE = ranges("203.0.113.7/32")
LATER = {"ip_subnetworks": True}


def applied(after: Body, unknown: Body | None = None) -> list[str]:
    """Why a level is refused, as it will be."""
    return [why for one in planned(plan(change(LEVEL, None, after, unknown))) if (why := limits.too_much(one.values))]


def unknown(*conditions: Body, **basic: Any) -> Body:
    return {"basic": [{"conditions": list(conditions), **basic}]}


UNBOUNDED = {
    "all but one": level({**ONE, "negate": True}),
    "no conditions": level(),
    "no basic": level(basic=[]),
    "an empty basic": level(basic=[{}]),
    "an empty condition": level({"ip_subnetworks": [], "negate": False}),
    "an absent list": level({"ip_subnetworks": None, "regions": None}),
    "regions alone": level({"regions": ["JP"]}),
    "members alone": level({"members": ["user:a@example.com"]}),
    "another level alone": level({"required_access_levels": ["accessPolicies/1/accessLevels/b"]}),
    "a device alone": level({"device_policy": [{"require_screen_lock": True}]}),
    "a network alone": level({"vpc_network_sources": [{"vpc_subnetwork": [{"network": "n"}]}]}),
    "or regions": level(ONE, {"regions": ["JP"]}, function="OR"),
    "or an empty condition": level({"ip_subnetworks": []}, ONE, function="OR"),
    "or all but one": level(ONE, {**ONE, "negate": True}, function="OR"),
    "no function that we know": level(ONE, {"regions": ["JP"]}, function="XOR"),
    "an expression": level(custom=[{"expr": [{"expression": "true"}]}], basic=[]),
    "an expression beside it": level(ONE, custom=[{"expr": [{"expression": "true"}]}]),
    "no range at all": level(ranges("203.0.113.7/32", "everywhere")),
}


@pytest.mark.parametrize("name", UNBOUNDED)
def test_what_no_list_of_addresses_bounds_is_refused(name: str) -> None:
    (why,) = applied(UNBOUNDED[name])
    assert why.startswith("no list of addresses bounds it")


WIDE = [
    ["0.0.0.0/0"],
    ["::/0"],
    ["0.0.0.0/1", "128.0.0.0/1"],
    ["::/1", "8000::/1"],
    ["203.0.113.7/32", "8.0.0.0/15"],
    ["2600::/31"],
    ["::ffff:0:0/96"],
    ["::/96"],
    ["64:ff9b::/97"],
]


@pytest.mark.parametrize("cidrs", WIDE, ids=" ".join)
@pytest.mark.parametrize("function", ["AND", "OR"])
def test_a_range_that_is_too_wide_is_refused(cidrs: list[str], function: str) -> None:
    (why,) = applied(level(ranges(*cidrs), function=function))
    wide = sorted({str(ip_network(cidr)) for cidr in cidrs} - {"203.0.113.7/32"})  # as this Python writes them
    assert why.startswith(f"it admits {', '.join(wide)}; allowed: ")


def test_one_wide_condition_of_several_is_enough_with_or() -> None:
    conditions = [ONE, ranges("0.0.0.0/1")]
    assert len(applied(level(*conditions, function="OR"))) == 1
    assert applied(level(*conditions, function="AND")) == []


def blocks_of(first: str, count: int, prefix: int) -> list[str]:
    """So many ranges, one beside the other."""
    start = ip_address(first)
    return [f"{start + index * 2 ** (start.max_prefixlen - prefix)}/{prefix}" for index in range(count)]


@pytest.mark.parametrize("first", ["20.0.0.0", "2600::"])
def test_many_ranges_together_are_refused_where_no_list_of_the_settings_holds_as_many(first: str) -> None:
    widest = addresses.WIDEST[ip_address(first).version]
    full = blocks_of(first, addresses.MAX_ITEMS, widest)
    assert applied(level(ranges(*full))) == []
    assert applied(level(ranges(*full, *full), ranges(*full), function="OR")) == []
    one_more = blocks_of(first, addresses.MAX_ITEMS + 1, widest)[-1]
    (why,) = applied(level(ranges(*full), ranges(one_more), function="OR"))
    assert why == "its ranges together have more addresses than 200 of /16 (IPv6: of /32)"


def test_the_guards_bounds_are_those_of_the_settings() -> None:
    """Whatever they take passes, but for what nobody has: else there were settings that cannot be deployed."""
    assert not addresses.allow_cidr.holds(str(limits.RESERVED))
    spelled = [block for block in addresses.NEVER_PUBLIC if block.version == 6 and block.prefixlen == 96]
    assert len(spelled) == 3
    assert all(block.subnet_of(limits.RESERVED) for block in spelled)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "after",
    [
        level(ONE),
        level(ranges("198.51.100.0/24", "2001:db8::/48")),
        level({**ONE, "regions": ["JP"], "negate": False}),
        level(ONE, {"regions": ["JP"]}),
        level(ONE, {**ONE, "negate": True}),
        level(ONE, ranges("198.51.100.0/24"), function="OR"),
        level(ranges("8.8.0.0/16", "8.9.0.0/16")),
    ],
    ids=str,
)
def test_addresses_and_what_narrows_them_down_pass(after: Body) -> None:
    assert applied(after) == []


def test_addresses_that_are_known_only_later_pass() -> None:
    assert applied(level({}), unknown(LATER)) == []
    assert applied(level({"regions": ["JP"]}), unknown({**LATER, "regions": [False]})) == []
    assert applied(level(), {"basic": True}) == applied(level({}), {"basic": [{"conditions": True}]}) == []


@pytest.mark.parametrize(
    ("after", "later"),
    [
        (level({"negate": True}), unknown(LATER)),
        (level({}), unknown({**LATER, "negate": True})),
        (level(ONE), unknown({"negate": True})),
        (level({}), unknown({"regions": True})),
        (level({}, {"regions": ["JP"]}, function="OR"), unknown(LATER, {})),
        (level(ONE, {"regions": ["JP"]}), unknown({}, {}, combining_function=True)),
        (level(ONE), {"custom": True}),
        (level({"ip_subnetworks": ["0.0.0.0/1", None]}), unknown({"ip_subnetworks": [False, True]})),
    ],
    ids=str,
)
def test_what_is_known_only_later_hides_nothing_else(after: Body, later: Body) -> None:
    assert len(applied(after, later)) == 1


CIDRS = st.lists(st.sampled_from(["8.8.8.0/30", "8.8.8.0/31", "8.8.8.2/31", "8.8.8.1/32", "2600::/127"]), max_size=3)
CONDITION = st.fixed_dictionaries({"ip_subnetworks": CIDRS, "negate": st.booleans()})
ADDRESS = st.sampled_from(["8.8.8.0", "8.8.8.1", "8.8.8.2", "8.8.8.3", "8.8.8.4", "2600::", "2600::2"])
LEVELS = st.builds(
    lambda found, function: level(*found, function=function),
    st.lists(CONDITION, min_size=1, max_size=3),
    st.sampled_from(["AND", "OR"]),
)


@given(LEVELS, ADDRESS)
def test_nobody_has_a_level_from_outside_of_its_reach(found: Body, address: str) -> None:
    """By the policy's own evaluation."""
    networks = limits.reach(found)
    assert networks is None or not admits(found, address) or any(ip_address(address) in each for each in networks)
