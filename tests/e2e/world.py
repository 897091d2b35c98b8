"""Both stacks of an environment under real Terraform with both real providers, against both clouds."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from localcloud.cloud import LocalCloud, local_cloud
from localcloud.google import seed
from tests.localcloud.account import client
from tests.synthesis import Synthesized
from tests.terraform import support

from .modes import Found

REGION = "ap-northeast-1"
PERIMETER = "google_access_context_manager_service_perimeter"
ENDS_OR_MAKES = re.compile(r"(DELETE .*/servicePerimeters/|POST .*/servicePerimeters$)")
Changes = dict[str, str]


@dataclass
class World:
    """`found` is what an environment may name; `applied` are the stacks as they are now, by provider."""

    cloud: LocalCloud
    found: Found
    workspaces: dict[str, support.Workspace]
    applied: dict[str, str] = field(default_factory=dict)

    def apply(self, stacks: Synthesized) -> tuple[Changes, list[str]]:
        """Apply what is not applied yet; a plan then changes nothing, or AssertionError with that plan.

        Returns the actions by address, and the requests that made or ended a perimeter.
        """
        before, done = len(self.cloud.journal.entries()), Changes()
        for name, document in (
            ("aws", stacks.aws),
            ("google", json.loads(support.beside(json.dumps(stacks.google), self.aws_state))),
        ):
            text, terraform = json.dumps(document), self.workspaces[name]
            if document and text != self.applied.get(name):
                terraform.write(text)  # keeps no backend: its state is in its folder
                terraform.run("validate")
                done |= terraform.settle()
                self.applied = {**(self.applied if name == "google" else {}), name: text}  # Google reads AWS's outputs
        asked = [entry["operation"] for entry in self.cloud.journal.entries("request", before)]
        return done, [line for line in asked if ENDS_OR_MAKES.match(line)]

    @property
    def aws_state(self) -> Path:
        """Where the Google stack finds the AWS stack's outputs."""
        return self.workspaces["aws"].directory / "terraform.tfstate"


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Clouds in which there are an address to bring, a subnet and an access policy of others, and nothing of ours."""
    with local_cloud() as cloud:
        ec2 = client(cloud, "ec2", region=REGION)
        zone = [{"Name": "availability-zone", "Values": [f"{REGION}a"]}]
        found = Found(
            ec2.allocate_address(Domain="vpc")["AllocationId"],
            ec2.describe_subnets(Filters=zone)["Subnets"][0]["SubnetId"],
        )
        seed.access_policy(cloud.state, "987654321")
        variables = cloud.deployer_environment()
        both = {name: support.workspace(folder / name, [f"hashicorp/{name}"], variables) for name in ("aws", "google")}
        yield World(cloud, found, both)
        assert cloud.google.mistakes == []  # type: ignore[attr-defined]
        assert cloud.aws.moto.failures == []
