"""The grammars, held against a second statement of each that shares no code with the first."""

import ipaddress
import string

from hypothesis import given
from hypothesis import strategies as st

from constructs_lib import limits

LOWER, LETTERS, DIGITS = string.ascii_lowercase, string.ascii_letters, string.digits


def near(alphabet: str, most: int) -> st.SearchStrategy[str]:
    """Texts that are mostly right: the alphabet and a few strangers, around the limit's length."""
    return st.one_of(
        st.text(st.sampled_from(alphabet), max_size=most + 2),
        st.text(st.sampled_from(alphabet + "A_-./ é\n"), max_size=most + 2),
        st.text(max_size=8),
    )


@given(near(LOWER + DIGITS + "-", 32))
def test_pool_and_provider_ids(text):
    expected = 4 <= len(text) <= 32 and set(text) <= set(LOWER + DIGITS + "-") and not text.startswith("gcp-")
    assert limits.pool_id.holds(text) == limits.provider_id.holds(text) == expected


@given(near(LOWER + DIGITS + "-", 30))
def test_service_accounts_and_projects(text):
    expected = (
        6 <= len(text) <= 30
        and set(text) <= set(LOWER + DIGITS + "-")
        and text[:1] in set(LOWER)
        and not text.endswith("-")
    )
    assert limits.service_account_id.holds(text) == limits.project_id.holds(text) == expected


@given(near(LETTERS + DIGITS + "_", 50))
def test_levels_and_perimeters(text):
    expected = len(text) <= 50 and text[:1] in set(LETTERS) and set(text) <= set(LETTERS + DIGITS + "_")
    assert limits.access_level_name.holds(text) == limits.perimeter_name.holds(text) == expected


@given(near(LETTERS + DIGITS + "_.", 64))
def test_custom_roles(text):
    assert limits.custom_role_id.holds(text) == (3 <= len(text) <= 64 and set(text) <= set(LETTERS + DIGITS + "_."))


@given(near(LETTERS + DIGITS + "_+=,.@-", 64))
def test_aws_roles(text):
    expected = 1 <= len(text) <= 64 and set(text) <= set(LETTERS + DIGITS + "_+=,.@-")
    assert limits.aws_role_name.holds(text) == expected


@given(st.one_of(near(DIGITS, 19), st.integers().map(str)))
def test_numbers(text):
    expected = 1 <= len(text) <= 19 and set(text) <= set(DIGITS) and not text.startswith("0")
    for rule in (limits.project_number, limits.organization_id, limits.access_policy_number):
        assert rule.holds(text) == expected
    assert limits.aws_account_id.holds(text) == (len(text) == 12 and set(text) <= set(DIGITS))


@given(st.lists(near(LETTERS + DIGITS, 8), max_size=4).map("/".join))
def test_role_paths(path):
    expected = path == "/" or (
        len(path) >= 3 and path.startswith("/") and path.endswith("/") and all("!" <= one <= "~" for one in path)
    )
    assert limits.aws_role_path.holds(path) == expected


def ip_networks() -> st.SearchStrategy[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    four = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(
        lambda drawn: ipaddress.IPv4Network((drawn[0] >> (32 - drawn[1]) << (32 - drawn[1]), drawn[1]))
    )
    six = st.tuples(st.integers(0, 2**128 - 1), st.integers(0, 128)).map(
        lambda drawn: ipaddress.IPv6Network((drawn[0] >> (128 - drawn[1]) << (128 - drawn[1]), drawn[1]))
    )
    return st.one_of(four, six)


@given(ip_networks())
def test_a_network_without_host_bits_is_a_cidr(network):
    assert limits.cidr(str(network)) == str(network)


@given(st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_host_bits_are_refused_and_the_network_is_suggested(address, prefix):
    text = f"{ipaddress.IPv4Address(address)}/{prefix}"
    host_bits = address & ((1 << (32 - prefix)) - 1)
    assert limits.cidr.holds(text) == (host_bits == 0)
    if host_bits:
        try:
            limits.cidr(text)
        except limits.LimitError as error:
            meant = ipaddress.IPv4Address(address - host_bits)
            assert f"did you mean '{meant}/{prefix}'?" in str(error)  # noqa: PT017


@given(st.integers(0, 2**32 - 1))
def test_an_ipv4_address_is_allowed_exactly_if_no_private_block_holds_it(number):
    first, second, *_ = number.to_bytes(4, "big")
    private = (
        first in (0, 10, 127)
        or first >= 224
        or (first == 172 and 16 <= second <= 31)
        or (first, second) in ((192, 168), (169, 254))
        or (first == 100 and 64 <= second <= 127)
    )
    text = f"{ipaddress.IPv4Address(number)}/32"
    assert limits.allow_cidr.holds(text) == limits.egress_cidr.holds(text) == (not private)


@given(ip_networks())
def test_an_allowed_range_holds_allowed_addresses_only(network):
    if limits.allow_cidr.holds(str(network)):
        for address in (network[0], network[-1], network[network.num_addresses // 2]):
            assert limits.allow_cidr.holds(f"{address}/{network.max_prefixlen}")
        assert network.prefixlen >= (16 if network.version == 4 else 32)


@given(st.sampled_from(["af", "ap", "ca", "cn", "eu", "us", "us-gov", "xx"]), near(LOWER, 9), st.integers(0, 12))
def test_regions(area, direction, number):
    text = f"{area}-{direction}-{number}"
    compass = {"central", "east", "west", *(ns + ew for ns in ("north", "south") for ew in ("", "east", "west"))}
    expected = area not in ("cn", "xx") and direction in compass and 1 <= number <= 9
    assert limits.aws_region.holds(text) == expected


@given(st.text(), st.text())
def test_zones_and_subjects_raise_nothing_but_limit_errors(one, other):
    for call in (
        lambda: limits.zone(one, other),
        lambda: limits.partition(one),
        lambda: limits.federated_subject(partition="aws", account_id=one, role_name=other),
        lambda: limits.architecture(one),
        lambda: limits.documentation_range(one),
    ):
        try:
            call()
        except limits.LimitError as error:
            assert "\n" not in str(error)  # noqa: PT017


@given(st.sampled_from([rule for rule in vars(limits).values() if isinstance(rule, limits.Limit)]), st.text())
def test_no_text_breaks_a_rule(rule, text):
    try:
        assert rule(text) is text
    except limits.LimitError as error:
        assert error.got == rule.show(text)  # noqa: PT017
