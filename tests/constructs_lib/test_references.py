"""Terraform references in place of literals: what passes unread, and who checks it then."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cdktf import App, TerraformStack, TerraformVariable
from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.provider import AwsProvider
from cdktf_cdktf_provider_google.data_google_project import DataGoogleProject
from cdktf_cdktf_provider_google.provider import GoogleProvider

from constructs_lib.google.access import AccessPolicy, IpAccessLevel
from constructs_lib.google.caller import DirectCaller, ExistingAccountCaller, ImpersonatedCaller
from constructs_lib.google.condition import AdmittedRole
from constructs_lib.google.federation import WorkloadIdentityFederation
from constructs_lib.google.perimeter import IngressRule, Perimeter, PerimeterConfig
from constructs_lib.limits import LimitError
from constructs_lib.references import in_order
from tests.constructs_lib.test_limits import EDGES

Build = Callable[[TerraformStack], Any]


def document(build: Build) -> dict[str, Any]:
    """What a stack with both providers and these constructs synthesizes to."""
    folder = Path(tempfile.mkdtemp(dir=None))
    try:
        app = App(outdir=str(folder))
        stack = TerraformStack(app, "stack")
        AwsProvider(stack, "aws", region="eu-west-1")
        GoogleProvider(stack, "google", project="my-project")
        build(stack)
        app.synth()
        found: dict[str, Any] = json.loads((folder / "stacks/stack/cdk.tf.json").read_text())
    finally:
        shutil.rmtree(folder)
    return found


def level(stack: TerraformStack, cidrs: Any, **more: Any) -> IpAccessLevel:
    policy = AccessPolicy(stack, "policy", title="x", project_number="1", existing="1")
    return IpAccessLevel(stack, "level", policy=policy, short_name="x", ip_subnetworks=cidrs, description="x", **more)


def variable(stack: TerraformStack, name: str = "later") -> TerraformVariable:
    return TerraformVariable(stack, name)


def only(found: dict[str, Any], kind: str) -> dict[str, Any]:
    (one,) = found["resource"][kind].values()
    return dict(one)


def conditions(build: Build) -> list[str]:
    found = only(document(build), "google_access_context_manager_access_level")
    return [one["condition"] for one in found["lifecycle"].get("precondition", [])]


def test_a_literal_list_needs_no_precondition() -> None:
    assert conditions(lambda stack: level(stack, ["198.51.100.7/32"])) == []


def test_an_address_of_the_same_stack_is_checked_in_the_plan() -> None:
    found = document(lambda stack: level(stack, [f"{Eip(stack, 'address').public_ip}/32", "198.51.100.7/32"]))
    body = only(found, "google_access_context_manager_access_level")
    cidrs = body["basic"]["conditions"][0]["ip_subnetworks"]
    assert cidrs == ["198.51.100.7/32", "${aws_eip.address.public_ip}/32"], "literals first, never sorted by a token"
    not_empty, each = (one["condition"] for one in body["lifecycle"]["precondition"])
    assert not_empty.startswith("${(length([")
    assert 'join(" ", ["198.51.100.7/32", "${aws_eip.address.public_ip}/32"])' in each


def test_a_literal_next_to_a_reference_is_checked_here() -> None:
    with pytest.raises(LimitError, match="allow_cidr"):
        document(lambda stack: level(stack, [f"{Eip(stack, 'address').public_ip}/32", "10.0.0.0/24"]))


def test_a_token_of_a_list_stays_one() -> None:
    found = only(
        document(lambda stack: level(stack, variable(stack).list_value)), "google_access_context_manager_access_level"
    )
    assert found["basic"]["conditions"][0]["ip_subnetworks"] == "${var.later}"
    assert len(found["lifecycle"]["precondition"]) == 2


@pytest.mark.parametrize("single", [False, True])
def test_terraform_decides_as_the_limit_does(single: bool, tmp_path: Path) -> None:
    """Terraform itself evaluates the conditions, for each edge of the rule. `single` is on /32 alone: an Elastic IP is public."""
    if not shutil.which("terraform"):
        pytest.skip("no terraform on PATH")
    allowed, refused = EDGES["egress_cidr"]
    lists = [
        *([one] for one in [*allowed, *refused, "224.0.0.0/16", "100.64.0.1/32"]),
        [],
        [""],
        [allowed[0], refused[0]],
    ]
    not_empty, each = conditions(lambda stack: level(stack, variable(stack).list_value, single=single))
    both = f"{not_empty[2:-1]} && {each[2:-1]}"
    assert both.count("var.later") == 2
    judged = ", ".join(both.replace("var.later", f"tolist({json.dumps(one)})") for one in lists)
    typed = f"jsonencode([{judged}])\n"
    console = ["terraform", "console"]
    done = subprocess.run(console, input=typed, cwd=tmp_path, capture_output=True, text=True, check=True)
    said = json.loads(json.loads(done.stdout))
    passing = (
        {cidr for one in lists for cidr in one if cidr.endswith("/32") and ":" not in cidr} if single else {*allowed}
    )
    assert said == [bool(one) and set(one) <= passing for one in lists]


def test_project_account_and_identity_are_references() -> None:
    def build(stack: TerraformStack) -> None:
        project = DataGoogleProject(stack, "project")
        federation = WorkloadIdentityFederation(
            stack,
            "federation",
            project_id=project.project_id,
            project_number=project.number,
            pool_id="pool",
            provider_id="provider",
            partition="aws",
            account_id=variable(stack, "account").string_value,
            roles=[AdmittedRole("app")],
        )
        common = {"project_id": project.project_id, "principal_set": federation.principal_set("app")}
        callers = [
            ImpersonatedCaller(stack, "one", account_id="caller", display_name="x", **common),
            ExistingAccountCaller(stack, "two", email=variable(stack, "email").string_value, **common),
            DirectCaller(stack, "three", **common),
        ]
        identities = tuple(one.identity for one in callers)
        rule = IngressRule("x", level(stack, ["198.51.100.7/32"]), identities, ("aiplatform.googleapis.com",))
        config = PerimeterConfig(project.number, ("aiplatform.googleapis.com",), (rule,))
        policy = AccessPolicy(stack, "other", title="x", project_number=project.number, organization_id="1")
        Perimeter(stack, "perimeter", policy=policy, short_name="x", description="x", dry_run=config)
        for one in callers:
            one.grant("roles/aiplatform.user", depends_on=[])

    found = document(build)
    provider = only(found, "google_iam_workload_identity_pool_provider")
    assert "assertion.account == '${var.account}'" in provider["attribute_condition"]
    (held,) = provider["lifecycle"]["precondition"]
    assert held["condition"] == '${can(regex("^[0-9]{12}$", var.account))}'
    accounts = {one["service_account_id"] for one in found["resource"]["google_service_account_iam_member"].values()}
    assert sorted(one.split(".")[0] + one[-6:] for one in accounts) == [
        "${data.name}",
        "${google_service_account.name}",
    ]
    members = [one["member"] for one in found["resource"]["google_project_iam_member"].values()]
    assert sum(".email}" in one for one in members) == 2
    (policy,) = found["resource"]["google_access_context_manager_access_policy"].values()
    assert policy["scopes"] == ["projects/${data.google_project.project.number}"]


def test_a_titled_rule_takes_literals_alone() -> None:
    """The title has a digest of the content, and the text of a token is no content."""

    def build(stack: TerraformStack) -> None:
        identity = variable(stack).string_value
        IngressRule("x", level(stack, ["198.51.100.7/32"]), (identity,), ("aiplatform.googleapis.com",)).titled(
            "p", "1"
        )

    with pytest.raises(ValueError, match="got a reference; allowed: literals"):
        document(build)


def test_a_reference_into_another_stack_names_the_output_to_declare(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    aws, google = TerraformStack(app, "aws"), TerraformStack(app, "google")
    AwsProvider(aws, "aws", region="eu-west-1")
    GoogleProvider(google, "google", project="my-project")
    level(google, [f"{Eip(aws, 'address').public_ip}/32"])
    with pytest.raises(RuntimeError) as caught:
        app.synth()
    assert "[google/own-references] aws_eip.address.public_ip of stack 'aws' is referred to from another stack" in str(
        caught.value
    )
    assert "declare a TerraformOutput of it in 'aws'" in str(caught.value)


def test_literals_are_sorted_and_references_keep_their_order() -> None:
    later, sooner = "x${TfToken[TOKEN.9]}", "x${TfToken[TOKEN.10]}"
    assert in_order(["b", later, "a", sooner, "a", later]) == ["a", "b", later, sooner]
