"""What perimeters newly let pass, against every call of a small world, each asked of a naive oracle."""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access import places
from access.changes import LEVEL, PERIMETER
from access.gain import Gain
from access.objects import Object
from access.perimeter_gains import gains, two_sides, universe
from access.perimeters import ENFORCED
from access.places import Shared
from access.values import within
from tests.access.naive import Where, Who, passes

POOL = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool"
ROLE = f"principalSet:{POOL}/attribute.aws_role/app"
MEMBERS = ["user:a@example.com", "group:g@example.com", "serviceAccount:s@p.iam.gserviceaccount.com", ROLE]
SUBJECT, ACCOUNT = f"principal:{POOL}/subject/app", f"principalSet:{POOL}/attribute.account/1"
EVERYBODY_OF_THE_POOL, GROUP = f"principalSet:{POOL}/*", "group:h@example.com"
MORE_MEMBERS = [*MEMBERS, SUBJECT, ACCOUNT, EVERYBODY_OF_THE_POOL, GROUP]
PERSONAL = [MEMBERS[0], MEMBERS[2]]
CIDRS = [
    "198.51.100.0/24",
    "198.51.100.0/25",
    "198.51.100.128/25",
    "198.51.100.7/32",
    "203.0.113.0/24",
    "2001:db8::/32",
]
LEVELS = ["accessPolicies/1/accessLevels/one", "accessPolicies/1/accessLevels/two"]
A, B = "a.googleapis.com", "b.googleapis.com"
PROJECTS = ["projects/1", "projects/2"]
EVERY_PROJECT = [*PROJECTS, "projects/3"]
ANY_PROJECT = [*EVERY_PROJECT, "projects/4"]
"""Projects, and one more that no perimeter, bridge or rule names."""
NETWORK = "//compute.googleapis.com/projects/n/global/networks/n"

EVERYBODY = [
    Who("user", frozenset({MEMBERS[0]})),
    Who("user", frozenset({MEMBERS[0], MEMBERS[1]})),
    Who("user", frozenset({MEMBERS[1]})),
    Who("user", frozenset()),
    Who("service_account", frozenset({MEMBERS[2]})),
    Who("service_account", frozenset({MEMBERS[1], MEMBERS[2]})),
    Who("service_account", frozenset()),
    *(
        Who("federated", frozenset({EVERYBODY_OF_THE_POOL, *some}))
        for some in ((), (ROLE,), (SUBJECT,), (ACCOUNT,), (ROLE, SUBJECT), (ROLE, ACCOUNT), (ROLE, SUBJECT, ACCOUNT))
    ),
    Who("federated", frozenset()),
    Who("none", frozenset()),
    Who("user", frozenset({GROUP})),
    Who("user", frozenset({MEMBERS[1], GROUP})),
    Who("user", frozenset({MEMBERS[0], GROUP})),
    Who("service_account", frozenset({MEMBERS[1], GROUP})),
    Who("service_account", frozenset({MEMBERS[2], GROUP})),
    Who("user", frozenset({MEMBERS[0], MEMBERS[1], GROUP})),
    Who("service_account", frozenset({MEMBERS[1], MEMBERS[2], GROUP})),
]
READINGS = list(product(["project", "network", "both"], ANY_PROJECT))
"""What Google's pages leave open: what counts on a Shared VPC; and whose network the one that is named is."""
EVERYWHERE = [
    *(Where(address=one) for one in ["198.51.100.7", "198.51.100.8", "198.51.100.200", "203.0.113.9", "192.0.2.1"]),
    *(Where(address=one) for one in ["2001:db8::1", "2001:db9::1"]),
    *(Where(project=one) for one in ANY_PROJECT),
]


def everywhere(reading: tuple[str, str]) -> list[Where]:
    """Each address, project and network, and each project on each network."""
    counts, host = reading
    networks = [("", one) for one in ANY_PROJECT] + [(NETWORK, host)]
    on = [Where("", project, *network, counts) for project, network in product(["", *ANY_PROJECT], networks)]
    return [*EVERYWHERE, *(one for one in on if one.project or one.network)]


EVERYTHING = list(product([A, B], ["read", "other"], ANY_PROJECT))


def some(values: list[str], most: int = 2) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=most, unique=True)


def mostly(values: st.SearchStrategy[Any], most: int = 2) -> st.SearchStrategy[list[Any]]:
    """A list that is seldom empty: a rule without callers, sources, operations or targets admits no caller."""
    full = st.lists(values, min_size=1, max_size=most)
    return st.one_of(full, full, full, full, st.just([]))


def condition(required: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "ip_subnetworks": some(CIDRS, 3),
            "members": some(PERSONAL),
            "required_access_levels": some(required, 1) if required else st.just([]),
            "negate": st.booleans(),
            "regions": st.just([]),
        }
    )


def level(required: list[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.fixed_dictionaries(
        {
            "conditions": st.lists(condition(required), min_size=1, max_size=2),
            "combining_function": st.sampled_from(["AND", "OR"]),
        }
    ).map(lambda basic: [basic])


operations = mostly(
    st.fixed_dictionaries(
        {
            "service_name": st.sampled_from([A, A, B, "*"]),
            "method_selectors": st.lists(
                st.sampled_from([{"method": "*"}, {"method": "read"}]), min_size=1, max_size=2
            ),
        }
    )
)


def rule(direction: str) -> st.SearchStrategy[dict[str, Any]]:
    sources = st.one_of(
        st.sampled_from([*LEVELS, *LEVELS, "*"]).map(lambda name: {"access_level": name, "resource": None}),
        st.sampled_from([*EVERY_PROJECT, NETWORK]).map(lambda name: {"access_level": None, "resource": name}),
    )
    origin = st.fixed_dictionaries(
        {
            "identities": mostly(st.sampled_from(MORE_MEMBERS)),
            "identity_type": st.sampled_from([None, None, "ANY_IDENTITY", "ANY_USER_ACCOUNT", "ANY_SERVICE_ACCOUNT"]),
            "sources": mostly(sources),
        }
    )
    target = st.fixed_dictionaries({"resources": mostly(st.sampled_from([*PROJECTS, "*"])), "operations": operations})
    return st.tuples(origin, target).map(
        lambda two: {"title": "it", f"{direction}_from": [two[0]], f"{direction}_to": [two[1]]}
    )


status_fields = {"ingress_policies", "egress_policies", "resources", "restricted_services", "vpc_accessible_services"}
status = st.fixed_dictionaries(
    {
        "resources": mostly(st.sampled_from([*PROJECTS, *PROJECTS, NETWORK])),
        "restricted_services": mostly(st.sampled_from([A, B])),
        "access_levels": some(LEVELS, 1),
        "ingress_policies": st.lists(rule("ingress"), max_size=2),
        "egress_policies": st.lists(rule("egress"), max_size=1),
        "vpc_accessible_services": st.sampled_from([[], [], [{"enable_restriction": True, "allowed_services": [A]}]]),
    }
)
bridges = st.lists(some(EVERY_PROJECT, 3), max_size=2)
anything = st.fixed_dictionaries(
    {
        "levels": st.tuples(level([]), level(LEVELS[:1])),
        "perimeters": st.lists(st.one_of(status, status, st.none()), min_size=1, max_size=2),
        "bridges": bridges,
    }
)


def working(members: list[str], kind: str | None, cidr: str, called: str) -> dict[str, Any]:
    """A world in which each part decides: one rule of one perimeter, for members and an address."""
    levels = [
        [{"conditions": [{"ip_subnetworks": [one], "members": [], "required_access_levels": [], "negate": False}],
          "combining_function": "AND"}]
        for one in (cidr, CIDRS[-1])
    ]  # fmt: skip
    rule = {
        "title": "it",
        "ingress_from": [{"identities": members, "identity_type": kind, "sources": [{"access_level": LEVELS[0]}]}],
        "ingress_to": [
            {
                "resources": PROJECTS[:1],
                "operations": [{"service_name": A, "method_selectors": [{"method": called}]}],
            }
        ],
    }
    status = {"resources": PROJECTS[:1], "restricted_services": [A], "access_levels": [], "ingress_policies": [rule]}
    perimeters = [{**status, "egress_policies": [], "vpc_accessible_services": []}]
    return {"levels": levels, "perimeters": perimeters, "bridges": []}


def doubled(one: list[str], other: list[str], personal: list[str], project: str) -> dict[str, Any]:
    """A world in which one caller has to be what each of two perimeters names, and somebody of a level."""
    inner, outer = (working(members, None, CIDRS[0], "*") for members in (one, other))
    inner["levels"][0][0]["conditions"][0] |= {"ip_subnetworks": [], "members": personal}
    (far,) = outer["perimeters"]
    far["ingress_policies"][0]["ingress_from"][0]["sources"] = [{"access_level": "*"}]
    (rule,) = far["ingress_policies"]
    leaves = {"title": "it", "egress_from": rule["ingress_from"], "egress_to": rule["ingress_to"]}
    far |= {"resources": [project], "egress_policies": [leaves]}
    return {**inner, "perimeters": [*inner["perimeters"], far]}


world = st.one_of(
    anything,
    st.builds(
        doubled,
        some(MORE_MEMBERS),
        some(MORE_MEMBERS),
        st.one_of(st.just([]), some(PERSONAL)),
        st.sampled_from(PROJECTS),
    ),
    st.builds(
        working,
        some(MEMBERS),
        st.sampled_from([None, None, "ANY_IDENTITY", "ANY_USER_ACCOUNT", "ANY_SERVICE_ACCOUNT"]),
        st.sampled_from(CIDRS),
        st.sampled_from(["*", "read"]),
    ),
)


def perimeters(world: dict[str, Any]) -> list[dict[str, Any]]:
    """Its perimeters and bridges as Terraform has them."""
    regular = [{"status": [one] if one else []} for one in world["perimeters"]]
    kind = {"perimeter_type": "PERIMETER_TYPE_BRIDGE"}
    return [*regular, *({**kind, "status": [{"resources": one}]} for one in world["bridges"])]


def objects(world: dict[str, Any]) -> list[Object]:
    named = zip(LEVELS, world["levels"], strict=True)
    return [
        *(Object(f"{LEVEL}.{at}", LEVEL, {"name": name, "basic": basic}) for at, (name, basic) in enumerate(named)),
        *(
            Object(f"{PERIMETER}.{at}", PERIMETER, {"name": f"p{at}", "spec": [], **one})
            for at, one in enumerate(perimeters(world))
        ),
    ]


def gained(old: dict[str, Any], new: dict[str, Any], reading: tuple[str, str] | None = None) -> bool:
    """Brute force: whether any call passes on the new side and not on the old one; without a reading of none on a Shared VPC."""
    sides = [
        (
            perimeters(side),
            {name: {"basic": basic} for name, basic in zip(LEVELS, side["levels"], strict=True)},
        )
        for side in (old, new)
    ]
    return any(
        passes(*sides[1], who, where, service, method, target)
        and not passes(*sides[0], who, where, service, method, target)
        for who, where, (service, method, target) in product(
            EVERYBODY, everywhere(reading) if reading else EVERYWHERE, EVERYTHING
        )
    )


def holds(fact: str, reading: tuple[str, str], lists: list[list[str]]) -> bool:
    """Whether it is a fact that a call on a Shared VPC counts as this. Projects that the same lists have are one."""
    counts, host = reading
    if fact in places.READINGS:
        return fact == dict(zip(["project", "network", "both"], places.READINGS, strict=True))[counts]
    project = fact.removeprefix(f"whether {NETWORK} is a network of ")
    return all((project in one) == (host in one) for one in lists)


def lists(world: dict[str, Any]) -> Iterator[list[str]]:
    """Every list of projects and networks."""
    yield from world["bridges"]
    for one in filter(None, world["perimeters"]):
        yield one["resources"]
        for direction in ("ingress", "egress"):
            for rule in one[f"{direction}_policies"]:
                yield [
                    source["resource"] for source in rule[f"{direction}_from"][0]["sources"] if source.get("resource")
                ]


def whereof(origin: str | Shared, reading: tuple[str, str]) -> Where:
    counts, host = reading
    if isinstance(origin, Shared):
        known = (NETWORK, host) if origin.network == NETWORK else ("", origin.network)
        return Where("", origin.project, *known, counts)
    if origin == NETWORK:
        return Where("", "", NETWORK, host)
    return Where(project=origin) if origin.startswith("projects/") else Where(address=origin)


@settings(max_examples=200)
@given(world, st.sampled_from(READINGS))
def test_each_answer_is_the_oracles(world: dict[str, Any], reading: tuple[str, str]) -> None:
    """One by one, for every representative caller and address: a difference may hide what both sides have wrong."""
    side, _ = two_sides(objects(world), objects(world), ENFORCED)
    levels = {name: {"basic": basic} for name, basic in zip(LEVELS, world["levels"], strict=True)}
    everybody, calls = universe(side)
    origins, named = side.origins, list(lists(world))
    every = [*(name for name, _ in origins.pieces), *origins.resources, *origins.shared]
    for identity, call in product(everybody, calls):
        table = side.table(identity, call)
        bits = 0
        for way in table:
            bits |= table[way] if all(holds(fact, reading, named) for fact in way) else 0
        who = Who(identity.kind if identity else "none", identity.principals if identity else frozenset())
        for index, place in enumerate(every):
            where = whereof(place, reading)
            if where.network and where.project == where.host:
                continue  # a network that is named: that it is of the caller's project is not known here
            what = call.service, call.method or "other", call.resource
            expected = passes(perimeters(world), levels, who, where, *what)
            assert bool(bits >> index & 1) == expected, (identity, where, call)


def decided(found: list[Gain]) -> list[Gain]:
    return [gain for gain in found if not gain.missing]


def is_exact(old: dict[str, Any], new: dict[str, Any], reading: tuple[str, str]) -> None:
    """Something is reported if somebody gains; and only then, whatever Google's pages leave open if it is decided."""
    found = list(gains(objects(old), objects(new)))
    gains_here = gained(old, new, reading)
    assert found or not gains_here
    if decided(found) and not gains_here:  # whose network it is that is named decides only whom a gain is of
        assert any(gained(old, new, other) for other in READINGS if other[0] == reading[0])
    if found and not gains_here:
        assert any(gained(old, new, other) for other in READINGS)


@settings(max_examples=80)
@given(world, world, st.sampled_from(READINGS))
def test_the_difference_is_exact(old: dict[str, Any], new: dict[str, Any], reading: tuple[str, str]) -> None:
    is_exact(old, new, reading)


@settings(max_examples=80)
@given(world, st.data(), st.sampled_from(READINGS))
def test_one_change_is_exact(old: dict[str, Any], data: st.DataObject, reading: tuple[str, str]) -> None:
    """Two worlds that are nearly the same: the other test's hardly ever agree in anything."""
    new = json.loads(json.dumps(old))
    part = data.draw(st.sampled_from(["levels", "perimeters", "perimeters", "bridges"]))
    if part == "levels":
        at = data.draw(st.sampled_from([0, 1]))
        new["levels"][at] = data.draw(level(LEVELS[:at]))
    elif part == "bridges":
        new["bridges"] = data.draw(bridges)
    else:
        at = data.draw(st.integers(0, len(new["perimeters"]) - 1))
        field = data.draw(st.sampled_from(sorted(status_fields)))
        if new["perimeters"][at]:
            new["perimeters"][at][field] = data.draw(status)[field]
    is_exact(old, new, reading)
    assert list(gains(objects(new), objects(new))) == []


names = st.lists(st.sampled_from(MORE_MEMBERS), min_size=1, max_size=2)


@settings(max_examples=80)
@given(names, names, names, st.one_of(st.just([]), some(PERSONAL)))
def test_a_caller_whom_two_perimeters_name_is_asked(
    inner: list[str], old: list[str], new: list[str], personal: list[str]
) -> None:
    """Out of one perimeter and into another one: only who is named by both gains, by whatever member strings."""
    worlds = [doubled(inner, outer, personal, PROJECTS[1]) for outer in (old, [*old, *new])]
    is_exact(*worlds, READINGS[0])
    assert list(gains(*map(objects, reversed(worlds)))) == []


KUBERNETES = f"principalSet:{POOL}.svc.id.goog/namespace/n"
"""A set of a form that is not read: it must be somebody nevertheless."""


ANY_OPERATION = [{"service_name": "*", "method_selectors": [{"method": "*"}]}]
CLOSED = {
    "resources": PROJECTS,
    "restricted_services": [A],
    "access_levels": [],
    "ingress_policies": [],
    "egress_policies": [],
}


@pytest.mark.parametrize("member", [*MEMBERS, KUBERNETES])
def test_each_kind_of_member_is_somebody(member: str) -> None:
    rule = {
        "title": "it",
        "ingress_from": [{"identities": [member], "sources": [{"access_level": "*"}]}],
        "ingress_to": [{"resources": ["*"], "operations": ANY_OPERATION}],
    }
    level = [{"conditions": [], "combining_function": "AND"}]
    old, new = (
        {"levels": (level, level), "perimeters": [{**CLOSED, "ingress_policies": rules}], "bridges": []}
        for rules in ([], [rule])
    )
    (found,) = gains(objects(old), objects(new))
    assert found.what.startswith(f"ingress rule 'it' newly admits {member} from every")


def test_a_caller_who_must_be_in_a_group_and_in_a_level() -> None:
    """The level names the user, the rule the group: only somebody who is both gains."""
    personal = {"ip_subnetworks": [], "members": [PERSONAL[0]], "required_access_levels": [], "negate": False}
    level = [{"conditions": [personal], "combining_function": "AND"}]
    rule = {
        "title": "it",
        "ingress_from": [{"identities": [MEMBERS[1]], "sources": [{"access_level": LEVELS[0]}]}],
        "ingress_to": [{"resources": ["*"], "operations": ANY_OPERATION}],
    }
    old, new = (
        {"levels": (level, level), "perimeters": [{**CLOSED, "ingress_policies": rules}], "bridges": []}
        for rules in ([], [rule])
    )
    (found,) = gains(objects(old), objects(new))
    assert found.what.startswith("ingress rule 'it' newly admits user:a@example.com in group:g@example.com from every")
    assert gained(old, new)


UNKNOWN: dict[str, list[Any]] = {
    "${cidrs}": [[], ["198.51.100.7/32"], ["0.0.0.0/0"]],
    "${who}": [*MEMBERS],
    "${project}": [*PROJECTS, "projects/3"],
}


def filled(value: Any, given: dict[str, Any]) -> Any:
    """A world in which what was not known is this."""
    if isinstance(value, dict):
        return {name: filled(inner, given) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [filled(inner, given) for inner in value]
    return given.get(value, value) if isinstance(value, str) else value


def forget(data: st.DataObject, world: dict[str, Any]) -> dict[str, Any]:
    """The same world with some of it not known yet: seldom more than one kind of fact, since each may be reported alone."""
    new = json.loads(json.dumps(world))
    kinds = data.draw(st.sampled_from([*([name] for name in UNKNOWN), list(UNKNOWN)]))

    def forgets(name: str) -> bool:
        return name in kinds and data.draw(st.booleans())

    for level in new["levels"]:
        for condition in level[0]["conditions"]:
            if forgets("${cidrs}"):
                condition["ip_subnetworks"] = "${cidrs}"
    for one in filter(None, new["perimeters"]):
        for direction in ("ingress", "egress"):
            for rule in one[f"{direction}_policies"]:
                if forgets("${who}"):
                    rule[f"{direction}_from"][0]["identities"].append("${who}")
                if forgets("${project}"):
                    rule[f"{direction}_to"][0]["resources"].append("${project}")
        if forgets("${project}"):
            one["resources"].append("${project}")
    return new  # type: ignore[no-any-return]


@settings(max_examples=200)
@given(world, st.data())
def test_what_is_not_known_widens(old: dict[str, Any], data: st.DataObject) -> None:
    """Without a report no caller gains, whatever the unknown turns out to be."""
    new = forget(data, json.loads(json.dumps(old)))
    if data.draw(st.booleans()):
        old = forget(data, old)
    if list(gains(objects(old), objects(new))):
        return
    text = json.dumps([old, new])
    asked = {name: values for name, values in UNKNOWN.items() if name in text}
    for values in product(*asked.values()):
        given = dict(zip(asked, values, strict=True))
        assert not gained(filled(old, given), filled(new, given)), given


ANY_METHOD = [{"method": "*"}]
# What is known next to what is not changes on the new side: each time one part of a world, before and after.
CHANGES: dict[str, tuple[tuple[Any, ...], Any, Any]] = {
    "a member leaves": (("perimeters", 0, "resources"), [PROJECTS[0], "${project}"], ["${project}"]),
    "a service leaves": (("perimeters", 0, "restricted_services"), [A, "${service}"], ["${service}"]),
    "a rule admits to one more project": (("to", "resources"), ["${project}"], ["${project}", PROJECTS[0]]),
    "a rule of an unknown service selects more": (
        ("to", "operations"),
        [{"service_name": "${service}", "method_selectors": [{"method": "read"}]}],
        [{"service_name": "${service}", "method_selectors": ANY_METHOD}],
    ),
    "a source becomes every source": (
        ("from", "sources"),
        [{"access_level": None, "resource": "${project}"}],
        [{"access_level": "*", "resource": None}],
    ),
    "a level admits more addresses": (
        ("levels", 0, 0, "conditions", 0, "ip_subnetworks"),
        [CIDRS[3], "${cidr}"],
        [CIDRS[0], "${cidr}"],
    ),
    "a level asks for no caller any more": (("levels", 0, 0, "conditions", 0, "members"), PERSONAL[1:], []),
}
MORE = {"${service}": [A, B], "${cidr}": CIDRS[3:5]}


@pytest.mark.parametrize("changed", CHANGES)
def test_an_equal_unknown_is_no_change_only_in_equal_content(changed: str) -> None:
    path, before, after = CHANGES[changed]
    sides = []
    for value in (before, after):
        side = json.loads(json.dumps(working(MEMBERS[:1], None, CIDRS[0], "*")))
        side["perimeters"][0]["resources"] = PROJECTS
        side["perimeters"][0]["ingress_policies"][0]["ingress_to"][0]["resources"] = ["${project}"]
        rule = side["perimeters"][0]["ingress_policies"][0]
        node: Any = {**side, "to": rule["ingress_to"][0], "from": rule["ingress_from"][0]}
        for part in path[:-1]:
            node = node[part]
        node[path[-1]] = value
        sides.append(side)
    old, new = sides
    text = json.dumps(sides)
    asked = {name: values for name, values in (UNKNOWN | MORE).items() if name in text}
    filled_in = [dict(zip(asked, values, strict=True)) for values in product(*asked.values())]
    assert any(gained(filled(old, given), filled(new, given)) for given in filled_in)
    assert list(gains(objects(old), objects(new)))
    assert list(gains(objects(new), objects(json.loads(json.dumps(new))))) == []


def test_the_mark_of_the_content_is_not_printed() -> None:
    old = working(MEMBERS[:1], None, CIDRS[0], "*")
    old["perimeters"][0]["resources"] = PROJECTS
    new = json.loads(json.dumps(old))
    new["perimeters"][0]["ingress_policies"][0]["ingress_to"][0]["resources"].append("${project}")
    assert {gain.missing for gain in gains(objects(old), objects(new))} == {("${project}",)}


def test_a_rule_newly_admits_to_the_project_that_a_perimeter_holds_by_the_same_expression() -> None:
    old = working(MEMBERS[:1], None, CIDRS[0], "*")
    old["perimeters"][0]["resources"] = [PROJECTS[0], "${project}"]
    new = json.loads(json.dumps(old))
    new["perimeters"][0]["ingress_policies"][0]["ingress_to"][0]["resources"].append("${project}")
    given = {"${project}": PROJECTS[1]}
    assert gained(filled(old, given), filled(new, given))
    assert list(gains(objects(old), objects(new)))


def test_a_service_account_may_be_in_a_group() -> None:
    """It is newly admitted where every user was, and every user no longer is."""
    old, new = (working(MEMBERS[1:2], kind, CIDRS[0], "*") for kind in ("ANY_USER_ACCOUNT", None))
    assert gained(old, new)
    assert list(gains(objects(old), objects(new)))


@pytest.mark.parametrize("others", [[], PERSONAL[1:]])
def test_a_member_of_a_level_that_is_not_known_may_be_anybody(others: list[str]) -> None:
    old, new = (working(MEMBERS[:1], None, CIDRS[0], "*") for _ in range(2))
    for world, more in ((old, PERSONAL[1:]), (new, [*others, "${member}"])):
        world["levels"][0][0]["conditions"][0]["members"] = more
    given = {"${member}": PERSONAL[0]}
    assert gained(old, filled(new, given))
    assert list(gains(objects(old), objects(new)))


def test_a_caller_who_is_not_known_counts_only_without_an_identity_type() -> None:
    old, new = (working([MEMBERS[0], "${who}"], kind, CIDRS[0], "*") for kind in ("ANY_USER_ACCOUNT", None))
    given = {"${who}": MEMBERS[2]}
    assert gained(filled(old, given), filled(new, given))
    assert list(gains(objects(old), objects(new)))


def test_a_service_that_is_not_known_may_be_the_one_of_a_rule() -> None:
    old, new = (working(members, None, CIDRS[0], "*") for members in ([], MEMBERS[:1]))
    for world in (old, new):
        world["perimeters"][0]["restricted_services"] = [B, "${service}"]
    given = {"${service}": A}
    assert gained(filled(old, given), filled(new, given))
    assert list(gains(objects(old), objects(new)))


@pytest.mark.parametrize(
    "member",
    [
        f"principal:{POOL}/attribute.aws_role/app",
        f"principalSet:{POOL}/subject/app",
        f"principalSet:{POOL}/attribute.aws_role/",
        f"principalSet:{POOL}/subject/*",
    ],
)
def test_whom_an_unusual_member_means_is_not_left_out(member: str) -> None:
    old, new = (objects(working(members, None, CIDRS[0], "*")) for members in ([], [member]))
    assert list(gains(old, new))


def test_two_levels_of_one_name_are_an_equal_unknown_only_if_they_are_equal() -> None:
    def world(cidr: str) -> list[Object]:
        found = objects(working(MEMBERS[:1], None, cidr, "*"))
        return [*found, Object(f"{LEVEL}.again", LEVEL, found[0].values)]

    assert list(gains(world(CIDRS[2]), world(CIDRS[0])))
    assert list(gains(world(CIDRS[0]), world(CIDRS[0]))) == []


def test_no_other_content_has_the_digest_of_an_unknown() -> None:
    """The first 8 hexadecimal digits of these two are equal; a pair with 32 equal ones is out of reach."""
    one, other = ({"resources": [f"projects/{number}"]} for number in (48366, 49212))
    assert within(("fact",), "target", one) != within(("fact",), "target", other)


@pytest.mark.parametrize(("one", "other"), [("ingress", "egress"), ("egress", "ingress")])
def test_a_rule_of_the_other_direction_admits_other_calls(one: str, other: str) -> None:
    """Of a project that the perimeter may hold: ingress rules count if it does, egress rules if it does not."""
    world = working(MEMBERS[:1], None, CIDRS[0], "*")
    world["perimeters"][0]["resources"].append("${project}")
    sides = []
    for direction in (one, other):
        side = json.loads(json.dumps(world))
        perimeter = side["perimeters"][0]
        (rule,) = perimeter.pop("ingress_policies")
        sources = [{"access_level": "*", "resource": None}, {"access_level": None, "resource": PROJECTS[0]}]
        turned = {
            "title": "it",
            f"{direction}_from": [{**rule["ingress_from"][0], "sources": sources}],
            f"{direction}_to": [{**rule["ingress_to"][0], "resources": ["*"]}],
        }
        perimeter |= {"ingress_policies": [], "egress_policies": [], f"{direction}_policies": [turned]}
        sides.append(side)
    old, new = sides
    assert any(gained(filled(old, {"${project}": at}), filled(new, {"${project}": at})) for at in UNKNOWN["${project}"])
    assert list(gains(objects(old), objects(new)))
    assert list(gains(objects(new), objects(new))) == []


def test_a_service_that_is_not_known_may_be_one_that_no_rule_names() -> None:
    """The level alone admits: no rule and no restricted service gives a call to ask for."""
    sides = []
    for cidr in CIDRS[3::-3]:
        side = working([], None, cidr, "*")
        side["perimeters"][0] |= {
            "restricted_services": ["${service}"],
            "access_levels": LEVELS[:1],
            "ingress_policies": [],
        }
        sides.append(side)
    old, new = sides
    given = {"${service}": A}
    assert gained(filled(old, given), filled(new, given))
    assert list(gains(objects(old), objects(new)))
