"""What `make synth` prints at the end."""

import subprocess
import sys
from pathlib import Path

import pytest

from review.summary import summary
from tests.synthesis import BASE, NO_PERIMETER, Synthesized, environment, synthesized

ROOT = Path(__file__).parents[2]


def review(made: Synthesized, name: str = "test") -> str:
    """The review of what was synthesized."""
    stacks = {"demo-aws": made.aws, "demo-google": made.google}
    return summary(name, {stack: document for stack, document in stacks.items() if document})


def test_it_counts_every_resource_and_names_the_next_step() -> None:
    text = review(synthesized())
    count = sum(len(named) for named in synthesized().aws["resource"].values())
    assert text.startswith("environment test\n")
    assert f"demo-aws: {count} resources" in text
    assert "./keyperim -e test deploy  applies demo-aws then demo-google" in text


@pytest.mark.parametrize(
    "said",
    [
        "  serviceAccount:demo-app@my-project.iam.gserviceaccount.com has projects/my-project/roles/demo_gemini_caller on my-project\n",
        "/workloadIdentityPools/demo-aws/attribute.aws_role/demo-app has roles/iam.workloadIdentityUser on "
        "projects/my-project/serviceAccounts/demo-app@my-project.iam.gserviceaccount.com\n",
        "  demo_gemini_caller allows aiplatform.endpoints.predict\n",
        "  demo-aws/demo-aws: AWS account 123456789012, as assertion.arn, if assertion.account == '123456789012' && "
        "(assertion.arn.startsWith('arn:aws:sts::123456789012:assumed-role/demo-app/'))\n",
        "  demo_workloads: the AWS stack's output egress_cidrs, known once it is applied\n",
        "  output.egress_cidrs: value network_address-ap-northeast-1a.public_ip/32\n",
        "  workloads call Gemini: serviceAccount:demo-app@my-project.iam.gserviceaccount.com from demo_workloads to "
        "aiplatform.googleapis.com in projects/345678901234\n",
    ],
)
def test_it_says_who_may_call_what_from_where(said: str) -> None:
    assert said in review(synthesized())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "example",
            "dry run for aiplatform.googleapis.com, bigquery.googleapis.com, discoveryengine.googleapis.com, "
            "storage.googleapis.com in projects/345678901234: violations are logged, nothing is",
        ),
        ("several", "enforced for aiplatform.googleapis.com in projects/345678901234\n"),
        (
            "proposal",
            "enforced for aiplatform.googleapis.com in projects/345678901234; a proposal is tested as dry run",
        ),
        ("proposal", "proposed for aiplatform.googleapis.com, iamcredentials.googleapis.com, sts.googleapis.com in "),
        ("proposal", "  proposed: workloads exchange tokens: ANY_IDENTITY from proposal_workloads_proposed to sts"),
        ("several", "deletion: refused by the provider (deletion_policy PREVENT)\n"),
        ("article", "workloads call Gemini: ANY_IDENTITY from vertex_workloads"),
        ("direct", "direct_workloads: 198.51.100.7/32, 203.0.113.7/32"),
        (
            "existing-network",
            "AWS account 123456789012, as assertion.arn, if assertion.account == '123456789012' && ((",
        ),
        ("existing-network", ": id eipalloc-0123456789abcdef1\n"),
        ("example", "  workload_app_security-group.id lets out tcp 443 to 0.0.0.0/0\n"),
        ("example", ", metadata_options.http_put_response_hop_limit 1, subnet_id "),
        ("central-egress", "central_workloads: 203.0.113.7/32, 203.0.113.8/32\n"),
        ("central-egress", "  workload_app_security-group.id lets out udp 53 to 10.99.0.3/32\n"),
        (
            "central-egress",
            ", metadata_options.http_put_response_hop_limit 2, root_block_device.kms_key_id arn:aws:kms:eu-",
        ),
        ("central-egress", ", vpc_security_group_ids sg-0123456789abcdef0, sg-0123456789abcdef1\n"),
        (
            "central-egress",
            'profile: lifecycle.postcondition.condition ${self.role_name == "team-batch"}, name team-batch-profile\n',
        ),
    ],
)
def test_the_perimeters_mode_is_said(name: str, said: str) -> None:
    assert said in review(environment(name), name)


def test_no_perimeter_is_said_loudly() -> None:
    assert "none: the callers can call from any address" in review(synthesized(base=NO_PERIMETER))


def test_another_environments_output_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments/demo.toml").write_text(BASE)
    run = {"cwd": tmp_path, "capture_output": True, "text": True, "check": False}
    made = {"PYTHONPATH": str(ROOT), "ENVIRONMENT": "demo"}
    nothing = subprocess.run([sys.executable, "-m", "review"], env=made, **run)
    assert (nothing.returncode, nothing.stderr.count("\n")) == (2, 1)
    assert "environment 'demo' has not been synthesized: run `./keyperim -e demo synth`" in nothing.stderr
    subprocess.run([sys.executable, ROOT / "main.py"], env=made, **run)
    assert "environment demo\n" in subprocess.run([sys.executable, "-m", "review"], env=made, **run).stdout
    other = subprocess.run([sys.executable, "-m", "review"], env={**made, "ENVIRONMENT": "prod"}, **run)
    assert (other.returncode, other.stdout) == (2, "")
    assert "which is not environment 'prod'" in other.stderr
