"""When a call has an access level."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy import identity, rest
from policy.call import Call
from policy.levels import Truth, all_of, any_of, evaluate, granted
from tests.policy.bodies import APP, NAT, call, conditions

OTHER = "accessPolicies/1/accessLevels/other"
NETWORK = "//compute.googleapis.com/projects/p/global/networks/n"
FROM_VPC = {"vpcNetworkSources": [{"vpcSubnetwork": {"network": NETWORK, "vpcIpSubnetworks": ["10.0.0.0/8"]}}]}


def value(body: dict[str, Any], on: Call | None = None, **levels: Any) -> bool | None:
    """True, false or None for unknown."""
    known = rest.levels({NAT: body, OTHER: conditions({"ipSubnetworks": ["203.0.113.0/24"]})} | levels)
    truth = evaluate(NAT, known, on or call()).value
    assert granted(NAT, known, on or call()) is (truth is True)
    return truth


@pytest.mark.parametrize(
    ("subnetworks", "address", "expected"),
    [
        (["203.0.113.1/32"], "203.0.113.1", True),
        (["203.0.113.1/32"], "203.0.113.2", False),
        (["203.0.113.2/32", "203.0.113.1/32"], "203.0.113.1", True),
        (["203.0.113.0/31"], "203.0.113.1", True),
        ([], "192.0.2.1", True),
        ([], "2001:db8::1", True),
        (["192.0.2.1/32"], "203.0.113.1", False),
        (["2001:db8::/48"], "2001:db8::1", True),
        (["2001:db8::/48"], "2001:db9::1", False),
        (["203.0.113.1/32"], "2001:db8::1", False),
        (["203.0.113.1/32"], "::ffff:203.0.113.1", True),
        (["203.0.113.1/32"], "", False),
        (["0.0.0.0/0"], "2001:db8::1", False),
        (["203.0.113.1/31"], "203.0.113.1", None),
        (["nonsense"], "203.0.113.1", None),
    ],
)
def test_addresses(subnetworks: list[str], address: str, expected: bool | None) -> None:
    assert value(conditions({"ipSubnetworks": subnetworks}), call(address=address)) is expected


def test_an_address_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match="address: got '203.0.113', allowed: an IPv4 or IPv6 address"):
        call(address="203.0.113")
    with pytest.raises(ValueError, match="private_address: got '10', allowed: "):
        call(private_address="10")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"members": [f"serviceAccount:{APP}"]}, True),
        ({"members": ["user:ann@example.com", f"serviceAccount:{APP}"]}, True),
        ({"members": ["user:ann@example.com"]}, False),
        ({"members": ["group:ml@example.com"]}, None),
        ({"members": ["principalSet://iam.googleapis.com/projects/1/x"]}, None),
        ({"requiredAccessLevels": [OTHER]}, True),
        ({"requiredAccessLevels": [OTHER, "accessPolicies/1/accessLevels/gone"]}, None),
        ({"requiredAccessLevels": [NAT]}, None),
        ({"regions": ["JP"]}, None),
        ({"devicePolicy": {"requireScreenlock": True}}, None),
        ({"tomorrow": ["x"]}, None),
        (FROM_VPC, False),
        ({"vpcNetworkSources": [{}]}, False),
        ({"ipSubnetworks": ["203.0.113.1/32"], "members": ["user:ann@example.com"]}, False),
        ({"ipSubnetworks": ["203.0.113.1/32"], "devicePolicy": {"requireCorpOwned": True}}, None),
        ({"ipSubnetworks": ["203.0.113.9/32"], "devicePolicy": {"requireCorpOwned": True}}, False),
    ],
)
def test_a_condition_is_an_and_and_negate_is_nand(fields: dict[str, Any], expected: bool | None) -> None:
    assert value(conditions(fields)) is expected
    assert value(conditions(fields | {"negate": True})) is (None if expected is None else not expected)


def test_negate_of_nothing_is_never_granted() -> None:
    assert value(conditions({})) is True
    assert value(conditions({"negate": True})) is False


def test_callers_in_google_cloud_and_in_a_known_region() -> None:
    vpc = conditions(FROM_VPC)
    assert value(vpc, call(network=NETWORK, private_address="10.1.2.3", address="")) is True
    assert value(vpc, call(network=NETWORK, private_address="172.16.0.1", address="")) is False
    assert value(vpc, call(network=NETWORK + "2", private_address="10.1.2.3", address="")) is False
    assert value(conditions({"regions": ["JP"]}), call(region="JP")) is True
    assert value(conditions({"regions": ["JP"]}), call(region="US")) is False


def test_nobody_is_no_member() -> None:
    assert value(conditions({"members": [f"serviceAccount:{APP}"]}), call(identity=None)) is False


def test_a_workload_is_no_member_even_by_its_principal() -> None:
    workload = identity.federated("projects/1/locations/global/workloadIdentityPools/p", "s")
    assert value(conditions({"members": [workload.name]}), call(identity=workload)) is None


YES, NO = {"ipSubnetworks": ["203.0.113.1/32"]}, {"ipSubnetworks": ["192.0.2.0/24"]}
DUNNO = {"devicePolicy": {"requireCorpOwned": True}}


@pytest.mark.parametrize(
    ("bodies", "both", "either"),
    [
        ([YES], True, True),
        ([YES, NO], False, True),
        ([NO, NO], False, False),
        ([YES, DUNNO], None, True),
        ([NO, DUNNO], False, None),
        ([], None, None),
    ],
)
def test_combining(bodies: list[dict[str, Any]], both: bool | None, either: bool | None) -> None:
    assert value(conditions(*bodies)) is both
    assert value(conditions(*bodies, combining="AND")) is both
    assert value(conditions(*bodies, combining="OR")) is either
    assert value(conditions(*bodies, combining="XOR")) is None


def test_a_custom_level_and_an_unknown_field_are_not_granted_and_say_why() -> None:
    body = {"custom": {"expr": {"expression": "true"}}}
    assert value(body) is None
    levels = rest.levels({NAT: body})
    assert evaluate(NAT, levels, call()).why == "access level nat: custom cannot be decided here"
    assert evaluate("accessPolicies/1/accessLevels/gone", {}, call()).why == "access level gone does not exist"


def test_levels_that_require_each_other_end() -> None:
    levels = {NAT: conditions({"requiredAccessLevels": [OTHER]}), OTHER: conditions({"requiredAccessLevels": [NAT]})}
    assert evaluate(NAT, rest.levels(levels), call()).value is None


truths = st.lists(st.sampled_from([True, False, None]))


@given(truths)
def test_unknown_never_becomes_known(values: list[bool | None]) -> None:
    """Whatever an unknown turns out to be, a known answer is the right one."""
    for together, plain in ((all_of, all), (any_of, any)):
        answer = together(Truth(value) for value in values).value
        if answer is not None:
            for guess in (True, False):
                assert answer == plain(guess if value is None else value for value in values)
        else:
            assert None in values
