"""Who may call what from where: hand-written questions about the snapshots. tests/e2e asks the local cloud the same."""

import contextlib
import copy
import json
from collections.abc import Iterator
from functools import cache, reduce
from pathlib import Path
from random import Random
from typing import Any

import pytest

from access import matrix
from access.answer import Answer, Asked
from access.errors import Unreadable, reading
from access.inputs import Part, part, policies
from access.objects import Object
from access.question import method, origin, who
from access.world import World, world
from tests.terraform.google_variants import VARIANTS

SNAPSHOTS = Path(__file__).parent.parent / "snapshots"
NAT = "aws_eip.network_address-us-west-2a_09131E57.public_ip"
PERIMETER = "google_access_context_manager_service_perimeter.perimeter_A600D73C"
RULE = "google_access_context_manager_service_perimeter_ingress_policy"
USER = "roles/aiplatform.user"
Body = dict[str, Any]


def document(name: str) -> Body:
    found: Body = json.loads((SNAPSHOTS / f"{name}.json").read_text())
    return found


@cache
def stacks(name: str) -> World:
    found = [document(f"{name}.{cloud}") for cloud in ("aws", "google")]
    return world([part(one, name) for one in found if one])


def ask(known: World, caller: str, address: str, call: str = "aiplatform", **more: str) -> Answer:
    return Asked(known, origin(address), more.get("project", "")).answer(
        who(caller), method(call), more.get("role_id", "")
    )


def verdicts(answer: Answer) -> tuple[bool | None, bool | None]:
    return answer.enforced.value, answer.dry_run.value


def google(name: str, change: Any = None) -> World:
    """The world of a Google stack that `change` has altered, and of its AWS stack's state, as it is once applied."""
    body = document(f"{name}.google")
    if change:
        change(body)
    outputs = {
        "egress_cidrs": {"value": ["192.0.2.7/32"]},
        "role_unique_ids": {"value": {"app": "AROAEXAMPLEEXAMPLE123"}},
    }
    return world([part(body, "google"), part({"version": 4, "resources": [], "outputs": outputs}, "aws")])


def perimeter(body: Body, side: str = "status") -> Body:
    (found,) = body["resource"]["google_access_context_manager_service_perimeter"].values()
    side_of_it: Body = found[side]
    return side_of_it


def rule(body: Body) -> Body:
    """The rule that admits the workloads."""
    found: Body = perimeter(body)["ingress_policies"][-1]
    assert found["title"] == "workloads call Gemini"
    return found


def test_an_address_that_is_not_known_yet_is_missing_and_can_be_asked_for() -> None:
    known = stacks("on-premises")
    somewhere = ask(known, "role/office-app", "8.8.8.8")
    assert verdicts(somewhere) == (None, None)
    assert somewhere.enforced.missing[0].endswith("${" + NAT + "}/32 is not known")
    assert verdicts(ask(known, "role/office-app", NAT)) == (True, True)
    assert verdicts(ask(known, "role/office-app2", NAT)) == (False, False)


def test_a_dry_run_is_another_answer() -> None:
    allowed = ask(google("example"), "role/demo-app", "203.0.113.9", role_id="AROAEXAMPLEEXAMPLE123")
    assert verdicts(allowed) == (True, False)
    assert (allowed.dry_run.gate, allowed.dry_run.address) == ("perimeter for aiplatform", PERIMETER)
    assert [gate.name for gate in allowed.paths[0].gates] == [
        "perimeter for sts",
        "token exchange",
        "perimeter for iamcredentials",
        "impersonation",
        "perimeter for aiplatform",
        "IAM",
    ]
    addresses = [gate.enforced.address.partition(".")[0] for gate in allowed.paths[0].gates if gate.enforced.address]
    assert addresses == [
        "google_iam_workload_identity_pool_provider",
        "google_service_account_iam_member",
        "google_project_iam_member",
    ]


def test_an_enforced_perimeter_denies_an_address_that_no_level_has() -> None:
    denied = ask(google("on-premises"), "role/office-app", "192.0.2.8")
    assert (denied.enforced.value, denied.enforced.gate) == (False, "perimeter for aiplatform")
    assert verdicts(ask(google("on-premises"), "role/office-app", "192.0.2.7")) == (True, True)


@pytest.mark.parametrize(
    ("id", "expected"), [("AROAEXAMPLEEXAMPLE123", True), ("AROAOTHEROTHEROTHER12", False), ("", None)]
)
def test_a_pinned_role_is_another_one_if_it_was_created_again(id: str, expected: bool | None) -> None:
    answer = ask(google("example"), "role/demo-app", "192.0.2.7", role_id=id)
    assert answer.enforced.value is expected
    assert bool(answer.enforced.missing) is (expected is None)


def test_the_role_of_the_aws_stack_is_the_one_that_its_output_pins() -> None:
    assert ask(stacks("example"), "role/demo-app", "192.0.2.7").enforced.value is True


@pytest.mark.parametrize(
    ("caller", "call", "gate"),
    [
        ("role/office-app", "sts", ""),
        ("role/office-app", "iamcredentials", ""),
        ("role/other", "sts", "token exchange"),
        ("arn:aws:sts::210987654321:assumed-role/office-app/i-0", "sts", "token exchange"),
        ("arn:aws-cn:iam::123456789012:role/office-app", "sts", "token exchange"),
        ("role/office-app", "aiplatform:streamGenerateContent", ""),
        ("role/office-app", "aiplatform:aiplatform.endpoints.predict", ""),
        ("role/office-app", "storage:storage.objects.get", "IAM"),
        ("allUsers", "aiplatform", "perimeter for aiplatform"),
    ],
)
def test_each_call_ends_at_its_gate(caller: str, call: str, gate: str) -> None:
    outcome = ask(google("on-premises"), caller, "192.0.2.7", call).enforced
    assert (outcome.value, outcome.gate if gate else "") == (not gate, gate)


def test_a_method_whose_permission_is_not_known_is_not_decided() -> None:
    outcome = ask(google("on-premises"), "role/office-app", "192.0.2.7", "aiplatform:Other.Method").enforced
    assert outcome.missing == ("the permission that the method takes",)


GRANTS = [
    {
        "type": "project",
        "id": "my-project",
        "policy": {"bindings": [{"role": USER, "members": ["group:ml@example.com"]}]},
    }
]


def with_grants(*bindings: Body) -> World:
    given = [{"type": "project", "id": "my-project", "policy": {"bindings": list(bindings)}}]
    return world([part(document("on-premises.google"), "google")], policies(given, "iam.json"))


@pytest.mark.parametrize(
    ("caller", "address", "expected"),
    [
        ("group:ml@example.com", "198.51.100.9", True),
        ("group:ml@example.com", "203.0.113.3", False),
        ("user:operator@example.com", "198.51.100.9", None),
        ("user:operator@example.com", "203.0.113.3", True),
        ("user:Operator@Example.com", "203.0.113.3", True),
        ("user:mallory@example.com", "203.0.113.3", False),
    ],
)
def test_who_is_in_a_group_is_not_known(caller: str, address: str, expected: bool | None) -> None:
    known = with_grants({"role": USER, "members": ["group:ml@example.com", "user:operator@example.com"]})
    outcome = ask(known, caller, address).enforced
    assert outcome.value is expected, outcome
    assert expected is not None or outcome.missing == ("whether operator@example.com is in group:ml@example.com",)


@pytest.mark.parametrize(
    ("binding", "missing"),
    [
        ({"role": "roles/editor", "members": ["user:operator@example.com"]}, "whether roles/editor has"),
        (
            {"role": USER, "members": ["user:operator@example.com"], "condition": {"expression": "true"}},
            "condition true",
        ),
        ({"role": "roles/owner", "members": ["user:operator@example.com"]}, ""),
    ],
)
def test_a_grant_that_is_not_evaluated_may_give_the_permission(binding: Body, missing: str) -> None:
    outcome = ask(with_grants(binding), "user:operator@example.com", "203.0.113.3").enforced
    assert outcome.value is (None if missing else True)
    assert not missing or outcome.missing[0].startswith(missing)


def test_a_grant_above_the_project_counts_if_it_is_said_to_be_above_it() -> None:
    grant = Object("google_folder_iam_member.it", "google_folder_iam_member",
                   {"folder": "folders/7", "role": USER, "member": "user:operator@example.com"})  # fmt: skip
    mine = part(document("on-premises.google"), "google")
    alone = world([mine, Part((grant,))])
    assert ask(alone, "user:operator@example.com", "203.0.113.3").enforced.missing == (
        "folders/7 holds project my-project",
    )
    whole = world([mine], [grant])
    assert ask(whole, "user:operator@example.com", "203.0.113.3").enforced.value is True


def test_a_deny_policy_is_not_read_and_so_nothing_that_is_granted_is_sure() -> None:
    deny = [{"type": "project", "id": "my-project", "policy": {"rules": [{}]}}]
    known = world([part(document("on-premises.google"), "google")], policies([*GRANTS, *deny], "iam.json"))
    assert ask(known, "group:ml@example.com", "198.51.100.9").enforced.missing == ("what project my-project denies",)


def test_a_role_is_looked_for_in_each_account_that_a_provider_trusts() -> None:
    both = world([part(document(f"{name}.google"), name) for name in ("central-egress",)] + [other_account()])
    assert ask(both, "role/second-app", "203.0.113.7", "sts").enforced.value is True
    assert ask(both, "role/central-app", "203.0.113.7", "sts").enforced.value is True
    wrong = "arn:aws:iam::123456789012:role/second-app"
    assert ask(both, wrong, "203.0.113.7", "sts").enforced.value is False


def other_account() -> Part:
    """The provider of another AWS account, under an address of its own."""
    found = part(document("second-account.google"), "second")
    kept = [one for one in found.objects if one.kind.startswith("google_iam_workload_identity_pool")]
    return Part(tuple(Object(f"module.second.{one.address}", one.kind, one.values) for one in kept), {}, found.numbers)


def test_an_account_of_which_it_is_not_known_whether_it_is_disabled_is_not_decided() -> None:
    def unknown(body: Body) -> None:
        (account,) = body["resource"]["google_service_account"].values()
        account["disabled"] = "${var.disabled}"

    answer = ask(google("on-premises", unknown), "role/office-app", "192.0.2.7", "iamcredentials")
    assert answer.enforced.missing == ("not ${var.disabled}",)


def test_a_disabled_account_is_impersonated_by_nobody() -> None:
    def disable(body: Body) -> None:
        (account,) = body["resource"]["google_service_account"].values()
        account["disabled"] = True

    answer = ask(google("on-premises", disable), "role/office-app", "192.0.2.7", "iamcredentials")
    assert answer.enforced.reason.endswith("is disabled")


@pytest.mark.parametrize(
    ("address", "change"),
    [
        ("192.0.2.8", lambda body: perimeter(body).update(restricted_services="${var.services}")),
        ("192.0.2.8", lambda body: perimeter(body).update(unheard_of=["x"])),
        ("192.0.2.8", lambda body: perimeter(body).update(ingress_policies="${var.rules}")),
        ("192.0.2.8", lambda body: perimeter(body).update(access_levels=["accessPolicies/7/accessLevels/absent"])),
        ("192.0.2.8", lambda body: body["resource"].update({RULE: {"x": {}}})),
        ("192.0.2.8", lambda body: perimeter(body).update(resources=["folders/7"])),
        ("192.0.2.8", lambda body: rule(body)["ingress_from"]["sources"].append({"psc_endpoint": "x"})),
        ("192.0.2.8", lambda body: rule(body)["ingress_from"].update(sources="${var.sources}")),
        ("192.0.2.8", lambda body: rule(body).update(unheard_of="x")),
        ("192.0.2.7", lambda body: rule(body)["ingress_from"].update(identities=["${var.who}"])),
        ("192.0.2.7", lambda body: rule(body)["ingress_to"].update(operations="${var.operations}")),
        ("192.0.2.7", lambda body: rule(body)["ingress_to"].update(roles=["x"])),
    ],
)
def test_what_is_not_known_or_not_read_of_a_perimeter_is_missing(address: str, change: Any) -> None:
    outcome = ask(google("on-premises", change), "role/office-app", address).enforced
    assert (outcome.value, outcome.gate.partition(" ")[0]) == (None, "perimeter")


def test_a_level_with_an_address_that_is_not_known_still_admits_those_that_are() -> None:
    def add(body: Body) -> None:
        (level,) = [
            one
            for name, one in body["resource"]["google_access_context_manager_access_level"].items()
            if "workloads" in name
        ]
        level["basic"]["conditions"][0]["ip_subnetworks"] = ["${aws_eip.other.public_ip}/32", "192.0.2.7/32"]

    assert ask(google("on-premises", add), "role/office-app", "192.0.2.7").enforced.value is True
    assert ask(google("on-premises", add), "role/office-app", "192.0.2.8").enforced.value is None


def planned(body: Body) -> Body:
    """The stack as a plan that creates it."""
    changes = [
        {"address": f"{kind}.{name}", "mode": "managed", "type": kind,
         "change": {"actions": ["create"], "before": None, "after": values, "after_unknown": {}}}
        for kind, named in body["resource"].items() for name, values in named.items()
    ]  # fmt: skip
    return {"format_version": "1.2", "resource_changes": changes}


def shown(body: Body) -> Body:
    """The stack as `terraform show -json` writes a state that has it, with single blocks in lists."""
    resources = [
        {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name, "values": listed(values)}
        for kind, named in body["resource"].items() for name, values in named.items()
    ]  # fmt: skip
    return {"format_version": "1.0", "values": {"outputs": {}, "root_module": {"resources": resources}}}


def kept(body: Body) -> Body:
    """The stack as a state that Terraform keeps."""
    resources = [
        {"mode": "managed", "type": kind, "name": name, "instances": [{"attributes": listed(values)}]}
        for kind, named in body["resource"].items() for name, values in named.items()
    ]  # fmt: skip
    return {"version": 4, "terraform_version": "1.11.0", "outputs": {}, "resources": resources}


def listed(value: Any) -> Any:
    if isinstance(value, dict):
        single = {"basic", "status", "spec", "ingress_from", "ingress_to", "aws"}
        return {name: [listed(one)] if name in single else listed(one) for name, one in value.items()}
    return list(map(listed, value)) if isinstance(value, list) else value


@pytest.mark.parametrize("form", [planned, shown, kept])
@pytest.mark.parametrize("name", ["on-premises", "direct", "several"])
def test_a_plan_and_a_state_give_the_answers_of_the_stack(form: Any, name: str) -> None:
    body = document(f"{name}.google")
    stack = world([part(body, "stack")])
    other = world([part(form(body), "other")])
    for caller in matrix.callers(stack):
        for place in matrix.origins(stack).values():
            asked = Asked(stack, place).answer(who(caller), method("aiplatform"))
            same = Asked(other, place).answer(who(caller), method("aiplatform"))
            assert verdicts(asked) == verdicts(same), (caller, place)


LEVEL = {"basic": [{"conditions": [{"ip_subnetworks": True}]}]}
FROM, TO = "ingress_from", "ingress_to"


@pytest.mark.parametrize(
    "unknown",
    [
        {"level": LEVEL},
        {"level": {"basic": [{"conditions": [{"ip_subnetworks": [True]}]}]}},
        {"level": {"basic": [{"conditions": [{"ip_subnetworks": [False], "negate": True}]}]}},
        {"level": {"basic": [{"conditions": [{"members": True}]}]}},
        {"level": {"basic": [{"conditions": True}]}},
        {"level": {"basic": True}},
        {"level": {"custom": True}},
        {"perimeter": {"status": True}},
        {"perimeter": {"status": [{"ingress_policies": True}]}},
        *(
            {"perimeter": {"status": [{"ingress_policies": [rule]}]}}
            for rule in (
                True,
                {FROM: [{"sources": [{"access_level": True}]}]},
                {FROM: [{"identities": True}]},
                {FROM: [{"identities": [True]}]},
                {FROM: True},
                {TO: [{"operations": True}]},
                {TO: [{"resources": True}]},
            )
        ),
    ],
)
def test_what_a_plan_does_not_know_is_missing(unknown: Body) -> None:
    body = shown(document("central-egress.google"))["values"]["root_module"]["resources"]
    kinds = {
        "google_access_context_manager_access_level": "level",
        "google_access_context_manager_service_perimeter": "perimeter",
    }
    changes = [
        {**{name: one[name] for name in ("address", "mode", "type")},
         "change": {"actions": ["create"], "before": None, "after": one["values"],
                    "after_unknown": unknown.get(kinds.get(one["type"], ""), {})}}
        for one in body
    ]  # fmt: skip
    enforced = [one for one in changes if one["type"].endswith("_perimeter")][0]["change"]["after"]
    enforced["status"] = enforced.pop("status", None) or enforced.pop("spec")
    known = world([part({"format_version": "1.2", "resource_changes": changes}, "plan")])
    place = next(one for one in matrix.origins(stacks("central-egress")).values() if "$" not in one)
    outcome = ask(known, "role/central-app", place).enforced
    boundary = unknown.get("perimeter", {}).get("status") is True
    assert (outcome.value, outcome.gate) == (None, f"perimeter for {'sts' if boundary else 'aiplatform'}"), outcome


def described(name: str = "office_perimeter", **more: Any) -> Body:
    rule = {
        "ingressFrom": {"identityType": "ANY_IDENTITY", "sources": [{"accessLevel": "accessPolicies/7/accessLevels/office_on_premises_osaka"}]},
        "ingressTo": {"operations": [{"serviceName": "aiplatform.googleapis.com", "methodSelectors": [{"method": "*"}]}], "resources": ["*"]},
    }  # fmt: skip
    status = {
        "resources": ["projects/345678901234"],
        "restrictedServices": ["aiplatform.googleapis.com"],
        "ingressPolicies": [rule],
    }
    return {"name": f"accessPolicies/7/servicePerimeters/{name}", "title": "t", "status": status, **more}


def test_a_perimeter_that_gcloud_describes_takes_the_place_of_the_stack_s() -> None:
    known = world([part(document("on-premises.google"), "google"), part(described(), "perimeter")])
    assert ask(known, "role/office-app", "203.0.113.3").enforced.value is True
    denied = ask(known, "role/office-app", "198.51.100.9").enforced
    assert (denied.value, denied.address) == (False, "accessPolicies/7/servicePerimeters/office_perimeter")
    level = {"name": "accessPolicies/7/accessLevels/office_on_premises_osaka",
             "basic": {"conditions": [{"ipSubnetworks": ["8.8.8.0/24"]}]}}  # fmt: skip
    known = world([part(document("on-premises.google"), "google"), part([described(), level], "both")])
    assert ask(known, "role/office-app", "203.0.113.3").enforced.value is False
    assert ask(known, "role/office-app", "8.8.8.8").enforced.value is True


def test_a_perimeter_without_the_levels_that_it_names_is_not_decided() -> None:
    known = world([part(described(), "perimeter")])
    answer = ask(known, "user:operator@example.com", "203.0.113.3", project="345678901234")
    assert answer.paths[0].gates[0].enforced.missing[0].endswith("office_on_premises_osaka does not exist")
    other = described(spec={"resources": ["projects/1"]}, useExplicitDryRunSpec=True)
    assert (
        ask(world([part(other, "p")]), "allUsers", "8.8.8.8", project="345678901234").paths[0].gates[0].dry_run.allowed
    )


@pytest.mark.parametrize(
    "body",
    [[], {}, None, "x", 7, {"name": "accessPolicies/7/other/x"}, {"version": 3, "resources": []}, [described(), {}]],
)
def test_what_is_no_input_is_refused(body: Any) -> None:
    with pytest.raises(Unreadable, match="allowed: a synthesized stack"):
        part(body, "file")


@pytest.mark.parametrize("body", [{}, [], [{"type": "project"}], [7], [{"type": "galaxy", "policy": {}}]])
def test_what_is_no_list_of_policies_is_refused(body: Any) -> None:
    if body == []:
        assert policies(body, "iam") == ()
        return
    with pytest.raises(Unreadable, match="get-ancestors-iam-policy"):
        policies(body, "iam")


JUNK: tuple[Any, ...] = (None, "", 0, True, [], {}, "x", ["x"], {"x": 1}, [[1]], [None], "${a.b}", [7])


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*path, key)
        yield from paths(one, (*path, key))


@pytest.mark.parametrize("form", [dict, kept, planned])
def test_a_value_of_another_type_is_unreadable_or_missing_and_no_crash(form: Any) -> None:
    body, random = form(document("on-premises.google")), Random(17)
    every = [path for path in paths(body) if "depends_on" not in path and not any("audit" in str(key) for key in path)]
    for path in random.sample(every, 80):
        changed = copy.deepcopy(body)
        reduce(lambda inner, key: inner[key], path[:-1], changed)[path[-1]] = random.choice(JUNK)
        with contextlib.suppress(Unreadable), reading("input"):
            ask(world([part(changed, "input")]), "role/office-app", "192.0.2.7")


def test_two_environments_are_one_world_although_their_addresses_are_equal() -> None:
    both = world([part(document(f"{name}.google"), name) for name in ("second-account", "central-egress")])
    caller = "arn:aws:iam::210987654321:role/second-app"
    alone = world([part(document("second-account.google"), "one")])
    assert verdicts(ask(alone, caller, "203.0.113.9")) == (True, True)
    answer = ask(both, caller, "203.0.113.9", project="my-project")
    assert verdicts(answer) == (True, False)  # central-egress is a dry run
    assert answer.dry_run.address == f"{PERIMETER} of input 2"
    place = next(one for one in matrix.origins(stacks("central-egress")).values() if "$" not in one)
    assert verdicts(ask(both, "role/central-app", place, project="my-project")) == (True, True)
    assert verdicts(ask(both, caller, place, project="my-project")) == (True, False)


def test_an_output_of_two_parts_is_not_known() -> None:
    states = [
        {"version": 4, "resources": [], "outputs": {"egress_cidrs": {"value": [cidr]}}}
        for cidr in ("192.0.2.7/32", "192.0.2.8/32")
    ]
    known = world([part(document("on-premises.google"), "google"), *(part(one, "aws") for one in states)])
    assert ask(known, "role/office-app", "192.0.2.7").enforced.value is None


def test_one_thing_in_two_inputs_is_refused() -> None:
    mine = part(document("direct.google"), "one")
    with pytest.raises(Unreadable, match="is in two inputs"):
        world([mine, mine])


@pytest.mark.parametrize(
    "text", ["", "app", "role/", "role/a b", "user:x", "robot:a@b.c", "arn:aws:iam::1:role/x", "role/a/b/c"]
)
def test_a_caller_that_is_none_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="--who: got .*; allowed: role/NAME"):
        who(text)


@pytest.mark.parametrize("text", ["", "203.0.113", "203.0.113.300", "203.0.113.0/24", "x"])
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="--from: got"):
        origin(text)


def test_the_matrix_has_every_declared_caller_and_address() -> None:
    known = stacks("on-premises")
    assert matrix.callers(known) == [
        "role/office-app",
        "role/other-role",
        "group:ml@example.com",
        "serviceAccount:office-app@my-project.iam.gserviceaccount.com",
        "serviceAccount:reports@my-project.iam.gserviceaccount.com",
        "user:operator@example.com",
    ]
    assert list(matrix.origins(known)) == [
        "198.51.100.0/24",
        "203.0.113.0/28",
        "2001:db8::/48",
        NAT,
        "any other address",
    ]


POLICY = "accessPolicies/987654321"


@pytest.mark.parametrize(("place", "value"), [("203.0.113.7", True), ("8.8.8.8", None)])
def test_members_and_rules_of_others_are_not_known_by_the_file_of_a_shared_perimeter(
    place: str, value: bool | None
) -> None:
    """The own rule admits whatever others add; from any other place somebody may admit."""
    known = world([part(json.loads(VARIANTS["shared"]()), "stack")])
    outcome = ask(known, "role/app", place).enforced
    assert outcome.value is value, outcome
    assert bool(outcome.missing) == (value is None)
    assert all("status[0].ingress_policies" in one for one in outcome.missing)


@pytest.mark.parametrize(("place", "value"), [("203.0.113.7", True), ("8.8.8.8", False), ("198.51.100.9", True)])
def test_a_described_perimeter_has_what_others_added(place: str, value: bool) -> None:
    theirs = {
        "title": "theirs",
        "ingressFrom": {"identityType": "ANY_IDENTITY", "sources": [{"accessLevel": f"{POLICY}/accessLevels/theirs"}]},
    }
    theirs |= {"ingressTo": {"resources": ["*"], "operations": [{"serviceName": "*"}]}}
    config = {"resources": ["projects/345678901234"], "restrictedServices": ["aiplatform.googleapis.com"]}
    body = {"name": f"{POLICY}/servicePerimeters/demo_perimeter", "status": {**config, "ingressPolicies": [theirs]}}
    level = {"name": f"{POLICY}/accessLevels/theirs", "basic": {"conditions": [{"ipSubnetworks": ["198.51.100.9/32"]}]}}
    described = [part(json.loads(json.dumps(one)), "perimeter") for one in (body, level)]
    outcome = ask(world([part(json.loads(VARIANTS["shared"]()), "stack"), *described]), "role/app", place).enforced
    assert outcome.value is value, outcome
