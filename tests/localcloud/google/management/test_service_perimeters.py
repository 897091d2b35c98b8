"""Service perimeters."""

from typing import Any

import pytest

from localcloud.google import seed as before

from .deployer import NUMBER, PROJECT, Deployer, config, rule

ACM = "accesscontextmanager/v1"
ME = "user:a@example.com"


@pytest.fixture
def policy(deployer: Deployer) -> str:
    """An organization's policy with a level."""
    name = deployer.policy(scopes=[])
    deployer.level(name)
    return name


def level(policy: str) -> str:
    return f"{policy}/accessLevels/demo_level"


def refused(deployer: Deployer, policy: str, short: str = "demo_perimeter", **fields: Any) -> str:
    body = {"name": f"{policy}/servicePerimeters/{short}", "title": short, **fields}
    code, reason, message = deployer.refused("POST", f"{ACM}/{policy}/servicePerimeters", body)
    assert (code, reason) == (400, "badRequest")
    return message


def test_a_perimeter_as_it_is_answered(deployer: Deployer, policy: str) -> None:
    status = config(rule(level(policy), ME))
    made = deployer.perimeter(
        policy, status=status, perimeterType="PERIMETER_TYPE_REGULAR", useExplicitDryRunSpec=False
    )
    made.pop("@type")
    name = f"{policy}/servicePerimeters/demo_perimeter"
    assert made == {"name": name, "title": "demo_perimeter", "status": status, "etag": made["etag"]}
    assert deployer.ok("GET", f"{ACM}/{name}") == made
    assert deployer.ok("GET", f"{ACM}/{policy}/servicePerimeters")["servicePerimeters"] == [made]
    again = {"name": name, "title": "other"}
    assert deployer.refused("POST", f"{ACM}/{policy}/servicePerimeters", again)[:2] == (409, "alreadyExists")


def test_a_rule_names_workforce_identities(deployer: Deployer, policy: str) -> None:
    pool = "iam.googleapis.com/locations/global/workforcePools/people"
    people = [f"principalSet://{pool}/*", f"principal://{pool}/subject/Ann", f"principalSet://{pool}/group/ml"]
    made = deployer.perimeter(policy, status=config(rule(level(policy), *people)))
    assert made["status"]["ingressPolicies"][0]["ingressFrom"]["identities"] == people
    assert "invalid" in refused(deployer, policy, "other", status=config(rule(level(policy), f"principal://{pool}/*")))


def test_a_dry_run_needs_its_flag_and_titles_are_unique(deployer: Deployer, policy: str) -> None:
    assert "use_explicit_dry_run_spec" in refused(deployer, policy, spec=config())
    deployer.perimeter(policy, spec=config(), useExplicitDryRunSpec=True)
    assert "unique" in refused(deployer, policy, "other", title="demo_perimeter")
    assert "title" in refused(deployer, policy, "other", title="")


@pytest.mark.parametrize("side", ["status", "spec"])
def test_a_project_is_in_one_regular_perimeter(deployer: Deployer, policy: str, side: str) -> None:
    fields: dict[str, Any] = {side: config(), **({"useExplicitDryRunSpec": True} if side == "spec" else {})}
    deployer.perimeter(policy, **fields)
    assert "in one regular Service Perimeter only" in refused(deployer, policy, "other", **fields)
    deployer.perimeter(policy, "empty")
    empty = f"{ACM}/{policy}/servicePerimeters/empty?updateMask={side},useExplicitDryRunSpec"
    assert deployer.refused("PATCH", empty, fields)[0] == 400
    scoped = deployer.policy()
    assert "in one regular" in refused(deployer, scoped, **fields)


def test_a_bridge_takes_projects_of_regular_perimeters_and_nothing_else(deployer: Deployer, policy: str) -> None:
    kind = {"perimeterType": "PERIMETER_TYPE_BRIDGE"}
    resources = {"resources": [f"projects/{NUMBER}"]}
    assert "but no regular Service Perimeter" in refused(deployer, policy, "bridge", **kind, status=resources)
    deployer.perimeter(policy, status=config())
    assert "nothing but resources" in refused(deployer, policy, "bridge", **kind, status=config())
    deployer.perimeter(policy, "bridge", **kind, status=resources)


def changed(**fields: Any) -> dict[str, Any]:
    """A configuration with a rule that these fields replace parts of: `ingressFrom.sources` is `from_sources`."""
    body = config(rule("accessPolicies/987654321/accessLevels/demo_level", ME))
    for path, value in fields.items():
        part, _, key = path.partition("_")
        target = {"from": "ingressFrom", "to": "ingressTo"}.get(part)
        if target is None:
            body[path] = value
        elif value is None:
            body["ingressPolicies"][0][target].pop(key)
        else:
            body["ingressPolicies"][0][target][key] = value
    return body


SELECTOR = [{"method": "*"}]
OPERATION = {"serviceName": "aiplatform.googleapis.com", "methodSelectors": SELECTOR}


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (changed(resources=[f"projects/{PROJECT}"]), "Invalid perimeter member"),
        (changed(resources=["projects/1"]), "is not in organizations/"),
        (changed(restrictedServices=["*"]), "Service '*' is not supported"),
        (changed(restrictedServices=["generativelanguage.googleapis.com"]), "is not supported"),
        (changed(restrictedServices=["aiplatform"]), "is not supported"),
        (changed(accessLevels=["accessPolicies/987654321/accessLevels/missing"]), "'missing' is not available"),
        (changed(accessLevels=["accessPolicies/1/accessLevels/demo_level"]), "is not available"),
        (changed(from_sources=[{"accessLevel": "accessPolicies/987654321/accessLevels/missing"}]), "'missing' is not"),
        (changed(from_sources=[{"accessLevel": "demo_level"}]), "no name of an access level"),
        (changed(from_sources=[{"accessLevel": "*", "resource": "projects/1"}]), "exactly one of"),
        (changed(from_sources=[{"resource": "*"}]), "'*' is not allowed as a resource"),
        (changed(from_identities=None), "one of `identities` and `identity_type` must be set"),
        (changed(from_identityType="ANY_IDENTITY"), "only one of `identities` and `identity_type`"),
        (changed(from_identities=["a@example.com"]), "invalid or non-existent"),
        (changed(from_identities=["domain:example.com"]), "invalid or non-existent"),
        (changed(from_identities=[f"serviceAccount:no@{PROJECT}.iam.gserviceaccount.com"]), "invalid or non-existent"),
        (changed(to_resources=["projects/1"]), "not present in `ServicePerimeterConfig.resources`"),
        (changed(to_resources=["*", f"projects/{NUMBER}"]), "'*' must be the only entry"),
        (changed(to_operations=[{"serviceName": "aiplatform", "methodSelectors": SELECTOR}]), "is no service"),
        (changed(to_operations=[{"serviceName": "*", "methodSelectors": SELECTOR}]), "takes no method_selectors"),
        (changed(to_operations=[{"serviceName": "aiplatform.googleapis.com"}]), "no method_selectors"),
        (changed(to_operations=[{**OPERATION, "methodSelectors": [{"method": "*", "permission": "x"}]}]), "exactly one"),
        (changed(vpcAccessibleServices={"allowedServices": ["aiplatform.googleapis.com"]}), "enable_restriction"),
        (
            changed(egressPolicies=[{"egressFrom": {"identityType": "ANY_IDENTITY", "sources": [{"accessLevel": "*"}]}}]),
            "SOURCE_RESTRICTION_ENABLED",
        ),
    ],
)  # fmt: skip
def test_configurations_that_are_refused(deployer: Deployer, policy: str, status: dict[str, Any], text: str) -> None:
    assert policy == "accessPolicies/987654321"
    assert text in refused(deployer, policy, status=status)
    assert text in refused(deployer, policy, spec=status, useExplicitDryRunSpec=True)


UNIQUE = "Ingress and Egress rules titles must be unique within a perimeter."


def egress(title: str = "calls", **origin: Any) -> dict[str, Any]:
    """An egress rule to anywhere, for anybody."""
    return {"title": title, "egressFrom": origin or {"identityType": "ANY_IDENTITY"}, "egressTo": {"resources": ["*"]}}


def test_rule_titles_are_unique_in_a_configuration_and_short(deployer: Deployer, policy: str) -> None:
    one = config(rule(level(policy), ME))
    assert refused(deployer, policy, status=config(rule(level(policy), ME), rule(level(policy)))) == UNIQUE
    assert refused(deployer, policy, status=one | {"egressPolicies": [egress()]}) == UNIQUE
    deployer.perimeter(policy, "both", status=one, spec=one, useExplicitDryRunSpec=True)
    assert "100 characters" in refused(deployer, policy, status=config(rule(level(policy), ME, title="x" * 101)))


def test_all_titles_of_a_policy_have_240_000_characters_at_most(deployer: Deployer, policy: str) -> None:
    rules = [egress(f"{number:0100}") for number in range(1201)]
    deployer.perimeter(policy, "most", status={"egressPolicies": rules[:1200]})
    deployer.perimeter(policy, "rest", status={"egressPolicies": rules[:1199]})
    assert "240100 characters, allowed: at most 240000" in refused(
        deployer, policy, status={"egressPolicies": rules[:2]}
    )


def test_a_configurations_rules_have_6_000_attributes_at_most(deployer: Deployer, policy: str) -> None:
    operations = [{"serviceName": "*"}, {**OPERATION, "methodSelectors": [{"method": "a"}, {"permission": "b.c.d"}]}]
    users = [f"user:u{number}@example.com" for number in range(5995)]
    ruled = rule(level(policy), *users, ingressTo={"resources": ["*"], "operations": operations})
    deployer.perimeter(policy, status=config(ruled), spec=config(ruled), useExplicitDryRunSpec=True)
    ruled["ingressFrom"]["identities"] = [*users, ME]
    assert "status: got 6001 attributes" in refused(deployer, policy, "more", status=config(ruled, resources=[]))


def test_an_account_is_known_in_any_case(deployer: Deployer, policy: str) -> None:
    email = deployer.account().upper()
    made = deployer.perimeter(
        policy, status=config(rule(level(policy), f"serviceAccount:{email}", "user:A@example.com"))
    )
    identities = made["status"]["ingressPolicies"][0]["ingressFrom"]["identities"]
    assert identities == [f"serviceAccount:{email.lower()}", "user:A@example.com"]
    missing = config(rule(level(policy), f"serviceAccount:NO-{email}"), resources=[])
    assert "invalid or non-existent" in refused(deployer, policy, "other", status=missing)


def test_an_egress_rule_may_have_sources_and_no_identity(deployer: Deployer, policy: str) -> None:
    source = {"sources": [{"resource": f"projects/{NUMBER}"}], "sourceRestriction": "SOURCE_RESTRICTION_ENABLED"}
    deployer.perimeter(policy, status={"egressPolicies": [egress(**source)]})
    nobody = egress(sourceRestriction="SOURCE_RESTRICTION_DISABLED")
    assert "must be set" in refused(deployer, policy, "nobody", status={"egressPolicies": [nobody]})


def test_a_scoped_policys_perimeter_keeps_to_the_scope(deployer: Deployer) -> None:
    before.project(deployer.state, "other-project", "222222222222")
    scoped = deployer.policy()
    assert "scope" in refused(deployer, scoped, status=config(resources=["projects/222222222222"]))


def test_a_masked_field_that_is_absent_is_cleared_and_an_unmasked_one_ignored(deployer: Deployer, policy: str) -> None:
    deployer.perimeter(policy, status=config(), description="here")
    url = f"{ACM}/{policy}/servicePerimeters/demo_perimeter"
    body = {"spec": config(), "useExplicitDryRunSpec": True, "description": "ignored"}
    shown = deployer.ok("PATCH", f"{url}?updateMask=status,spec,use_explicit_dry_run_spec", body)
    assert "status" not in shown
    assert (shown["spec"], shown["description"]) == (config(), "here")
    shown = deployer.ok("PATCH", f"{url}?updateMask=status,spec,useExplicitDryRunSpec", {"status": config()})
    assert (shown["status"], "spec" in shown, "useExplicitDryRunSpec" in shown) == (config(), False, False)
    assert deployer.refused("PATCH", url, {"status": config()})[0] == 400
    for mask in ("name", "perimeterType"):
        assert deployer.refused("PATCH", f"{url}?updateMask={mask}", {})[0] == 400


def test_the_etag_is_the_policys(deployer: Deployer, policy: str) -> None:
    first = deployer.perimeter(policy, status=config())
    url = f"{ACM}/{policy}/servicePerimeters/demo_perimeter?updateMask=description"
    second = deployer.ok("PATCH", url, {"description": "x", "etag": first["etag"]})
    assert second["etag"] == deployer.ok("GET", f"{ACM}/{policy}")["etag"] != first["etag"]
    deployer.level(policy, "elsewhere")
    code, reason, _ = deployer.refused("PATCH", url, {"description": "y", "etag": second["etag"]})
    assert (code, reason) == (409, "aborted")
    other = {"name": f"{policy}/servicePerimeters/other", "title": "o", "etag": second["etag"]}
    assert deployer.refused("POST", f"{ACM}/{policy}/servicePerimeters", other)[0] == 409
    deployer.ok("PATCH", url, {"description": "y"})
    for gone in (f"{policy}/accessLevels/elsewhere", f"{policy}/servicePerimeters/demo_perimeter"):
        before = deployer.ok("GET", f"{ACM}/{policy}")["etag"]
        deployer.ok("DELETE", f"{ACM}/{gone}")
        assert deployer.ok("GET", f"{ACM}/{policy}")["etag"] != before


def test_a_mask_may_name_the_etag_as_the_attach_resources_do(deployer: Deployer, policy: str) -> None:
    first = deployer.perimeter(policy, spec=config(), useExplicitDryRunSpec=True)
    url = f"{ACM}/{policy}/servicePerimeters/demo_perimeter?updateMask=spec.ingressPolicies,etag"
    ruled = {"spec": {"ingressPolicies": [rule(level(policy), ME)]}, "use_explicit_dry_run_spec": True}
    second = deployer.ok("PATCH", url, {**ruled, "etag": first["etag"]})
    assert second["spec"] == config(rule(level(policy), ME))
    assert second["etag"] not in (first["etag"], None)
    assert deployer.refused("PATCH", url, {**ruled, "etag": first["etag"]})[:2] == (409, "aborted")
    assert deployer.ok("PATCH", url, {"etag": second["etag"]})["spec"] == config()


def test_replace_all_makes_what_it_has_and_removes_all_else(deployer: Deployer, policy: str) -> None:
    deployer.perimeter(policy, "leaves", status=config())
    elsewhere = deployer.perimeter(deployer.policy(), "elsewhere")
    url = f"{ACM}/{policy}/servicePerimeters"
    body = {"name": f"{policy}/servicePerimeters/comes", "title": "leaves", "status": config(), "etag": "of-no-meaning"}
    (shown,) = deployer.ok("POST", f"{url}:replaceAll", {"servicePerimeters": [body], "parent": policy})[
        "servicePerimeters"
    ]
    assert deployer.ok("GET", url)["servicePerimeters"] == [shown]
    assert shown == body | {"etag": deployer.ok("GET", f"{ACM}/{policy}")["etag"]}
    assert deployer.ok("GET", f"{ACM}/{elsewhere['name']}")["title"] == "elsewhere"
    assert "servicePerimeters" not in deployer.ok("POST", f"{url}:replaceAll", {"servicePerimeters": []})
    assert deployer.ok("GET", url) == {}


def test_replace_all_with_one_mistake_changes_nothing(deployer: Deployer, policy: str) -> None:
    deployer.perimeter(policy, "stays", status=config())
    stays = deployer.ok("GET", f"{ACM}/{policy}/servicePerimeters/stays")
    url = f"{ACM}/{policy}/servicePerimeters"
    names = {short: {"name": f"{policy}/servicePerimeters/{short}", "title": short} for short in ("a", "b")}
    for wrong in (
        [names["a"], names["b"] | {"title": ""}],
        [names["a"], names["a"]],
        [names["a"], names["b"] | {"title": "a"}],
        [names["a"] | {"status": config()}, names["b"] | {"status": config()}],
    ):
        assert deployer.refused("POST", f"{url}:replaceAll", {"servicePerimeters": wrong})[0] in (400, 409)
        assert deployer.ok("GET", url)["servicePerimeters"] == [stays]
    code = deployer.refused("POST", f"{url}:replaceAll", {"servicePerimeters": [], "etag": stays["etag"] + "0"})[0]
    assert code == 409
    assert deployer.refused("POST", f"{url}:replaceAll", {"parent": "accessPolicies/1"})[0] == 400
    deployer.google.mistakes.clear()


def test_a_perimeter_may_name_an_account_deleted_since_but_no_write_may(deployer: Deployer, policy: str) -> None:
    email = deployer.account()
    status = config(rule(level(policy), f"serviceAccount:{email}"))
    deployer.perimeter(policy, status=status)
    deployer.ok("DELETE", f"iam/v1/projects/{PROJECT}/serviceAccounts/{email}")
    url = f"{ACM}/{policy}/servicePerimeters/demo_perimeter"
    assert deployer.ok("GET", url)["status"] == status
    code, _, message = deployer.refused("PATCH", f"{url}?updateMask=description", {"description": "x"})
    assert code == 400
    assert "invalid or non-existent" in message
    commit = f"{ACM}/{policy}/servicePerimeters:commit"
    assert "invalid or non-existent" in deployer.refused("POST", commit, {})[2]
    deployer.ok("PATCH", f"{url}?updateMask=status", {"status": config(rule(level(policy), ME))})
    deployer.ok("POST", commit, {})
    deployer.ok("DELETE", url)


def test_commit_makes_the_dry_run_enforced(deployer: Deployer, policy: str) -> None:
    proposed = config(rule(level(policy), ME))
    deployer.perimeter(policy, status=config(), spec=proposed, useExplicitDryRunSpec=True)
    stale = deployer.state.access_policies[policy]["etag"] + "0"
    url = f"{ACM}/{policy}/servicePerimeters:commit"
    assert deployer.refused("POST", url, {"etag": stale})[0] == 409
    (shown,) = deployer.ok("POST", url, {})["servicePerimeters"]
    assert (shown["status"], "spec" in shown, "useExplicitDryRunSpec" in shown) == (proposed, False, False)
