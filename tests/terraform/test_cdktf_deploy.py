"""The example by both engines' command lines, as a user runs them: both stacks, both real providers, both clouds.

One engine deploys, the other one finds nothing to change in that state, and destroys it.

What is asserted is what the clouds have, and what they were asked, not what the command line prints. More than half of
the time are the providers' own fixed waits (docs/gotchas.md).
"""

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from localcloud.cloud import LocalCloud, local_cloud, whole_google
from localcloud.demo import inventory
from localcloud.demo.callers import ANSWER, Callers
from localcloud.google import seed
from localcloud.mirrors import cli_configuration, provider, versions
from stacks.settings import load
from tests.deploy.project import AWS, GOOGLE
from tests.engine import needs_cdktn
from tests.terraform import support
from tests.terraform.project_copy import ProjectCopy, needs_cdktn_cli, needs_cli

PROVIDERS = ("hashicorp/aws", "hashicorp/google")
pytestmark = [pytest.mark.soak, needs_cli, support.needs(*PROVIDERS)]
POOL = f"projects/{seed.NUMBER}/locations/global/workloadIdentityPools/demo-aws"
READS = re.compile(r"^GET |:getIamPolicy$|#(Describe|Get|List)")
ALL = ("*", "--auto-approve")
AMAZON, GOOGLEAPIS = "amazonaws.com", "googleapis.com"


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    """Fresh clouds, which nobody asks for what the real ones do not have."""
    with local_cloud(google=whole_google(polls=0)) as cloud:
        yield cloud
        assert cloud.google.mistakes == []  # type: ignore[attr-defined]
        assert cloud.aws.moto.failures == []


@pytest.fixture
def project_copy(cloud: LocalCloud, tmp_path: Path) -> ProjectCopy:
    """The project, whose settings want the providers that this machine has, in the clouds' environment."""
    project_copy = ProjectCopy(tmp_path)
    found = [provider(source) for source in PROVIDERS]
    with (tmp_path / "environments/example.toml").open("a") as file:  # [versions] is its last table
        file.write(f"\n{versions(*found)}")
    (tmp_path / "terraform.rc").write_text(cli_configuration(found))
    project_copy.variables = {**cloud.deployer_environment(), "TF_CLI_CONFIG_FILE": str(tmp_path / "terraform.rc")}
    return project_copy


@pytest.mark.slow
@needs_cdktn
@needs_cdktn_cli
@pytest.mark.parametrize(("engine", "other"), [("cdktf", "cdktn"), ("cdktn", "cdktf")])
def test_deploy_and_destroy_by_the_command_line(
    project_copy: ProjectCopy, cloud: LocalCloud, engine: str, other: str
) -> None:
    before = inventory.aws(cloud), inventory.google(cloud.state)

    begun = len(cloud.journal.entries())
    project_copy.cdktf(
        "deploy", *ALL, "--skip-provider-lock", engine=engine
    )  # it would ask the registry, this first time
    assert asked(cloud, begun) == [AMAZON, GOOGLEAPIS]
    instance = project_copy.outputs(AWS)["instance_ids"]["app"]
    address = cloud.aws.address(instance)
    assert {instance, address} <= inventory.aws(cloud) - before[0]
    assert {POOL, f"{POOL}/providers/demo-aws"} <= inventory.google(cloud.state) - before[1]
    (level,) = cloud.state.access_levels.values()
    assert level["basic"]["conditions"] == [{"ipSubnetworks": [f"{address}/32"]}]
    (perimeter,) = cloud.state.service_perimeters.values()
    declared = load("example").perimeter
    assert declared
    assert set(perimeter["spec"]["restrictedServices"]) == set(declared.restricted_services)

    called = Callers(cloud, project_copy.root, project_copy.outputs(GOOGLE)).on_instance(instance)
    assert (called.what, called.address) == (ANSWER, address)
    assert 'ingress rule "workloads call Gemini" of demo_perimeter' in called.dry_run_rule

    begun = len(cloud.journal.entries())
    project_copy.cdktf("deploy", *ALL, engine=other)
    assert asked(cloud, begun) == [AMAZON, GOOGLEAPIS]
    assert writes(cloud, begun) == []

    begun = len(cloud.journal.entries())
    project_copy.cdktf("destroy", *ALL, engine=other)
    assert asked(cloud, begun) == [GOOGLEAPIS, AMAZON]
    assert inventory.aws(cloud) == before[0]
    roles = {f"projects/{seed.PROJECT}/roles/demo_{name}" for name in ("gemini_caller", "impersonator")}
    deleted = {POOL, f"{POOL}/providers/demo-aws", *roles}
    assert inventory.google(cloud.state) - before[1] == {f"{name} (deleted)" for name in deleted}


def asked(cloud: LocalCloud, since: int) -> list[str]:
    """Whose hosts were asked, one after the other: one entry for any number of requests in a row."""
    hosts = [entry["host"] for entry in cloud.journal.entries("request", since)]
    return [domain for domain, _ in groupby(".".join(host.split(".")[-2:]) for host in hosts)]


def writes(cloud: LocalCloud, since: int) -> list[str]:
    """What was asked to change."""
    lines = [entry["operation"] for entry in cloud.journal.entries("request", since)]
    return [line for line in lines if not READS.search(line.split("?")[0])]
