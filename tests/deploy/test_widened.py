"""Changes that the kit's own stack could undergo, and what is refused, wider, or cannot be decided. Each is one edit."""

import json
from typing import Any

import pytest

from access import aws, objects, perimeter_gains
from access.bridges import BRIDGE
from access.changes import LEVEL, PERIMETER, POOL, PROVIDER
from access.objects import Object, after, before
from access.perimeters import DRY_RUN
from deploy.exit_codes import ExitCode
from deploy.judgement import Judgement, judge
from tests.deploy.cases import MEMBER, SERVICE_ACCOUNT, Edit, World, edited, key, kit, only, plan, rule
from tests.deploy.planned import Body

OTHER = "210987654321"
REFUSED, WIDER, UNDECIDED, CHANGES = ExitCode.REFUSED, ExitCode.WIDER, ExitCode.UNDECIDED, ExitCode.CHANGES
KIT = kit()


def judged(body: Body) -> Judgement:
    return judge("test", "google", body)


def second_provider(**more: Any) -> Edit:
    def edit(world: World) -> None:
        body = {**only(world, PROVIDER), "workload_identity_pool_provider_id": "other", "attribute_condition": "true"}
        world[PROVIDER, "other"] = {**body, **more}

    return edit


def new(kind: str, **body: Any) -> Edit:
    return lambda world: world.__setitem__((kind, "new"), body)


def bridge(world: World) -> None:
    only(world, PERIMETER)["perimeter_type"] = "PERIMETER_TYPE_BRIDGE"


OURS = "projects/345678901234"
OTHERS_BRIDGE = "accessPolicies/9/servicePerimeters/b"


def bridge_of(*projects: str, **more: Any) -> Edit:
    return new(PERIMETER, name=OTHERS_BRIDGE, perimeter_type=BRIDGE, status={"resources": list(projects)}, **more)


def open_to_all(world: World) -> None:
    rule(world)["ingress_from"] = {"identity_type": "ANY_IDENTITY", "sources": [{"access_level": "*"}]}


def empty_dry_run(world: World) -> None:
    body = only(world, PERIMETER)
    body["spec"], body["status"] = {**body["status"], "restricted_services": []}, None
    body["use_explicit_dry_run_spec"] = True


def psc_endpoint(world: World) -> None:
    rule(world)["ingress_from"]["sources"].append({"psc_endpoint": {"name": "projects/9/endpoints/a"}})


def wide_level(world: World) -> None:
    body = only(world, LEVEL)
    body |= {
        "name": body["name"] + "x",
        "title": "x",
        "basic": {"conditions": [{"ip_subnetworks": ["198.51.0.0/16", "203.0.113.7/32"]}]},
    }
    rule(world)["ingress_from"]["sources"] = [{"access_level": body["name"]}]


def no_vpc_limit(world: World) -> None:
    only(world, PERIMETER)["status"].pop("vpc_accessible_services")


def vpc_limit() -> World:
    world = edited(KIT, dict.copy)
    services = {"enable_restriction": True, "allowed_services": ["aiplatform.googleapis.com"]}
    status = only(world, PERIMETER)["status"]
    status |= {
        "vpc_accessible_services": services,
        "resources": [*status["resources"], "//compute.googleapis.com/projects/p/global/networks/n"],
    }
    status["restricted_services"] = ["aiplatform.googleapis.com", "storage.googleapis.com"]
    return world


RULE = {
    "perimeter": only(KIT, PERIMETER)["name"],
    "ingress_from": {"identity_type": "ANY_IDENTITY", "sources": [{"access_level": "*"}]},
    "ingress_to": {"resources": ["*"], "operations": [{"service_name": "*"}]},
}
OIDC = {"aws": None, "oidc": {"issuer_uri": "https://token.actions.githubusercontent.com"}}
EDITS: dict[str, tuple[Edit, ExitCode, str]] = {
    "a second provider": (second_provider(), REFUSED, "newly gives a token to every role of AWS account 123456789012"),
    "of another account": (second_provider(aws={"account_id": OTHER}), REFUSED, f"newly gives a token to every role of AWS account {OTHER}"),
    "of OIDC": (second_provider(**OIDC), REFUSED, "newly gives a token to everybody that oidc"),
    "of OIDC with a condition": (second_provider(**OIDC, attribute_condition="assertion.sub == 'a'"), UNDECIDED, "to everybody that oidc"),
    "a condition that is true": (lambda world: only(world, PROVIDER).update(attribute_condition="true"), REFUSED, "it gives a token to every role"),
    "ANY_IDENTITY from everywhere": (open_to_all, REFUSED, "admits ANY_IDENTITY from everywhere"),
    "a dry run of nothing": (empty_dry_run, REFUSED, "its spec has no restricted_services"),
    "a psc_endpoint": (psc_endpoint, UNDECIDED, "psc_endpoint"),
    "a renamed level": (wide_level, WIDER, "from 198.51.0.0/16 to aiplatform.googleapis.com"),
    "a bridge": (bridge, UNDECIDED, "enforcement ends, which newly admits every identity"),
    "a bridge to another project": (bridge_of(OURS, "projects/9"), UNDECIDED, "newly admits every identity from projects/345678901234, projects/9 to"),
    "a bridge that is not known": (bridge_of(OURS, "${a.b}"), UNDECIDED, "the bridge has both sides, and newly admits every identity from every project"),
    "a project's policy": (new("google_project_iam_policy", project="my-project", policy_data='{"bindings":[{"role":"roles/owner","members":["user:a"]}]}'),
                           WIDER, "newly grants roles/owner on my-project to user:a"),
    "an organization's member": (new("google_organization_iam_member", org_id="1", role="roles/owner", member="user:a"), WIDER, "newly grants roles/owner on 1"),
    "a folder's member": (new("google_folder_iam_member", folder="folders/1", role="roles/owner", member="user:a"), WIDER, "newly grants roles/owner on folders/1"),
    "an access policy's member": (new("google_access_context_manager_access_policy_iam_member", name="9", role="roles/owner", member="user:a"),
                                  WIDER, "newly grants roles/owner on name 9"),
    "a rule of its own": (new("google_access_context_manager_service_perimeter_ingress_policy", **RULE), REFUSED, "admits ANY_IDENTITY from everywhere"),
    "a level's condition": (new("google_access_context_manager_access_level_condition", access_level="a", ip_subnetworks=["198.51.100.0/24"]), UNDECIDED, "not read"),
    "all levels at once": (new("google_access_context_manager_access_levels", parent="accessPolicies/9"), UNDECIDED, "not read"),
    "a key": (new("google_service_account_key", service_account_id="demo-app"), WIDER, "newly lets the holder of this key act as demo-app"),
    "a role that anybody assumes": (new("aws_iam_role", name="r", assume_role_policy='{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}'),
                                    WIDER, "AWS * may newly assume r"),
    "everybody": (new(MEMBER, project="my-project", role="roles/a", member="allUsers"), REFUSED, "to everybody"),
    "everybody in another spelling": (lambda world: rule(world)["ingress_from"]["identities"].append("allusers"), UNDECIDED, "newly names 'allusers', a spelling"),
    "a policy of AWS of its own": (new("aws_iam_policy", name="p", policy='{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}'),
                                   WIDER, "p may newly do sts:AssumeRole on *"),
    "a bridge of others": (new(PERIMETER, name="accessPolicies/9/servicePerimeters/b", perimeter_type=BRIDGE, status={"resources": ["projects/1", "projects/2"]}),
                           UNDECIDED, "newly lets calls pass between projects/1, projects/2, whose perimeters were not all read"),
    "a pool that trusts by itself": (lambda world: only(world, POOL).update(inline_trust_config=[{"additional_trust_bundles": [{"trust_domain": "a"}]}]),
                                     UNDECIDED, "google_iam_workload_identity_pool decides"),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_is_judged(name: str) -> None:
    edit, code, text = EDITS[name]
    found = judged(plan(KIT, edited(KIT, edit)))
    assert found.code == code, list(found.lines)
    assert any(text in line for line in found.lines), list(found.lines)


@pytest.mark.parametrize(
    "clause",
    [
        "assertion.userid.startsWith('AID')",
        "assertion.userid == 'AROAX:i-0123'",
        "assertion.userid.startsWith('AROAX:i-')",
        "assertion.userid == '123456789012:somebody'",
        "assertion.arn.startsWith('arn:aws:sts::123456789012:assumed-role/b/') && assertion.userid == 'AROAB:i-0123'",
    ],
)
def test_a_condition_that_newly_admits_by_the_user_id(clause: str) -> None:
    condition = only(KIT, PROVIDER)["attribute_condition"]
    wider = edited(KIT, lambda world: only(world, PROVIDER).update(attribute_condition=f"{condition} || ({clause})"))
    assert judged(plan(KIT, wider)).code == WIDER
    assert judged(plan(wider, KIT)).code == CHANGES


def test_a_condition_that_is_reworded_with_the_same_meaning_is_not_wider() -> None:
    def reword(world: World) -> None:
        body = only(world, PROVIDER)
        body["attribute_condition"] = f"!(!({body['attribute_condition']})) && assertion.account in ['123456789012']"

    assert judged(plan(KIT, edited(KIT, reword))).code == CHANGES


@pytest.mark.parametrize("name", EDITS)
def test_the_way_back_is_not_wider(name: str) -> None:
    """A plan that ends a breach passes; what is not read is said in both directions."""
    edit, _, _ = EDITS[name]
    found = judged(plan(edited(KIT, edit), KIT))
    assert not found.refusals
    assert not [text for text in found.widenings if "not read" not in text]


@pytest.mark.parametrize("name", EDITS)
def test_a_breach_that_stays_is_refused_and_the_rest_is_not_said_again(name: str) -> None:
    edit, code, _ = EDITS[name]
    same = edited(KIT, edit)
    found = judged(plan(same, same))
    assert bool(found.refusals) == (code == REFUSED)
    assert not found.widenings


def limited(world: World) -> None:
    vpc = {"enable_restriction": True, "allowed_services": ["storage.googleapis.com"]}
    only(world, PERIMETER)["status"]["vpc_accessible_services"] = [vpc]


def disabled(world: World) -> None:
    only(world, SERVICE_ACCOUNT)["disabled"] = True


def another_policy(world: World) -> None:
    for at, body in list(world.items()):
        world[at] = json.loads(json.dumps(body).replace("accessPolicies/9/", "accessPolicies/8/"))


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (limited, None, "newly admits every identity from projects/345678901234 over its own network to"),
        (disabled, None, "is enabled again"),
        (None, another_policy, "enforcement ends"),
    ],
    ids=["networks may call every service", "an account is enabled", "the number of another access policy"],
)
def test_what_ends_a_limit_is_wider(before: Edit | None, after: Edit | None, text: str) -> None:
    old, now = (edited(KIT, edit) if edit else KIT for edit in (before, after))
    found = judged(plan(old, now))
    assert found.code == WIDER
    assert any(text in line for line in found.widenings), found.widenings


def test_an_owner_in_a_first_plan_is_said() -> None:
    world = edited(KIT, new(MEMBER, project="my-project", role="roles/owner", member="user:a@example.com"))
    found = judged(plan({}, world))
    assert any("newly grants roles/owner on my-project to user:a@example.com" in line for line in found.widenings)


def test_a_new_level_whose_addresses_are_not_known_is_not_decided() -> None:
    body: Body = {"name": "accessPolicies/9/accessLevels/z", "basic": [{"conditions": [{}]}]}
    unknown = {"basic": [{"conditions": [{"ip_subnetworks": True}]}]}
    found = judged(plan(KIT, edited(KIT, new(LEVEL, **body)), {(LEVEL, "new"): unknown}))
    assert found.code == UNDECIDED
    assert any("newly admits every address; cannot be decided" in line for line in found.widenings)


UNKNOWN: dict[str, Any] = {
    "rules": {"status": {"ingress_policies": True}},
    "sources": {"status": {"ingress_policies": [{"ingress_from": {"sources": True}}]}},
    "a source": {"status": {"ingress_policies": [{"ingress_from": {"sources": [{"access_level": True}]}}]}},
    "identities": {"status": {"ingress_policies": [{"ingress_from": {"identities": True}}]}},
    "operations": {"status": {"ingress_policies": [{"ingress_to": {"operations": True}}]}},
    "status": {"status": True},
    "services": {"status": {"restricted_services": True}},
    "projects": {"status": {"resources": True}},
    "access levels": {"status": {"access_levels": True}},
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_known_of_a_perimeter_is_not_decided(name: str) -> None:
    world = kit(
        f"[perimeter]\ndry_run = false\nrestricted_services = {['aiplatform.googleapis.com', 'storage.googleapis.com']}"
    )
    found = judged(plan(world, world, {key(world, PERIMETER): UNKNOWN[name]}))
    assert found.code == UNDECIDED, list(found.lines)
    assert "enforcement ends" not in "".join(found.lines)
    assert any("cannot be decided without" in line for line in found.lines)


def test_an_enforced_perimeter_that_is_replaced_is_refused_whatever_is_not_known() -> None:
    body = plan(KIT, KIT, {key(KIT, PERIMETER): {"status": True}})
    for item in body["resource_changes"]:
        if item["type"] == PERIMETER:
            item["change"]["actions"] = ["delete", "create"]
    assert judged(body).code == REFUSED


def test_a_deleted_alert_is_a_note() -> None:
    alert: World = {("google_monitoring_alert_policy", "a"): {"display_name": "denials", "enabled": True}}
    found = judged(plan({**KIT, **alert}, KIT))
    assert found.code == CHANGES
    assert any("an alert is deleted" in text for text in found.information), found.information


USUAL: dict[str, dict[str, Any]] = {
    "aws_iam_policy": {"name": "p", "policy": '{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}'},
    "aws_iam_role": {"name": "r", "assume_role_policy": '{"Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"}}}'},
    "aws_s3_bucket": {"bucket": "b"},
    "google_monitoring_alert_policy": {"display_name": "a"},
    "google_project_iam_audit_config": {"service": "allServices"},
    "google_project_service": {"service": "run.googleapis.com"},
    "google_storage_bucket": {"name": "b"},
}  # fmt: skip


@pytest.mark.parametrize("kind", USUAL)
def test_what_people_add_of_their_own_is_not_wider(kind: str) -> None:
    world = edited(KIT, new(kind, **USUAL[kind]))
    assert judged(plan(KIT, world)).code == CHANGES
    assert judged(plan(world, KIT)).code == CHANGES


def test_a_perimeter_whose_projects_are_resources_of_their_own_is_not_refused() -> None:
    status = {"restricted_services": ["storage.googleapis.com"]}
    own = edited(KIT, new(PERIMETER, name="accessPolicies/9/servicePerimeters/b", status=status))
    project = new(f"{PERIMETER}_resource", perimeter_name="accessPolicies/9/servicePerimeters/b", resource="projects/1")
    assert judged(plan(KIT, own)).code == REFUSED
    assert judged(plan(KIT, edited(own, project))).code == CHANGES


def test_a_provider_whose_account_is_not_known() -> None:
    """The account that its condition names is the only one that may pass it."""
    found = judged(plan({}, KIT, {key(KIT, PROVIDER): {"aws": True}}))
    assert found.code == UNDECIDED
    assert any("newly gives a token to" in text and "cannot be decided without" in text for text in found.widenings)
    assert judged(plan(KIT, KIT, {key(KIT, PROVIDER): {"aws": True}})).code == CHANGES


DENY = '{"Statement":{"Effect":"Deny","Principal":"*","Action":"sts:*","Resource":"*"}}'
LOST: dict[str, tuple[Body, Body, str]] = {
    "a boundary": ({"permissions_boundary": "arn:b"}, {}, "r no longer has the permissions boundary arn:b"),
    "a denial in its trust policy": ({"assume_role_policy": DENY}, {"assume_role_policy": "{}"}, "no longer denies sts:*"),
}  # fmt: skip


@pytest.mark.parametrize("name", LOST)
def test_what_an_aws_role_loses(name: str) -> None:
    had, has, text = LOST[name]
    worlds = [edited(KIT, new("aws_iam_role", name="r", **body)) for body in (had, has)]
    assert any(text in line for line in judged(plan(*worlds)).widenings)
    assert judged(plan(*reversed(worlds))).code == CHANGES


def test_an_aws_policy_that_is_narrower_is_not_wider() -> None:
    def trust(**more: Any) -> str:
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::1:root"}, **more}
        return json.dumps({"Statement": [statement]})

    def acts(*actions: str) -> str:
        return json.dumps({"Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})

    limited = {"StringEquals": {"sts:ExternalId": "x"}}
    for kind, field, wide, narrow in (
        ("aws_iam_role", "assume_role_policy", trust(), trust(Condition=limited)),
        ("aws_iam_role", "assume_role_policy", trust(), trust(Action="sts:TagSession")),
        ("aws_iam_policy", "policy", acts("sts:AssumeRole", "iam:PassRole"), acts("sts:AssumeRole")),
    ):
        worlds = [edited(KIT, new(kind, name="r", **{field: text})) for text in (wide, narrow)]
        assert judged(plan(*worlds)).code == CHANGES, narrow
        assert judged(plan(*reversed(worlds))).code == WIDER, narrow


ASSUMES = json.dumps({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]})
DENIES = json.dumps({"Statement": [{"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"}]})
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


@pytest.mark.parametrize(
    ("old", "new", "more", "text"),
    [
        ({}, {"inline_policy": [{"name": "x", "policy": ASSUMES}]}, {}, "a may newly do sts:AssumeRole on *"),
        ({}, {"inline_policy": {"name": "x", "policy": ASSUMES}}, {}, "a may newly do sts:AssumeRole on *"),
        ({"inline_policy": [{"name": "x", "policy": DENIES}]}, {}, {}, "no longer denies iam:PassRole to the role a"),
        ({}, {"inline_policy": "${x.y}"}, {}, "its policy cannot be read"),
        ({}, {"managed_policy_arns": [ADMIN]}, {}, f"a newly has {ADMIN}"),
        ({}, {"managed_policy_arns": ["${x.arn}"]}, {}, "a newly has ${x.arn}"),
        ({}, {"managed_policy_arns": "${aws_iam_role.a.managed_policy_arns}"}, {}, "a newly has ${aws_iam_role.a.managed"),
        # The provider reads back what other resources give.
        ({}, {"inline_policy": [{"name": "x", "policy": ASSUMES}]}, {aws.POLICY: {"name": "x", "policy": ASSUMES}}, ""),
        ({}, {"managed_policy_arns": [ADMIN]}, {aws.ATTACHMENT: {"policy_arn": ADMIN}}, ""),
    ],
)  # fmt: skip
def test_policies_in_the_arguments_of_a_role(old: Body, new: Body, more: Body, text: str) -> None:
    others = [Object(f"{kind}.o", kind, {"role": "a", **body}) for kind, body in more.items()]
    sides = [[Object("aws_iam_role.a", aws.ROLE, {"name": "a", **side}), *others] for side in (old, new)]
    found = [str(gain) for gain in aws.gains(*sides)]
    assert [text in one for one in found] == [True] * bool(text), found


def test_what_a_new_role_does_not_write_is_computed() -> None:
    computed = {name: f"${{aws_iam_role.a.{name}}}" for name in ("inline_policy", "managed_policy_arns")}
    assert not list(
        aws.gains([], [Object("aws_iam_role.a", aws.ROLE, {"name": "a", "assume_role_policy": "{}", **computed})])
    )


def test_an_account_and_its_root_are_one_principal() -> None:
    """AWS answers the ARN of its root where a trust policy names an account."""
    text = '{{"Statement":{{"Effect":"Allow","Principal":{{"AWS":"{}"}}}}}}'
    named, answered = (
        edited(KIT, new("aws_iam_role", name="r", assume_role_policy=text.format(who)))
        for who in ("123456789012", "arn:aws:iam::123456789012:root")
    )
    assert judged(plan(answered, answered, drift=named)).code == ExitCode.DONE


def test_a_policy_of_aws_that_no_longer_denies_and_a_profile_with_another_role() -> None:
    for kind, had, has, text in (
        ("aws_iam_policy", {"policy": DENY}, {"policy": '{"Statement":[]}'}, "no longer denies sts:*"),
        ("aws_iam_instance_profile", {"role": "app"}, {"role": "admin"}, "instances with the profile p newly act as admin"),
    ):  # fmt: skip
        worlds = [edited(KIT, new(kind, name="p", **body)) for body in (had, has)]
        assert any(text in line for line in judged(plan(*worlds)).widenings)
        assert judged(plan({}, worlds[1])).widenings == judged(plan({}, KIT)).widenings


def test_roles_that_exchange_their_names_give_each_others_access_to_what_runs_as_them() -> None:
    """In a stack a profile refers to its role by an expression, which stays as it is."""
    profiles = [
        Object(
            f"aws_iam_instance_profile.{one}", "aws_iam_instance_profile", {"role": "${aws_iam_role." + one + ".name}"}
        )
        for one in ("a", "b")
    ]
    sides = [
        [Object(f"aws_iam_role.{one}", "aws_iam_role", {"name": name}) for one, name in zip("ab", names, strict=True)]
        for names in (("app", "batch"), ("batch", "app"))
    ]
    found = list(map(str, aws.gains(*([*roles, *profiles] for roles in sides))))
    assert [text.partition(" newly ")[2] for text in found] == ["act as batch", "act as app"]
    assert list(aws.gains(*([*sides[0], *profiles] for _ in sides))) == []


@pytest.mark.parametrize(
    ("kind", "field", "text"),
    [
        ("aws_instance", "iam_instance_profile", "newly acts with the instance profile admin"),
        ("aws_lambda_function", "role", "newly acts as admin"),
        ("aws_ecs_task_definition", "task_role_arn", "newly acts as admin"),
    ],
)
def test_what_runs_with_another_role_is_wider(kind: str, field: str, text: str) -> None:
    app, admin = (edited(KIT, new(kind, name="n", **{field: role})) for role in ("app", "admin"))
    assert judged(plan(app, admin)).widenings == (f"{kind}.new: {text}",)
    assert judged(plan(KIT, admin)).code == CHANGES
    unknown = {(kind, "new"): {field: True}}
    assert judged(plan(app, app, unknown)).code == UNDECIDED


def test_the_mode_that_google_chooses_for_a_pool_is_read() -> None:
    """google 7 has it as `(known after apply)` in a first plan, and as FEDERATION_ONLY after the first refresh."""
    chosen = edited(KIT, lambda world: only(world, POOL).update(mode="FEDERATION_ONLY"))
    first = judged(plan({}, KIT, {key(KIT, POOL): {"mode": True}}))
    assert first.code == WIDER
    assert first.widenings == judged(plan({}, KIT)).widenings == judged(plan({}, chosen)).widenings
    assert judged(plan(KIT, chosen)).code == CHANGES
    other = edited(KIT, lambda world: only(world, POOL).update(mode="TRUST_DOMAIN"))
    assert judged(plan(KIT, other)).code == judged(plan({}, other)).code == UNDECIDED
    pool = "google_iam_workload_identity_pool"
    module = json.loads(
        json.dumps(plan(KIT, KIT, {key(KIT, POOL): {"mode": True}})).replace(f'"{pool}.', f'"module.x.{pool}.')
    )
    assert judged(module).code == UNDECIDED


def test_unread_objects_of_one_type_are_one_line() -> None:
    policies: World = {("google_org_policy_policy", name): {"name": name} for name in "abcdef"}
    (found,) = judged(plan(KIT, {**KIT, **policies})).widenings
    assert (
        "google_org_policy_policy.a: is new, and what it decides is not read; so is google_org_policy_policy.b" in found
    )
    other = {**KIT, **policies, ("google_org_policy_policy", "f"): {"name": "another"}}
    assert judged(plan(KIT, other)).digest != judged(plan(KIT, {**KIT, **policies})).digest


def test_a_dry_run_that_may_be_enforced_keeps_prevent() -> None:
    prevent = edited(KIT, lambda world: only(world, PERIMETER).update(deletion_policy="PREVENT"))
    found = judged(plan(prevent, prevent, {key(KIT, PERIMETER): {"status": True}}))
    assert any("keeps deletion_policy PREVENT" in text for text in found.information)


def test_a_policy_that_moves_to_another_role_is_wider_for_both() -> None:
    allow, deny = ({"Effect": effect, "Action": "sts:AssumeRole", "Resource": "*"} for effect in ("Allow", "Deny"))
    for statement, text in (
        (allow, "b may newly do sts:AssumeRole on *"),
        (deny, "no longer denies sts:AssumeRole to the role a"),
    ):
        body = {"name": "p", "policy": json.dumps({"Statement": statement})}
        worlds = [edited(KIT, new("aws_iam_role_policy", role=role, **body)) for role in "ab"]
        assert judged(plan(*worlds)).widenings == (f"aws_iam_role_policy.new: {text}",)
    attached = [
        edited(KIT, new(ATTACHMENT, role=role, policy_arn="arn:aws:iam::aws:policy/AdministratorAccess"))
        for role in "ab"
    ]
    (found,) = judged(plan(*attached)).widenings
    assert "b newly has arn:aws:iam::aws:policy/AdministratorAccess" in found


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ([OURS, "projects/9"], [OURS, "projects/9", "projects/8"], UNDECIDED),
        (["projects/8", "projects/9"], [OURS, "projects/9"], UNDECIDED),
        ([OURS, "projects/9", "projects/8"], [OURS, "projects/9"], CHANGES),
        ([OURS, "projects/9"], [OURS], CHANGES),
        ([OURS, "projects/9"], ["projects/9", OURS], CHANGES),
    ],
    ids=["joins", "ours joins", "leaves", "the last one leaves", "in another order"],
)
def test_a_project_joins_or_leaves_a_bridge(before: list[str], after: list[str], code: ExitCode) -> None:
    old, new = (edited(KIT, bridge_of(*projects)) for projects in (before, after))
    assert judged(plan(old, new)).code == code


def test_the_dry_run_of_a_bridge_is_no_change_of_what_is_enforced_and_one_of_the_dry_run() -> None:
    spec = {"spec": {"resources": [OURS, "projects/9"]}, "use_explicit_dry_run_spec": True}
    old, new = (edited(KIT, bridge_of("projects/8", "projects/9", **more)) for more in ({}, spec))
    body = plan(old, new)
    assert judged(body).code == CHANGES
    (found,) = perimeter_gains.gains([*objects.before(body)], [*objects.after(body)], DRY_RUN)
    assert f"{PERIMETER}.new: the bridge has both sides, and newly admits every identity from {OURS}" in str(found)


def test_a_project_that_is_attached_without_a_rule_may_be_in_a_bridge() -> None:
    attach = new(f"{PERIMETER}_resource", perimeter_name=OTHERS_BRIDGE, resource=OURS)
    found = judged(plan(KIT, edited(KIT, attach)))
    assert found.code == UNDECIDED
    assert f"whether {OTHERS_BRIDGE} is a bridge" in "".join(found.lines)


def test_a_bridge_enforces_nothing() -> None:
    edit, _, _ = EDITS["a bridge of others"]
    lines = "".join(judged(plan(KIT, edited(KIT, edit))).lines)
    assert "enforcement begins" not in lines
    assert "servicePerimeters/b, a bridge" in lines
    assert "servicePerimeters/b, enforced" not in lines


def test_a_project_that_joins_is_inside_and_nothing_is_unrestricted() -> None:
    def join(world: World) -> None:
        only(world, PERIMETER)["status"]["resources"].append("projects/999")

    text = "\n".join(judged(plan(KIT, edited(KIT, join))).widenings)
    assert "it holds both sides, and newly admits every identity from" in text
    assert "no perimeter restricts this any more" not in text


def test_a_perimeter_whose_type_is_not_known() -> None:
    assert judged(plan(KIT, KIT, {key(KIT, PERIMETER): {"perimeter_type": True}})).code == UNDECIDED


def test_a_new_level_whose_addresses_are_not_known() -> None:
    world = edited(KIT, wide_level)
    unknown = {key(world, LEVEL): {"basic": {"conditions": [{"ip_subnetworks": True}]}}}
    assert judged(plan(KIT, world, unknown)).code == UNDECIDED


def test_vpc_accessible_services_that_end() -> None:
    before = vpc_limit()
    before_services = only(before, PERIMETER)["status"]["vpc_accessible_services"]
    before_services["allowed_services"] = ["aiplatform.googleapis.com"]
    found = judged(plan(before, edited(before, no_vpc_limit)))
    assert any("from //compute.googleapis.com/projects/p/global/networks/n" in text for text in found.widenings), (
        found.widenings
    )


def test_a_network_that_may_call_more_of_what_nothing_restricts() -> None:
    before = vpc_limit()
    limit = only(before, PERIMETER)["status"]["vpc_accessible_services"]
    limit["allowed_services"] = ["RESTRICTED-SERVICES"]

    def transfer(world: World) -> None:
        services = only(world, PERIMETER)["status"]["vpc_accessible_services"]
        services["allowed_services"] = ["RESTRICTED-SERVICES", "storagetransfer.googleapis.com"]

    found = judged(plan(before, edited(before, transfer)))
    assert any("networks/n to storagetransfer.googleapis.com" in text for text in found.widenings), found.widenings
    ended = judged(plan(before, edited(before, no_vpc_limit)))
    assert any("to every other service" in text for text in ended.widenings), ended.widenings
    assert judged(plan(edited(before, transfer), before)).code == CHANGES


ATTACHMENT, DENIES = "aws_iam_role_policy_attachment", "arn:aws:iam::123456789012:policy/p"
HELD: dict[str, tuple[World, str, str]] = {
    "a user's policy": ({("aws_iam_user_policy", "p"): {"name": "p", "user": "u", "policy": DENY}}, "aws_iam_user", "u"),
    "a policy that is attached": ({(ATTACHMENT, "p"): {"role": "r", "policy_arn": DENIES},
                                   ("aws_iam_policy", "p"): {"name": "p", "arn": DENIES, "policy": DENY}}, "aws_iam_role", "r"),
}  # fmt: skip


@pytest.mark.parametrize("name", HELD)
def test_a_denial_of_aws_that_goes_is_wider_unless_its_owner_goes(name: str) -> None:
    bodies, kind, owner = HELD[name]
    named: World = {(kind, "owner"): {"name": owner, "assume_role_policy": '{"Statement":[]}'}}
    before_world: World = {**KIT, **bodies}
    assert any("no longer denies sts:*" in text for text in judged(plan(before_world, KIT)).widenings)
    gone = judged(plan({**before_world, **named}, KIT))
    assert not any("no longer" in text for text in gone.widenings)


def test_an_attached_policy_that_is_not_in_the_plan_may_have_denied() -> None:
    attached = edited(KIT, new(ATTACHMENT, role="r", policy_arn=DENIES))
    assert judged(plan(attached, KIT)).code == UNDECIDED
    of_aws = edited(KIT, new(ATTACHMENT, role="r", policy_arn="arn:aws:iam::aws:policy/ReadOnlyAccess"))
    assert judged(plan(of_aws, KIT)).code == CHANGES


def test_stamps_inside_a_block_are_no_change() -> None:
    worlds = [
        edited(
            KIT, new("google_org_policy_policy", name="p", spec=[{"etag": text, "update_time": text, "rules": rule}])
        )
        for text, rule in (("a", "x"), ("b", "x"), ("b", "y"))
    ]
    assert judged(plan(worlds[1], worlds[1], drift=worlds[0])).code == ExitCode.DONE
    assert judged(plan(worlds[1], worlds[2])).code == UNDECIDED


def test_an_account_and_a_pool_that_work_again() -> None:
    for kind, text in ((SERVICE_ACCOUNT, "is enabled again"), (POOL, "newly gives a token to")):
        off = edited(KIT, lambda world: only(world, kind).update(disabled=True))  # noqa: B023
        found = judged(plan(off, KIT))
        assert any(text in line for line in found.widenings), found.widenings


def test_a_first_plan_names_who_gets_what() -> None:
    owner = new(MEMBER, project="my-project", role="roles/owner", member="user:a")
    text = "\n".join(judged(plan({}, edited(KIT, owner))).lines)
    assert "newly grants roles/owner on my-project to user:a" in text


@pytest.mark.parametrize("name", ["a second provider", "of another account", "of OIDC", "of OIDC with a condition"])
def test_a_second_provider_of_a_first_plan_is_judged_as_in_any_other(name: str) -> None:
    edit, code, text = EDITS[name]
    found = judged(plan({}, edited(KIT, edit)))
    assert found.code == code
    assert any(text in line for line in found.lines), list(found.lines)


def test_what_was_opened_outside_is_said_whether_the_plan_ends_it_or_not() -> None:
    opened = edited(KIT, open_to_all)
    ended = judged(plan(opened, KIT, drift=KIT))
    assert ended.code == CHANGES
    assert any("this plan ends it: " in text for text in ended.information)
    stays = judged(plan(opened, opened, drift=KIT))
    assert stays.refusals
    assert any("this plan leaves it so: " in text for text in stays.widenings)


def test_the_digest_covers_what_is_missing() -> None:
    found = [
        judged(plan(KIT, edited(KIT, second_provider(**OIDC, attribute_condition=f"assertion.sub == '{who}'")))).digest
        for who in "ab"
    ]
    assert len(set(found)) == 2


def test_the_kit_itself_is_neither_refused_nor_undecided() -> None:
    assert judged(plan(KIT, KIT)).code == ExitCode.DONE
    first = plan({}, KIT)
    assert judged(first).code == WIDER
    assert {one.address for one in after(first)} == {one.address for one in before(plan(KIT, KIT))}


def test_the_digest_covers_what_a_sentence_sums_up() -> None:
    """Five members are "three and 2 more", whoever they are."""

    def trusted(last: str) -> Edit:
        who = f'{{"AWS":["a","b","c","{last}"]}}'
        return new(
            "aws_iam_role", name="r", assume_role_policy=f'{{"Statement":{{"Effect":"Allow","Principal":{who}}}}}'
        )

    assert len({judged(plan(KIT, edited(KIT, trusted(last)))).digest for last in "*d"}) == 2

    def five(last: str) -> Edit:
        return lambda world: world.update(
            {
                ("google_folder_iam_member", who): {"folder": "folders/1", "role": "r", "member": f"user:{who}"}
                for who in ["a", "b", "c", "d", last]
            }
        )

    found = [judged(plan(KIT, edited(KIT, five(last)))) for last in "ef"]
    assert [one.widenings[-1] for one in found] == [
        "google_folder_iam_member.a: newly grants r on folders/1 to user:a, user:b, user:c and 2 more"
    ] * 2
    assert found[0].digest != found[1].digest
