"""Access policies and access levels."""

from dataclasses import replace
from typing import Any

import pytest

from policy.identity import user

from .deployer import NUMBER, ORGANIZATION, PROJECT, Deployer, config, level, rule

ACM = "accesscontextmanager/v1"
BODY = {"parent": ORGANIZATION, "title": "demo", "scopes": [f"projects/{NUMBER}"]}


def refused(deployer: Deployer, policy: str, body: dict[str, Any]) -> str:
    code, _, message = deployer.refused("POST", f"{ACM}/{policy}/accessLevels", body)
    assert code == 400
    return message


@pytest.mark.parametrize("scopes", [[f"projects/{NUMBER}"], []])
def test_one_policy_for_each_scope(deployer: Deployer, scopes: list[str]) -> None:
    deployer.policy(scopes=scopes)
    code, reason, message = deployer.refused("POST", f"{ACM}/accessPolicies", {**BODY, "scopes": scopes})
    assert (code, reason) == (409, "alreadyExists")
    assert message == f"Policy already exists with parent {ORGANIZATION}"
    deployer.policy(scopes=["folders/1"])
    assert len(deployer.ok("GET", f"{ACM}/accessPolicies?parent={ORGANIZATION}")["accessPolicies"]) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"title": ""},
        {"scopes": [f"projects/{PROJECT}"]},
        {"scopes": [f"projects/{NUMBER}", "folders/1"]},
        {"scopes": ["projects/1"]},
    ],
)
def test_policies_that_are_refused(deployer: Deployer, fields: dict[str, Any]) -> None:
    assert deployer.refused("POST", f"{ACM}/accessPolicies", {**BODY, **fields})[0] == 400


def test_an_organization_has_fifty_scoped_policies(deployer: Deployer) -> None:
    for number in range(1, 51):
        deployer.policy(scopes=[f"folders/{number}"])
    assert deployer.refused("POST", f"{ACM}/accessPolicies", BODY)[0] == 400


def test_only_a_policys_title_changes(deployer: Deployer) -> None:
    policy = deployer.policy()
    before = deployer.ok("GET", f"{ACM}/{policy}")
    deployer.ok("PATCH", f"{ACM}/{policy}?updateMask=title", {"title": "new"})
    after = deployer.ok("GET", f"{ACM}/{policy}")
    assert after == {**before, "title": "new", "etag": after["etag"]}
    assert after["etag"] != before["etag"]
    for mask in ("scopes", "parent"):
        assert deployer.refused("PATCH", f"{ACM}/{policy}?updateMask={mask}", {})[0] == 400
    assert deployer.refused("PATCH", f"{ACM}/{policy}?updateMask=title", {})[0] == 400


def test_a_policy_with_contents_cannot_be_deleted(deployer: Deployer) -> None:
    policy = deployer.policy()
    name = deployer.level(policy)
    assert name in deployer.refused("DELETE", f"{ACM}/{policy}")[2]
    deployer.ok("DELETE", f"{ACM}/{name}")
    deployer.ok("DELETE", f"{ACM}/{policy}")
    assert deployer.refused("GET", f"{ACM}/{policy}")[0] == 404
    assert deployer.policy() != policy


def test_default_enums_are_not_answered(deployer: Deployer) -> None:
    policy = deployer.policy()
    body = level(policy)
    body["basic"]["combiningFunction"] = "AND"
    assert deployer.ok("POST", f"{ACM}/{policy}/accessLevels", body)["basic"] == level(policy)["basic"]


@pytest.mark.parametrize("short", ["", "1level", "demo-level", "x" * 51, "demo level"])
def test_names_out_of_grammar(deployer: Deployer, short: str) -> None:
    policy = deployer.policy()
    assert "begins with a letter" in refused(deployer, policy, level(policy, short) | {"title": "t"})
    body = {"name": f"{policy}/servicePerimeters/{short}", "title": "t"}
    assert deployer.refused("POST", f"{ACM}/{policy}/servicePerimeters", body)[0] == 400


def test_a_level_is_in_the_policy_that_the_path_names(deployer: Deployer) -> None:
    policy = deployer.policy()
    refused(deployer, policy, level("accessPolicies/1"))
    assert deployer.refused("POST", f"{ACM}/accessPolicies/1/accessLevels", level("accessPolicies/1"))[0] == 404


def test_names_and_titles_are_unique(deployer: Deployer) -> None:
    policy = deployer.policy()
    deployer.level(policy)
    assert deployer.refused("POST", f"{ACM}/{policy}/accessLevels", level(policy))[:2] == (409, "alreadyExists")
    assert "unique" in refused(deployer, policy, level(policy, "other") | {"title": "demo_level"})
    other = deployer.level(policy, "other")
    assert deployer.refused("PATCH", f"{ACM}/{other}?updateMask=title", {"title": "demo_level"})[0] == 400
    deployer.level(deployer.policy(scopes=[]))


@pytest.mark.parametrize(
    "block",
    [
        "10.0.0.0/8", "10.1.2.0/24", "172.16.0.0/12", "192.168.1.0/24", "100.64.0.0/10", "127.0.0.1/32",
        "169.254.0.0/16", "224.0.0.0/4", "0.0.0.0/32", "fd00::/8", "fe80::/64", "ff02::1/128", "::1/128",
        "203.0.113.7/24", "2001:db8::1/64", "203.0.113.7", "203.0.113.0/33", "nonsense", "",
    ],
)  # fmt: skip
def test_addresses_that_are_refused(deployer: Deployer, block: str) -> None:
    policy = deployer.policy()
    assert "ip_subnetworks" in refused(deployer, policy, level(policy, ipSubnetworks=[block]))


@pytest.mark.parametrize(
    "block", ["203.0.113.7/32", "198.51.100.0/24", "2001:db8::/32", "8.8.8.0/24", "0.0.0.0/0", "::/0"]
)
def test_addresses_that_are_taken(deployer: Deployer, block: str) -> None:
    policy = deployer.policy()
    deployer.level(policy, ipSubnetworks=[block])


@pytest.mark.parametrize(
    "condition",
    [
        {"ipSubnetworks": ["203.0.113.7/32"], "vpcNetworkSources": [{}]},
        {"regions": ["Japan"]},
        {"members": ["group:a@example.com"]},
        {"members": ["principal://iam.googleapis.com/x"]},
        {"members": [f"serviceAccount:nobody@{PROJECT}.iam.gserviceaccount.com"]},
        {"requiredAccessLevels": ["accessPolicies/987654321/accessLevels/missing"]},
        {"ipSubnetworks": [f"203.0.{high}.{low}/32" for high in (1, 2) for low in range(101)]},
    ],
)
def test_conditions_that_are_refused(deployer: Deployer, condition: dict[str, Any]) -> None:
    policy = deployer.policy()
    refused(deployer, policy, level(policy, **condition))


@pytest.mark.parametrize(
    "fields",
    [
        {"basic": {}},
        {"basic": None},
        {"custom": {"expr": {"expression": "true"}}},
        {"basic": None, "custom": {"expr": {}}},
        {"basic": {"conditions": [{"regions": ["JP"]}] * 41}},
        {"title": ""},
    ],
)
def test_levels_that_are_refused(deployer: Deployer, fields: dict[str, Any]) -> None:
    policy = deployer.policy()
    refused(deployer, policy, {k: v for k, v in {**level(policy), **fields}.items() if v is not None})


def test_levels_cannot_require_each_other(deployer: Deployer) -> None:
    policy = deployer.policy()
    first = deployer.level(policy)
    second = deployer.level(policy, "second", requiredAccessLevels=[first])
    circle = {"basic": {"conditions": [{"requiredAccessLevels": [second]}]}}
    code, _, message = deployer.refused("PATCH", f"{ACM}/{first}?updateMask=basic", circle)
    assert code == 400
    assert "requires" in message
    assert "'basic' field of Level 'second'" in deployer.refused("DELETE", f"{ACM}/{first}")[2]


@pytest.mark.parametrize("side", ["status", "spec"])
def test_a_level_in_use_cannot_be_deleted(deployer: Deployer, side: str) -> None:
    policy = deployer.policy()
    name = deployer.level(policy)
    fields: dict[str, Any] = {side: config(rule(name)), "useExplicitDryRunSpec": side == "spec"}
    deployer.perimeter(policy, **fields)
    code, _, message = deployer.refused("DELETE", f"{ACM}/{name}")
    assert code == 400
    assert f"referenced in '{side}' field of Perimeter 'demo_perimeter'" in message
    deployer.ok("DELETE", f"{ACM}/{policy}/servicePerimeters/demo_perimeter")
    deployer.ok("DELETE", f"{ACM}/{name}")


def test_a_level_changes_in_place(deployer: Deployer) -> None:
    policy = deployer.policy()
    name = deployer.level(policy)
    new = {"basic": {"conditions": [{"ipSubnetworks": ["203.0.113.8/32"]}]}, "title": "ignored"}
    deployer.ok("PATCH", f"{ACM}/{name}?updateMask=basic,description", new)
    shown = deployer.ok("GET", f"{ACM}/{name}")
    assert shown == {"name": name, "title": "demo_level", "basic": new["basic"]}
    assert deployer.ok("GET", f"{ACM}/{policy}/accessLevels")["accessLevels"] == [shown]


def test_replace_all_keeps_what_a_perimeter_refers_to(deployer: Deployer) -> None:
    policy = deployer.policy(scopes=[])
    used = deployer.level(policy, "used")
    deployer.level(policy, "unused")
    deployer.perimeter(policy, status=config(rule(used, "user:a@example.com")))
    url = f"{ACM}/{policy}/accessLevels"
    code, _, message = deployer.refused("POST", f"{url}:replaceAll", {"accessLevels": [level(policy, "comes")]})
    assert (code, "Level name 'used' is not available" in message) == (400, True)
    assert [shown["title"] for shown in deployer.ok("GET", url)["accessLevels"]] == ["unused", "used"]
    etag = deployer.ok("GET", f"{ACM}/{policy}")["etag"]
    deeper = level(policy, "comes", requiredAccessLevels=[used])
    body = {"accessLevels": [deeper, level(policy, "used")], "etag": etag, "parent": policy}
    assert len(deployer.ok("POST", f"{url}:replaceAll", body)["accessLevels"]) == 2
    assert [shown["title"] for shown in deployer.ok("GET", url)["accessLevels"]] == ["comes", "used"]
    assert deployer.refused("POST", f"{url}:replaceAll", body)[:2] == (409, "aborted")


def test_an_access_policys_own_iam_policy_admits_to_it_alone(deployer: Deployer) -> None:
    policy, other = deployer.policy(scopes=[]), deployer.policy()
    editor = {"role": "roles/accesscontextmanager.policyEditor", "members": ["user:b@example.com"]}
    deployer.state.tokens["b"] = {"identity": user("b@example.com").to_json(), "expires": 4e9}
    deployer.state.iam_policies[f"projects/{PROJECT}"]["bindings"].append(
        {"role": "roles/serviceusage.serviceUsageConsumer", "members": ["user:b@example.com"]}
    )
    b = replace(deployer, token="b")
    b.state, b.google = deployer.state, deployer.google
    body = {"policy": {"bindings": [editor]}}
    assert deployer.refused("POST", f"{ACM}/{policy}:setIamPolicy", body)[0] == 403
    owner = {"role": "roles/owner", "members": ["user:deployer@example.com"]}
    deployer.state.iam_policies[ORGANIZATION]["bindings"].append(owner)
    assert deployer.ok("POST", f"{ACM}/{policy}:getIamPolicy")["etag"]
    assert deployer.ok("POST", f"{ACM}/{policy}:setIamPolicy", body)["bindings"] == [editor]
    assert b.ok("GET", f"{ACM}/{policy}")["name"] == policy
    assert b.refused("GET", f"{ACM}/{other}")[0] == 403
    deployer.ok("DELETE", f"{ACM}/{policy}")
    assert policy not in deployer.state.iam_policies


def test_a_policys_authorized_organizations(deployer: Deployer) -> None:
    owner = {"role": "roles/owner", "members": ["user:deployer@example.com"]}
    deployer.state.iam_policies[ORGANIZATION]["bindings"].append(owner)
    policy = deployer.policy(scopes=[])
    url, name = f"{ACM}/{policy}/authorizedOrgsDescs", f"{policy}/authorizedOrgsDescs/partners"
    body = {"name": name, "orgs": ["organizations/9"], "assetType": "ASSET_TYPE_DEVICE"}
    made = deployer.ok("POST", url, body)
    made.pop("@type")
    assert made == body == deployer.ok("GET", f"{ACM}/{name}")
    assert deployer.ok("GET", url)["authorizedOrgsDescs"] == [body]
    assert deployer.refused("POST", url, {**body, "name": f"{name}2", "orgs": ["partner"]})[0] == 400
    change = {"orgs": ["organizations/8"]}
    assert deployer.ok("PATCH", f"{ACM}/{name}?updateMask=orgs", change)["orgs"] == change["orgs"]
    assert deployer.refused("PATCH", f"{ACM}/{name}?updateMask=assetType", {})[0] == 400
    assert deployer.refused("DELETE", f"{ACM}/{policy}")[0] == 400
    deployer.ok("DELETE", f"{ACM}/{name}")
    deployer.ok("DELETE", f"{ACM}/{policy}")
