"""The same decision from Terraform's JSON as from REST bodies."""

import json
from pathlib import Path
from typing import Any

import pytest

from policy import identity, rest, terraform
from policy.decision import Model
from policy.levels import evaluate
from policy.perimeters import Configuration, IngressRule
from tests.policy.bodies import GEMINI, OUTSIDE, call
from tests.terraform import support

SNAPSHOTS = Path(__file__).parent.parent / "snapshots"
NUMBER = "345678901234"


def stack(name: str) -> dict[str, Any]:
    return dict(json.loads((SNAPSHOTS / f"{name}.google.json").read_text()))


def admitted(model: Model, account: str, address: str, *, dry_run: bool = False, service: str = GEMINI) -> bool:
    caller = identity.service_account(f"{account}@my-project.iam.gserviceaccount.com")
    decision = model.decide(call(project_number=NUMBER, address=address, identity=caller, service=service))
    return (decision.dry_run if dry_run else decision.enforced).allowed


def test_a_stack_without_a_perimeter_is_read_as_one() -> None:
    assert not terraform.synthesized(stack("second-account"), ["203.0.113.1/32"]).perimeters


WITH_PERIMETER = sorted({path.name.split(".")[0] for path in SNAPSHOTS.glob("*.google.json")} - {"second-account"})


@pytest.mark.parametrize("snapshot", WITH_PERIMETER)
def test_every_stack_is_read_whole(snapshot: str) -> None:
    model = terraform.synthesized(stack(snapshot), ["203.0.113.1/32"])
    (perimeter,) = model.perimeters
    rules = [rule for side in (perimeter.status, perimeter.spec) if side for rule in side.ingress]
    assert rules
    for rule in rules:
        assert not rule.unmodelled
        assert [source.access_level in model.levels for source in rule.source.sources] == [True]
    assert not any(condition.unmodelled for level in model.levels.values() for condition in level.conditions)


def test_enforced_addresses_and_proposed_ones() -> None:
    model = terraform.synthesized(stack("proposal"), ["203.0.113.1/32"])
    assert admitted(model, "proposal-app", "203.0.113.1")
    assert not admitted(model, "proposal-app", "203.0.113.1", dry_run=True)
    assert not admitted(model, "proposal-app", "203.0.113.8")
    assert admitted(model, "proposal-app", "203.0.113.8", dry_run=True)
    assert admitted(model, "anyone", OUTSIDE, service="iamcredentials.googleapis.com")
    assert not admitted(model, "anyone", OUTSIDE, service="iamcredentials.googleapis.com", dry_run=True)
    verdict = model.decide(call(project_number=NUMBER, address=OUTSIDE)).enforced
    assert verdict.perimeter == "accessPolicies/-/servicePerimeters/proposal_perimeter"


def test_a_stack_that_is_not_told_the_addresses_admits_no_workload() -> None:
    model = terraform.synthesized(stack("proposal"))
    assert not admitted(model, "proposal-app", "203.0.113.1")
    caller = identity.service_account("proposal-app@my-project.iam.gserviceaccount.com")
    rule = model.decide(call(project_number=NUMBER, identity=caller)).enforced.rule
    assert "ipSubnetworks (known after apply) cannot be decided here" in rule
    assert admitted(model, "proposal-app", "203.0.113.8", dry_run=True)  # those are literals


def test_an_existing_policy_keeps_its_number() -> None:
    assert list(terraform.synthesized(stack("existing-network"), ["203.0.113.1/32"]).levels) == [
        "accessPolicies/987654321/accessLevels/shared_workloads"
    ]


LEVEL, PERIMETER = terraform.LEVEL, terraform.PERIMETER


def small(ip_subnetworks: Any = "203.0.113.1/32", access_level: str = "${" + LEVEL + ".nat.name}") -> dict[str, Any]:
    """Configuration by other hands: a level that is named by reference."""
    operations = [{"service_name": GEMINI, "method_selectors": [{"method": "*"}]}]
    rule = {
        "ingress_from": {"identity_type": "ANY_IDENTITY", "sources": [{"access_level": access_level}]},
        "ingress_to": {"resources": ["*"], "operations": operations},
    }
    status = {"resources": ["projects/42"], "restricted_services": [GEMINI], "ingress_policies": [rule]}
    conditions = [{"ip_subnetworks": [ip_subnetworks], "negate": None}]
    return {
        "resource": {
            LEVEL: {"nat": {"name": "accessPolicies/9/accessLevels/nat", "basic": {"conditions": conditions}}},
            PERIMETER: {"p": {"name": "accessPolicies/9/servicePerimeters/p", "status": status}},
        }
    }


def test_a_level_may_be_named_by_its_resource() -> None:
    for name in ("name", "id"):
        model = terraform.synthesized(small(access_level="${" + f"{LEVEL}.nat.{name}" + "}"))
        assert model.decide(call()).enforced.allowed
        assert not model.decide(call(address=OUTSIDE)).enforced.allowed
    assert not terraform.synthesized(small(access_level="${var.level}")).decide(call()).enforced.allowed


def plan(**unknown: Any) -> dict[str, Any]:
    """`terraform show -json` of `small`, in which `after_unknown` of the level or the perimeter is as given."""
    resources = small()["resource"]
    level = resources[LEVEL]["nat"] | {"basic": [resources[LEVEL]["nat"]["basic"]], "custom": [], "id": "x"}
    status: dict[str, Any] = resources[PERIMETER]["p"]["status"]
    (rule,) = status["ingress_policies"]
    rule |= {"ingress_from": [rule["ingress_from"]], "ingress_to": [rule["ingress_to"]], "title": None}
    rule["ingress_from"][0]["sources"][0] |= {"access_level": level["name"], "resource": None}
    perimeter = resources[PERIMETER]["p"] | {"status": [status], "spec": [], "use_explicit_dry_run_spec": None}
    found = {f"{LEVEL}.nat": (LEVEL, level), f"module.x.{PERIMETER}.p": (PERIMETER, perimeter)}
    first, second = (
        {"address": address, "mode": "managed", "type": kind, "values": values}
        for address, (kind, values) in found.items()
    )
    return {
        "planned_values": {"root_module": {"resources": [first], "child_modules": [{"resources": [second]}]}},
        "resource_changes": [
            {
                "address": address,
                "change": {"after_unknown": unknown.get("level" if kind == LEVEL else "perimeter", {})},
            }
            for address, (kind, _) in found.items()
        ],
    }


def test_a_plan_decides_as_its_configuration() -> None:
    for address in ("203.0.113.1", OUTSIDE):
        on = call(address=address)
        assert terraform.planned(plan()).decide(on) == terraform.synthesized(small()).decide(on)


@pytest.mark.parametrize(
    "unknown",
    [
        {"level": {"name": True, "id": True}},
        {"level": {"basic": [{"conditions": [{"ip_subnetworks": True}]}]}},
        {"level": {"basic": [{"conditions": [{"ip_subnetworks": [True]}]}]}},
        {"level": {"basic": [{"conditions": [{"ip_subnetworks": [False], "negate": True}]}]}},
        {"level": {"basic": [{"conditions": [{"members": True}]}]}},
        {"level": {"basic": [{"conditions": True}]}},
        {"level": {"basic": True}},
        {"level": {"custom": True}},
    ]
    + [
        {"perimeter": {"status": [{"ingress_policies": [rule]}]}}
        for rule in (
            {"ingress_from": [{"sources": [{"access_level": True}]}]},
            {"ingress_from": [{"identities": True}]},
            {"ingress_from": [{"identities": [False, True]}]},
            {"ingress_from": True},
            {"ingress_to": [{"operations": True}]},
            {"ingress_to": [{"resources": True}]},
        )
    ],
)
def test_what_a_plan_does_not_know_admits_nobody(unknown: dict[str, Any]) -> None:
    body = plan(**unknown)
    rule = body["planned_values"]["root_module"]["child_modules"][0]["resources"][0]["values"]["status"][0]
    rule["ingress_policies"][0]["ingress_from"][0]["identities"] = ["user:a@example.com", "user:b@example.com"]
    for address in ("203.0.113.1", OUTSIDE):
        assert not terraform.planned(body).decide(call(address=address)).enforced.allowed


@pytest.mark.parametrize("field", ["status", "use_explicit_dry_run_spec"])
def test_a_plan_that_does_not_know_what_is_enforced_is_an_error(field: str) -> None:
    with pytest.raises(ValueError, match=r"got \w+ \(known after apply\)"):
        terraform.planned(plan(perimeter={field: True}))


def test_a_plan_is_what_terraform_shows() -> None:
    with pytest.raises(ValueError, match="plan: no planned_values"):
        terraform.planned(small())


@support.needs("hashicorp/google")
def test_a_plan_by_terraform_itself(tmp_path: Path) -> None:
    """Addresses known, then known only after the apply: the same perimeter, open to one address, then to none."""
    known, unknown = (_planned_by_terraform(tmp_path / name, name == "known") for name in ("known", "unknown"))
    assert known.decide(call()).enforced.allowed
    assert not known.decide(call(address=OUTSIDE)).enforced.allowed
    assert not unknown.decide(call()).enforced.allowed
    truth = evaluate("accessPolicies/9/accessLevels/nat", unknown.levels, call())
    assert "known after apply" in truth.why


def _planned_by_terraform(directory: Path, known: bool) -> Model:
    directory.mkdir()
    body = small("203.0.113.1/32" if known else "${terraform_data.address.output}", "accessPolicies/9/accessLevels/nat")
    body["resource"][LEVEL]["nat"] |= {"parent": "accessPolicies/9", "title": "nat"}
    body["resource"][PERIMETER]["p"] |= {"parent": "accessPolicies/9", "title": "p"}
    body["resource"]["terraform_data"] = {"address": {"input": "${timestamp()}"}}
    body["terraform"] = {"required_providers": {"google": {"source": "hashicorp/google"}}}
    nobody = {"GOOGLE_OAUTH_ACCESS_TOKEN": "none", "HTTPS_PROXY": "http://127.0.0.1:9"}
    workspace = support.workspace(directory, {"hashicorp/google"}, nobody)
    workspace.write(json.dumps(body))
    return terraform.planned(workspace.plan().document)


def test_rest_and_terraform_give_one_model() -> None:
    """What a fake that stores REST bodies answers is what the synthesized stack says."""
    model = terraform.synthesized(small())
    body = {
        "resources": ["projects/42"],
        "restrictedServices": [GEMINI],
        "ingressPolicies": [
            {
                "ingressFrom": {
                    "identityType": "ANY_IDENTITY",
                    "sources": [{"accessLevel": "accessPolicies/9/accessLevels/nat"}],
                },
                "ingressTo": {
                    "resources": ["*"],
                    "operations": [{"serviceName": GEMINI, "methodSelectors": [{"method": "*"}]}],
                },
            }
        ],
    }
    level = {"basic": {"conditions": [{"ipSubnetworks": ["203.0.113.1/32"]}]}}
    assert model == rest.model(
        {"accessPolicies/9/accessLevels/nat": level}, {"accessPolicies/9/servicePerimeters/p": {"status": body}}
    )
    assert isinstance(model.perimeters[0].status, Configuration)
    assert isinstance(model.perimeters[0].status.ingress[0], IngressRule)
