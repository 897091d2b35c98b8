"""What is refused whatever was there before."""

import json
from typing import Any

import pytest

from access.changes import PERIMETER, PROVIDER
from access.invariants import breaches
from access.objects import Object, of_stack
from review.summary import summary
from tests.access.test_grants import POOL, grant
from tests.access.test_tokens import kit, provider
from tests.synthesis import ENVIRONMENTS, environment


def perimeter(**status: Any) -> Object:
    whole = {"resources": ["projects/1"], "restricted_services": ["a.googleapis.com"], **status}
    return Object(f"{PERIMETER}.it", PERIMETER, {"name": "p", "status": [whole], "spec": []})


def rule(level: str, kind: str | None = "ANY_IDENTITY") -> dict[str, Any]:
    operations = [{"service_name": "a.googleapis.com", "method_selectors": [{"method": "*"}]}]
    origin = {"identity_type": kind, "identities": [], "sources": [{"access_level": level}]}
    return {"title": "it", "ingress_from": [origin], "ingress_to": [{"resources": ["*"], "operations": operations}]}


OIDC = {"aws": [], "oidc": [{"issuer_uri": "https://e.com"}]}
BREACHES = {
    "a condition that is true": (provider("true"), "it gives a token to every role of AWS account 123456789012"),
    "all but one role": (provider("attribute.aws_role != 'other-role'"), "it gives a token to every role of AWS account"),
    "all but one unique id": (provider("!assertion.userid.startsWith('AROAOTHER')"), "it gives a token to every role of AWS account"),
    "no condition": (provider(""), "it gives a token to every role"),
    "an issuer's everybody": (provider("true", **OIDC), 'it gives a token to everybody that oidc {"issuer_uri": "https://e.com"} signs for'),
    "the pool": (grant(f"{POOL}/*"), "it grants roles/a on p to every workload of the pool"),
    "everybody": (grant("allUsers"), "it grants roles/a on p to everybody"),
    "anybody from anywhere": (perimeter(ingress_policies=[rule("*")]), "ingress rule 'it' admits ANY_IDENTITY from everywhere"),
    "no service": (perimeter(restricted_services=[]), "its status has no restricted_services, and so restricts nothing"),
    "a dry run of nothing": (
        Object("p", PERIMETER, {"status": [], "spec": [{"resources": ["projects/1"], "restricted_services": []}]}),
        "its spec has no restricted_services",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_is_named_with_its_end(name: str) -> None:
    one, text = BREACHES[name]
    (found,) = breaches([one])
    assert found.what.startswith(text)
    assert "; end it by " in found.what


@pytest.mark.parametrize(
    "one",
    [
        provider(kit("app")),
        provider("assertion.sub == 'a'", **OIDC),
        provider("true", disabled=True),
        grant("user:a"),
        Object("b", "google_storage_bucket_iam_member", {"bucket": "b", "role": "r", "member": "allUsers"}),
        perimeter(ingress_policies=[rule("accessPolicies/1/accessLevels/a")]),
        perimeter(ingress_policies=[rule("*", None)]),
        perimeter(restricted_services="${x.y}"),
        Object("p", PERIMETER, {"status": [{"resources": [], "restricted_services": []}], "spec": []}),
    ],
)
def test_what_is_no_breach(one: Object) -> None:
    assert list(breaches([one])) == []


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_no_environment_of_the_kit_is_one(name: str) -> None:
    found = environment(name)
    assert list(breaches([*of_stack(found.google), *of_stack(found.aws)])) == []


def test_the_review_of_a_stack_names_a_breach() -> None:
    stack = json.loads(json.dumps(environment("example").google))
    (provider_body,) = stack["resource"][PROVIDER].values()
    provider_body["attribute_condition"] = "true"
    assert "it gives a token to every role of AWS account 123456789012" in summary("example", {"google": stack})
    assert "it gives a token" not in summary("example", {"google": environment("example").google})


ACCOUNT = "terraform@p.iam.gserviceaccount.com"
ACTS = Object("google_service_account_iam_member.a", "google_service_account_iam_member",
              {"service_account_id": f"projects/p/serviceAccounts/{ACCOUNT}", "role": "roles/iam.workloadIdentityUser",
               "member": f"{POOL}/attribute.aws_role/app"})  # fmt: skip
RUNS = {
    "the provider impersonates it": Object("provider.google", "provider", {"impersonate_service_account": ACCOUNT.title()}),
    "a rule admits it to IAM": perimeter(ingress_policies=[{
        "title": "deployer", "ingress_from": [{"identities": [f"serviceAccount:{ACCOUNT}"], "sources": [{"access_level": "l"}]}],
        "ingress_to": [{"resources": ["*"], "operations": [{"service_name": "iam.googleapis.com"}]}]}]),
}  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
def test_no_workload_acts_as_who_runs_terraform(name: str) -> None:
    (found,) = breaches([ACTS, RUNS[name]])
    assert found.what.startswith(f"it lets a workload act as {ACCOUNT}, which runs Terraform")
    assert list(breaches([ACTS])) == list(breaches([RUNS[name]])) == []
    person = Object(ACTS.address, ACTS.kind, {**ACTS.values, "member": "user:a"})
    assert list(breaches([person, RUNS[name]])) == []


def test_a_perimeter_without_projects_is_refused_where_it_is_new_or_was_emptied() -> None:
    empty, full = perimeter(resources=[]), perimeter()
    granted = grant("user:a")
    found = [bool(list(breaches([empty, granted], before))) for before in ([], [full], [empty])]
    assert found == [True, True, False]
    assert list(breaches([empty])) == [], "others join it"
    nothing = perimeter(restricted_services=[])
    assert list(breaches([nothing], [nothing]))
