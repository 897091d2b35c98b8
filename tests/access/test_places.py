"""Callers on a Shared VPC, over bridges, and whom several member strings mean: the witness names what has to come together."""

from typing import Any

import pytest

from access.changes import LEVEL, PERIMETER
from access.gain import Gain
from access.objects import Object
from access.perimeter_gains import gains, gains_with_levels, two_sides, universe
from access.perimeters import ENFORCED
from access.places import BY_BOTH

SERVICE, USER = "a.googleapis.com", "user:a@example.com"
OPERATIONS = [{"service_name": SERVICE, "method_selectors": [{"method": "*"}]}]
NETWORK = "//compute.googleapis.com/projects/n/global/networks/n"
POOL = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool"
ROLE, SUBJECT = f"principalSet:{POOL}/attribute.aws_role/app", f"principal:{POOL}/subject/s"


def rule(*members: str, sources: tuple[str, ...] = (), to: str = "*", way: str = "ingress", **selected: str) -> Any:
    origins = [{"access_level": "*"}] if not sources else [{"resource": one} for one in sources]
    operations = [{"service_name": SERVICE, "method_selectors": [selected or {"method": "*"}]}]
    origin = {"identities": list(members or (USER,)), "sources": origins}
    return {"title": "it", f"{way}_from": [origin], f"{way}_to": [{"resources": [to], "operations": operations}]}


def perimeter(name: str, *resources: str, kind: str = "PERIMETER_TYPE_REGULAR", **more: Any) -> Object:
    status = {"resources": list(resources), **more}
    if "BRIDGE" not in kind:
        status["restricted_services"] = [SERVICE]
    return Object(name, PERIMETER, {"name": name, "perimeter_type": kind, "status": [status]})


def ours(*rules: Any, resources: tuple[str, ...] = ("projects/1",), **more: Any) -> Object:
    return perimeter("ours", *resources, ingress_policies=list(rules), **more)


def found(old: list[Object], new: list[Object]) -> list[Gain]:
    assert list(gains(new, new)) == []
    return list(gains(old, new))


def test_a_caller_on_a_shared_vpc_is_a_witness_where_neither_its_project_nor_the_network_gains() -> None:
    apart = [ours(rule(sources=("projects/7",)), rule(sources=("projects/9",)))]
    (gain,) = found(apart, [ours(rule(sources=("projects/7", "projects/9")))])
    assert gain.missing == (BY_BOTH,)
    assert f"{USER} from projects/7 over a network of projects/9 to {SERVICE}" in gain.witness


def test_a_named_network_and_a_project_come_together() -> None:
    apart = [ours(rule(sources=("projects/7",)), rule(sources=(NETWORK,)))]
    (gain,) = found(apart, [ours(rule(sources=("projects/7", NETWORK)))])
    assert f"from projects/7 over {NETWORK} to" in gain.witness


def test_of_a_rule_that_names_one_of_both_the_one_is_told() -> None:
    for source in ("projects/7", NETWORK):
        (gain,) = found([ours()], [ours(rule(sources=(source,)))])
        assert (gain.missing, gain.what) == (
            (),
            f"ingress rule 'it' newly admits {USER} from {source} to {SERVICE} in projects/1",
        )


def test_a_host_that_joins_or_leaves() -> None:
    alone, both = (ours(resources=("projects/1", "projects/7", *more)) for more in ((), ("projects/9",)))
    (gain,) = found([alone], [both])
    assert not gain.missing
    assert gain.witness == f"any user from projects/9 to {SERVICE} in projects/1"
    assert all("projects/1" not in one.witness for one in found([both], [alone]))


def test_services_that_networks_may_call_are_those_of_projects_inside_too() -> None:
    limited = ours(vpc_accessible_services=[{"enable_restriction": True, "allowed_services": ["b.googleapis.com"]}])
    said = found([limited], [ours()])
    assert [gain.missing for gain in said] == [(), ()]
    assert all("from projects/1 over its own network to" in gain.witness for gain in said)


@pytest.mark.parametrize(
    ("one", "other", "who"),
    [
        (ROLE, SUBJECT, f"{SUBJECT} in {ROLE}"),
        (ROLE, f"principalSet:{POOL}/attribute.account/1", f"principalSet:{POOL}/attribute.account/1 in {ROLE}"),
        (ROLE, f"principalSet:{POOL}/attribute.aws_role/other", ""),
        (ROLE, f"principalSet:{POOL}/*", ROLE),
        (ROLE, f"principalSet:{POOL}x/*", ""),
        (ROLE, USER, ""),
        ("group:g@example.com", "group:h@example.com", "group:g@example.com in group:h@example.com"),
        (USER, "group:h@example.com", f"{USER} in group:h@example.com"),
        (USER, "user:b@example.com", ""),
        (USER, "user:A@example.com", USER),
        (USER, "serviceAccount:a@p.iam.gserviceaccount.com", ""),
    ],
)
def test_whom_two_perimeters_name_by_different_members(one: str, other: str, who: str) -> None:
    inner, home = ours(rule(one)), perimeter("home", "projects/9")
    out = perimeter("home", "projects/9", egress_policies=[rule(other, way="egress")])
    said = found([inner, home], [inner, out])
    into = [gain for gain in said if f" to {SERVICE} in projects/1" in gain.witness and "projects/9 to" in gain.witness]
    assert [gain.witness.partition(" from ")[0] for gain in into] == ([who] if who else [])


def test_a_method_of_one_perimeter_may_take_the_permission_of_another() -> None:
    method = "google.a.v1.Service.Read"
    inner, home = ours(rule(method=method)), perimeter("home", "projects/9")
    out = perimeter("home", "projects/9", egress_policies=[rule(way="egress", permission="a.read", to="projects/1")])
    (gain,) = found([inner, home], [inner, out])
    assert f"{SERVICE} ({method}) in projects/1" in gain.witness


def bridge(*resources: str) -> Object:
    return perimeter("bridge", *resources, kind="PERIMETER_TYPE_BRIDGE")


def test_a_bridge_is_a_gain_of_those_that_it_joins_and_of_nobody_else() -> None:
    (gain,) = found([ours()], [ours(), bridge("projects/1", "projects/9")])
    assert str(gain).startswith(
        "bridge: the bridge has both sides, and newly admits every identity from projects/1, projects/9 to"
    )
    assert not gain.missing
    assert found([ours(), bridge("projects/1", "projects/9")], [ours()]) == []
    assert found([ours(), bridge("projects/1")], [ours(), bridge("projects/9")]) == []


def test_a_bridge_of_projects_of_perimeters_that_are_not_here_is_not_decided() -> None:
    for old in ([], [bridge("projects/8")], [bridge("projects/9")]):
        (gain,) = gains_with_levels(old, [bridge("projects/8", "projects/9")])
        assert gain.missing == ("the perimeter of projects/8", "the perimeter of projects/9")
    assert list(gains_with_levels([bridge("projects/8", "projects/9")], [bridge("projects/8", "projects/9")])) == []


def test_a_bridge_to_a_perimeter_that_is_not_here_is_not_decided_where_this_one_lets_everything_pass() -> None:
    """What it opens is in the other perimeter, which may restrict other services."""
    unrestricted = Object(
        "ours", PERIMETER, {"name": "ours", "status": [{"resources": ["projects/1"], "restricted_services": []}]}
    )
    both = bridge("projects/1", "projects/9")
    for old in (unrestricted, ours()):
        said = list(gains_with_levels([old], [old, both]))
        assert said[-1].missing == ("the perimeter of projects/9",)
        assert list(gains_with_levels([old, both], [old, both])) == []


def test_a_bridge_with_a_member_that_is_not_known_is_not_decided() -> None:
    (gain,) = found([ours()], [ours(), bridge("projects/1", "${a.b}")])
    assert gain.missing == ("${a.b}",)
    assert found([ours(), bridge("projects/1", "${a.b}")], [ours(), bridge("projects/1", "projects/9", "${a.b}")])


def test_callers_of_a_member_that_is_not_known_may_come_in_where_everything_goes_out_already() -> None:
    """Such as a project that the same plan creates: its number is known after the apply."""
    out = rule(way="egress")
    out["egress_from"] = [{"identity_type": "ANY_IDENTITY"}]
    old, new, other = (
        ours(resources=("projects/1", *more), egress_policies=[out]) for more in ((), ("${a.b}",), ("${a.c}",))
    )
    for before, more in ((old, 0), (other, 1)):  # with another one before, its own project is open, too
        *opened, gain = found([before], [new])
        assert [one.what.partition(" newly ")[0] for one in opened] == ["egress rule 'it'"] * more
        assert gain.missing == ("${a.b}",)
        assert gain.witness == f"any user from another project to {SERVICE} in projects/1"


def test_a_role_in_a_rule_is_not_decided() -> None:
    roles = rule()
    roles["ingress_to"][0] |= {"roles": ["roles/a"], "operations": []}
    (gain,) = found([ours()], [ours(roles)])
    assert any("roles" in one for one in gain.missing)
    level = Object("level", LEVEL, {"name": "l", "basic": [{"conditions": [{"ip_subnetworks": ["203.0.113.0/24"]}]}]})
    assert found([ours(roles), level], [ours(roles), level]) == []


def combined(*perimeters: Object) -> set[frozenset[str]]:
    """Whom callers are several of."""
    everybody, _ = universe(*two_sides([], list(perimeters), ENFORCED))
    groups = ({name for name in one.principals if name.startswith("group:")} for one in everybody if one)
    return {frozenset(one) for one in groups if len(one) > 1}


def test_members_of_two_perimeters_are_one_caller_only_where_a_call_passes_both() -> None:
    ours, others = (
        [rule(f"group:{name}{at}", to=to) for at in range(5)] for name, to in (("a", "projects/1"), ("b", "projects/2"))
    )
    apart = [perimeter("a", "projects/1", ingress_policies=ours), perimeter("b", "projects/2", ingress_policies=others)]
    assert combined(*apart) == set()
    leaves = perimeter("a", "projects/1", egress_policies=[rule("group:a", way="egress", method="read")])
    enters = [
        rule("group:b", sources=("projects/1",)),
        rule("group:c", sources=("projects/1",), method="other"),
    ]
    both = combined(leaves, perimeter("b", "projects/2", ingress_policies=enters))
    assert both == {frozenset({"group:a", "group:b"})}
