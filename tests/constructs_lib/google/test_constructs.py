"""Whoever uses the constructs without our settings gets the same rules."""

from collections.abc import Callable
from typing import Any

import pytest
from cdktf import App, TerraformStack
from constructs import Construct

from constructs_lib.google.access import AccessPolicy, IpAccessLevel
from constructs_lib.google.caller import DirectCaller, GeminiRole, ImpersonatedCaller
from constructs_lib.google.condition import AdmittedRole
from constructs_lib.google.federation import WorkloadIdentityFederation
from constructs_lib.google.perimeter import IngressRule, Perimeter, PerimeterConfig
from constructs_lib.google.services import EnabledServices

POOL = {
    "project_id": "my-project",
    "project_number": "1",
    "pool_id": "pool",
    "provider_id": "provider",
    "partition": "aws",
    "account_id": "123456789012",
    "roles": [AdmittedRole("app")],
}
PRINCIPAL_SET = (
    "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/attribute.aws_role/app"
)
CALLER = {"project_id": "my-project", "account_id": "caller", "principal_set": PRINCIPAL_SET, "display_name": "x"}


@pytest.fixture
def stack() -> Construct:
    return TerraformStack(App(), "stack")


def policy(stack: Construct, **changes: Any) -> AccessPolicy:
    return AccessPolicy(stack, "policy", **({"title": "x", "project_number": "1", "existing": "1"} | changes))


def level(stack: Construct, **changes: Any) -> IpAccessLevel:
    arguments = {"short_name": "level", "ip_subnetworks": ["203.0.113.7/32"], "description": "x"} | changes
    return IpAccessLevel(stack, "level", policy=policy(stack), **arguments)


def rule(stack: Construct, **changes: Any) -> IngressRule:
    arguments = {
        "title": "x",
        "level": level(Construct(stack, "rule")),
        "identities": None,
        "services": ("aiplatform.googleapis.com",),
    }
    return IngressRule(**(arguments | changes))


def perimeter(stack: Construct, short_name: str = "perimeter", **changes: Any) -> Perimeter:
    config = PerimeterConfig(
        **({"project_number": "1", "restricted_services": ("aiplatform.googleapis.com",), "ingress": ()} | changes)
    )
    return Perimeter(stack, "perimeter", policy=policy(stack), short_name=short_name, description="x", dry_run=config)


BREACHES: dict[str, tuple[Callable[[Construct], object], str]] = {
    "pool id": (lambda s: WorkloadIdentityFederation(s, "f", **POOL | {"pool_id": "gcp-pool"}), "pool_id"),
    "provider id": (lambda s: WorkloadIdentityFederation(s, "f", **POOL | {"provider_id": "abc"}), "provider_id"),
    "project number": (
        lambda s: WorkloadIdentityFederation(s, "f", **POOL | {"project_number": "p"}),
        "project_number",
    ),
    "account": (lambda s: WorkloadIdentityFederation(s, "f", **POOL | {"account_id": "1"}), "aws_account_id"),
    "condition": (
        lambda s: WorkloadIdentityFederation(
            s, "f", **POOL | {"roles": [AdmittedRole(f"role{i}") for i in range(500)]}
        ),
        "attribute_condition",
    ),
    "service": (lambda s: EnabledServices(s, "e", project_id="my-project", services=["aiplatform"]), "service_name"),
    "service account id": (
        lambda s: ImpersonatedCaller(s, "c", **CALLER | {"account_id": "short"}),
        "service_account_id",
    ),
    "display name": (lambda s: ImpersonatedCaller(s, "c", **CALLER | {"display_name": "x" * 101}), "display_name"),
    "custom role id": (lambda s: GeminiRole(s, "r", project_id="my-project", role_id="a-b"), "custom_role_id"),
    "policy number": (lambda s: policy(s, existing="x"), "access_policy_number"),
    "both policies": (lambda s: policy(s, organization_id="1"), "exactly one of"),
    "level name": (lambda s: level(s, short_name="a-b"), "access_level_name"),
    "empty level": (lambda s: level(s, ip_subnetworks=[]), "allow_list"),
    "private level": (lambda s: level(s, ip_subnetworks=["10.0.0.0/24"]), "allow"),
    "rule without identities": (lambda s: rule(s, identities=()), "no identities"),
    "rule without services": (lambda s: rule(s, services=()), "no services"),
    "rule title": (lambda s: perimeter(s, ingress=(rule(s, title="x" * 101),)), "rule_title"),
    "identity": (lambda s: perimeter(s, ingress=(rule(s, identities=("allUsers",)),)), "ingress_identity"),
    "perimeter name": (lambda s: perimeter(s, short_name="a-b"), "perimeter_name"),
    "restricted service": (
        lambda s: perimeter(s, restricted_services=("generativelanguage.googleapis.com",)),
        "restricted_service",
    ),
    "a quote in a role's name": (lambda _: AdmittedRole("x') || true || ('"), "aws_role_name"),
    "an empty role": (lambda _: AdmittedRole(""), "aws_role_name"),
    "a quote in a unique id": (lambda _: AdmittedRole("x", "AROA') || ('"), "unique_role_id"),
    "session length": (lambda _: AdmittedRole("x", session_length=65), "session_length"),
    "partition": (lambda s: WorkloadIdentityFederation(s, "f", **POOL | {"partition": "aws-cn"}), "partition_name"),
    "subject": (lambda s: WorkloadIdentityFederation(s, "f", **POOL, subject="account"), "subject_claim"),
    "subject length": (
        lambda s: WorkloadIdentityFederation(s, "f", **POOL | {"roles": [AdmittedRole("r" * 24)]}),
        "federated_subject",
    ),
    "everybody, directly": (
        lambda s: DirectCaller(s, "c", project_id="my-project", principal_set="allUsers"),
        "ingress_identity",
    ),
    "a whole pool": (
        lambda s: ImpersonatedCaller(
            s, "c", **CALLER | {"principal_set": PRINCIPAL_SET.replace("attribute.aws_role/app", "*")}
        ),
        "ingress_identity",
    ),
    "any service": (lambda s: rule(s, services=("*",)), "service_name"),
    "two rules with one title": (
        lambda s: PerimeterConfig("1", ("aiplatform.googleapis.com",), (rule(s), rule(Construct(s, "other")))),
        "titles are unique",
    ),
    "nothing restricted": (lambda s: perimeter(s, restricted_services=()), "no restricted_services"),
    "policy title": (lambda s: policy(s, title=" ", existing=None, organization_id="1"), "access_policy_title"),
    "deletion_policy in small letters": (
        lambda s: policy(s, existing=None, organization_id="1", deletion_policy="prevent"),
        "'PREVENT' or 'DELETE', in capitals",
    ),
    "perimeter without a configuration": (
        lambda s: Perimeter(s, "p", policy=policy(s), short_name="p", description="x"),
        "enforced or dry_run is needed",
    ),
}


@pytest.mark.parametrize("what", BREACHES)
def test_a_construct_refuses_what_google_would_refuse_or_what_would_open_a_gap(stack: Construct, what: str) -> None:
    build, said = BREACHES[what]
    with pytest.raises(ValueError, match=said):
        build(stack)


def test_the_same_arguments_within_the_limits_are_taken(stack: Construct) -> None:
    WorkloadIdentityFederation(stack, "federation", **POOL)
    EnabledServices(stack, "services", project_id="my-project", services=["sts.googleapis.com"])
    ImpersonatedCaller(stack, "caller", **CALLER)
    GeminiRole(stack, "role", project_id="my-project", role_id="a_b")
    one = rule(stack, identities=("user:a@example.com",))
    config = PerimeterConfig("1", ("aiplatform.googleapis.com",), (one,))
    Perimeter(stack, "p", policy=policy(stack), short_name="p", description="x", enforced=config)
