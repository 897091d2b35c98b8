"""What `make synth` prints at the end."""

import copy
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from access.bridges import BRIDGE
from access.changes import PERIMETER
from review.summary import lines, summary
from tests.synthesis import BASE, NO_PERIMETER, Synthesized, environment, synthesized

ROOT = Path(__file__).parents[2]
TWENTY = "".join(f'[[workload]]\nname = "w{number}"\n' for number in range(20))


def stacks(made: Synthesized) -> dict[str, dict[str, Any]]:
    """The stacks by name, without one that there is not."""
    found = {"demo-aws": made.aws, "demo-google": made.google}
    return {stack: document for stack, document in found.items() if document}


def review(made: Synthesized, name: str = "test") -> str:
    """The review of what was synthesized."""
    return summary(name, stacks(made))


def inventory(made: Synthesized) -> str:
    """Every line that the review counts."""
    return lines(stacks(made)) + "\n"


def test_it_counts_every_resource_and_names_the_next_step() -> None:
    text = review(synthesized())
    count = sum(len(named) for named in synthesized().aws["resource"].values())
    assert text.startswith(f"environment test\n  demo-aws: {count} resources\n  demo-google: ")
    assert text.endswith("./keyperim -e test deploy applies demo-aws then demo-google")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("example", "  1 AWS role of account 123456789012 with Google's role demo_gemini_caller from every address (dry run: from the address of "),
        ("example", "demo_perimeter: dry run, nothing is denied: aiplatform, bigquery, discoveryengine, storage in projects/345678901234\n"),
        ("example", "  every address: no perimeter is enforced, so each caller above may call from anywhere\n"),
        ("several", "  2 AWS roles of account 123456789012 with Google's role several_gemini_caller from the address of network_address-us-east-1a, "),
        ("several", "several_perimeter: enforced: aiplatform in projects/345678901234\n  its deletion is refused by the provider\n"),
        ("proposal", "proposal_perimeter: enforced; a proposal is tested as dry run: aiplatform in"),
        ("proposal", "from the address of network_address-ap-northeast-1a (dry run: from\n      203.0.113.8/32): "),
        ("on-premises", "  group:ml@example.com from 198.51.100.0/24, 2001:db8::/48 to aiplatform: ingress rule 'on-premises tokyo calls Gemini'\n"),
        ("article", "  every identity that has a grant, from where ingress rule 'workloads call Gemini' admits\n"),
        ("second-account", "protected\n  nothing: there is no perimeter\n"),
        ("existing-identities", "with Google's role team_gemini from 203.0.113.7/32: batch"),
    ],
)  # fmt: skip
def test_the_answer_comes_first(name: str, said: str) -> None:
    assert said in review(environment(name), name)


def test_a_bridge_is_open_in_both_directions() -> None:
    made = stacks(environment("several"))
    (google,) = (json.loads(json.dumps(body)) for name, body in made.items() if name.endswith("google"))
    status, spec = ({"resources": ["projects/345678901234", f"projects/{other}"]} for other in "98")
    bridge = {"name": "accessPolicies/9/servicePerimeters/b", "perimeter_type": BRIDGE, "status": status}
    google["resource"][PERIMETER]["b"] = bridge
    text = "  calls between projects/345678901234, projects/{} in both directions: bridge b\n"
    assert text.format(9) in summary("several", {"google": google})
    google["resource"][PERIMETER]["b"] = {**bridge, "spec": spec, "use_explicit_dry_run_spec": True}
    found = summary("several", {"google": google})
    assert text.format(9) in found
    assert f"  dry run:{text.format(8)[1:]}" in found


@pytest.mark.parametrize(
    ("more", "name", "most"),
    [((), "example", 40), ((TWENTY,), "", 80), (("[perimeter]\ndry_run = false", TWENTY), "", 80)],
)
def test_a_reviewer_has_time_for_all_of_it(more: tuple[str, ...], name: str, most: int) -> None:
    text = review(environment(name) if name else synthesized(*more), name or "test").splitlines()
    assert len(text) <= most
    assert max(map(len, text)) <= 160


def test_the_review_has_the_inventorys_digest() -> None:
    """A leaf that only the inventory shows changes the review."""
    made = stacks(synthesized())
    changed = copy.deepcopy(made)
    (subnet, *_) = changed["demo-aws"]["resource"]["aws_vpc"].values()
    subnet["cidr_block"] = "10.99.0.0/16"
    before, after = (summary("test", each).splitlines() for each in (made, changed))
    assert [line for line in before if line not in after] == [
        next(one for one in before if one.startswith("inventory: "))
    ]
    digest = hashlib.sha256(lines(made).encode()).hexdigest()
    assert (
        f"inventory: {len(lines(made).splitlines())} lines, SHA-256 {digest}: ./keyperim -e test review --inventory"
        in before
    )


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
    assert said in inventory(synthesized())


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
    assert said in inventory(environment(name))


def test_no_perimeter_is_said_loudly() -> None:
    assert "none: the callers can call from any address" in inventory(synthesized(base=NO_PERIMETER))


def test_another_environments_output_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments/demo.toml").write_text(BASE)
    run = {"cwd": tmp_path, "capture_output": True, "text": True, "check": False}
    made = {"PYTHONPATH": str(ROOT), "ENVIRONMENT": "demo"}
    nothing = subprocess.run([sys.executable, "-m", "cli", "review"], env=made, **run)
    assert (nothing.returncode, nothing.stderr.count("\n")) == (2, 1)
    assert "environment 'demo' has not been synthesized: run `./keyperim -e demo synth`" in nothing.stderr
    subprocess.run([sys.executable, ROOT / "main.py"], env=made, **run)
    assert "environment demo\n" in subprocess.run([sys.executable, "-m", "cli", "review"], env=made, **run).stdout
    other = subprocess.run([sys.executable, "-m", "cli", "review"], env={**made, "ENVIRONMENT": "prod"}, **run)
    assert (other.returncode, other.stdout) == (2, "")
    assert "which is not environment 'prod'" in other.stderr
