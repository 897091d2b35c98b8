"""What `make synth` prints at the end."""

import pytest

from review.summary import summary
from tests.synthesis import NO_PERIMETER, environment, synthesized


def test_it_counts_every_resource_and_names_the_rule_and_the_next_step() -> None:
    text = summary(synthesized().folder, "test")
    count = sum(len(named) for named in synthesized().aws["resource"].values())
    assert f"demo-aws: {count} resources" in text
    assert "app: serviceAccount:demo-app@my-project.iam.gserviceaccount.com" in text
    assert (
        "workloads call Gemini: serviceAccount:demo-app@my-project.iam.gserviceaccount.com from demo_workloads to aiplatform.googleapis.com"
        in text
    )
    assert "demo_workloads: the AWS stack's output egress_cidrs" in text
    assert "make deploy ENVIRONMENT=test  applies demo-aws then demo-google" in text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("example", "dry run for aiplatform.googleapis.com: violations are logged, nothing is denied"),
        ("several", "enforced for aiplatform.googleapis.com\n"),
        ("proposal", "enforced for aiplatform.googleapis.com; a proposal is tested as dry run beside it"),
        ("proposal", "proposed for aiplatform.googleapis.com, iamcredentials.googleapis.com, sts.googleapis.com"),
        ("proposal", "  proposed: workloads exchange tokens: ANY_IDENTITY from proposal_workloads_proposed to sts"),
        ("article", "workloads call Gemini: ANY_IDENTITY from vertex_workloads"),
        ("direct", "direct_workloads: 198.51.100.7/32, 203.0.113.7/32"),
    ],
)
def test_the_perimeters_mode_is_said(name: str, said: str) -> None:
    assert said in summary(environment(name).folder, name)


def test_no_perimeter_is_said_loudly() -> None:
    text = summary(synthesized(base=NO_PERIMETER).folder, "test")
    assert "none: the callers can call from any address" in text
