"""An environment as its two stacks leave it in a local cloud, in a world that has others in it too."""

import copy
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

from localcloud.apply import apply, state_file
from localcloud.cloud import LocalCloud, local_cloud, whole_google
from localcloud.google import seed
from localcloud.google.state import State
from tests.synthesis import Synthesized
from tests.terraform.google_identities import prepare_identities
from tests.terraform.support import let_deployer_assume

from .intent import Facts

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
PROJECT, OTHER_PROJECT = seed.PROJECT, "other-project"
USED_BY_OTHERS = ("aiplatform", "iam", "iamcredentials", "logging", "monitoring", "storage")
"""APIs that are enabled whatever the environment needs."""
PREDICTS = "roles/aiplatform.user"
OTHERS_ACCOUNT = f"others@{PROJECT}.iam.gserviceaccount.com"
FOREIGN_ACCOUNT = f"others@{OTHER_PROJECT}.iam.gserviceaccount.com"
GRANTED = frozenset(
    {
        "user:operator@example.com",
        "user:mallory@example.com",
        "group:ml@example.com",
        f"serviceAccount:reports@{PROJECT}.iam.gserviceaccount.com",
        f"serviceAccount:terraform@{PROJECT}.iam.gserviceaccount.com",
        f"serviceAccount:{OTHERS_ACCOUNT}",
    }
)
"""Whom somebody else has granted roles/aiplatform.user: only the perimeter stands between them and Gemini."""
GRANTED_ELSEWHERE = frozenset({"user:mallory@example.com"})
ANOTHER_ACCOUNT = "111122223333"
"""Where the deployer is who assumes a role in the account of the stack."""


@dataclass
class Deployed:
    """`tables` is the TOML file as it is; `facts` are what the clouds alone know; `google` is the Google stack's JSON.

    `addresses` are all that AWS has given out, to us or to others; `outputs` are both stacks'.
    """

    tables: dict[str, Any]
    cloud: LocalCloud
    facts: Facts
    google: dict[str, Any]
    state_path: Path
    addresses: list[str]
    outputs: dict[str, Any]

    @property
    def state(self) -> State:
        return self.cloud.state

    def apply(self, google: dict[str, Any]) -> None:
        """Put another Google stack in place of the present one, in place."""
        apply(google, state=self.state_path, environment=self.cloud.deployer_environment())


@contextmanager
def deployed(tables: dict[str, Any], stacks: Synthesized, folder: Path) -> Iterator[Deployed]:
    """Both stacks applied, one after the other. At the end nothing may have happened that Google's documents do not know."""
    account = ANOTHER_ACCOUNT if tables["aws"].get("assume_role") else tables["aws"]["account_id"]
    with local_cloud(google=whole_google(polls=0), account=account) as cloud:
        let_deployer_assume(cloud, stacks.aws)
        regional = ec2_backends[tables["aws"]["account_id"]][tables["aws"]["region"]]
        before = others_in_aws(tables, regional)
        outputs: dict[str, Any] = {}
        terraform = ""
        for document in (stacks.aws, stacks.google):
            if document is stacks.google:
                _others_at_google(tables, cloud.state)
                terraform = prepare_identities(cloud.state, stacks.google)
            if document:
                environment = cloud.deployer_environment()
                outputs |= apply(document, state=state_file(document, folder), environment=environment).outputs
        by_id = {one.allocation_id: one.public_ip for one in regional.addresses}
        owners = frozenset({f"user:{seed.DEPLOYER}", *([terraform] if terraform else [])})
        facts = Facts(
            made=_ways_out(regional, by_id) - before,
            brought={id: address for id, address in by_id.items() if address in before},
            role_ids=_role_ids(tables["aws"]),
            predict=GRANTED | owners,
            predict_elsewhere=GRANTED_ELSEWHERE | {f"user:{seed.DEPLOYER}"},
            owners=owners,
        )
        state_path, addresses = state_file(stacks.google, folder), sorted(by_id.values())
        yield Deployed(tables, cloud, facts, stacks.google, state_path, addresses, outputs)
        assert cloud.google.mistakes == []  # type: ignore[attr-defined]


def _ways_out(regional: Any, by_id: dict[str, str]) -> frozenset[str]:
    """The addresses of the NAT gateways; while there are none, as in a paused network, all that are kept for them."""
    held = [one["allocationId"] for gateway in regional.nat_gateways.values() for one in gateway.address_set]
    return frozenset(by_id[id] for id in held or by_id)


def others_in_aws(tables: dict[str, Any], regional: Any) -> set[str]:
    """What the AWS stack expects to find, and an address that is somebody else's. All addresses there are."""
    vpc = regional.create_vpc("10.99.0.0/16")
    existing = tables["aws"].get("existing_network", {}).get("subnet_ids", {})
    named = [(zone, id) for zone, ids in existing.items() for id in ([ids] if isinstance(ids, str) else ids)]
    for number, (zone, id) in enumerate(named):
        subnet = regional.create_subnet(vpc.id, f"10.99.{number}.0/24", availability_zone=zone)
        regional.subnets[zone][id] = regional.subnets[zone].pop(subnet.id)
        subnet.id = id
    for id in sorted(set(re.findall(r"ami-[0-9a-f]+", json.dumps(tables)))):
        image = copy.copy(next(iter(regional.amis.values())))
        image.id, regional.amis[id] = id, image
    for id in sorted(set(re.findall(r'"(sg-[0-9a-f]+)"', json.dumps(tables)))):
        group = regional.create_security_group(id, "others", vpc_id=vpc.id)
        regional.groups[vpc.id][id] = regional.groups[vpc.id].pop(group.id)
        group.group_id = group.id = id
    others_in_iam(tables)
    regional.allocate_address("vpc")
    for id in sorted(set(re.findall(r"eipalloc-[0-9a-f]+", json.dumps(tables)))):
        regional.allocate_address("vpc").allocation_id = id
    return {address.public_ip for address in regional.addresses}


def others_in_iam(tables: dict[str, Any]) -> None:
    """The instance profiles that the AWS stack expects to find, each with its role."""
    aws = tables["aws"]
    iam = iam_backends[aws["account_id"]][get_partition(aws["region"])]
    for workload in tables["workload"]:
        profile = workload.get("instance_profile")
        if profile and all(one.name != profile for one in iam.instance_profiles.values()):
            iam.create_role(workload["role_name"], json.dumps(TRUST), "/", None, "", [], None)
            iam.create_instance_profile(profile, "/", [])
            iam.add_role_to_instance_profile(profile, workload["role_name"])


def _others_at_google(tables: dict[str, Any], state: State) -> None:
    text = json.dumps([tables, sorted(GRANTED)])
    seed.project(state, OTHER_PROJECT, "999999999999")
    for project in (PROJECT, OTHER_PROJECT):
        state.services[project].update({f"{service}.googleapis.com": 0.0 for service in USED_BY_OTHERS})
    for resource, members in ((PROJECT, GRANTED), (OTHER_PROJECT, GRANTED_ELSEWHERE)):
        bindings = state.iam_policies[f"projects/{resource}"]["bindings"]
        bindings.append({"role": PREDICTS, "members": sorted(members)})
    for email in sorted({*re.findall(r"serviceAccount:([^\"]+)", text), FOREIGN_ACCOUNT}):
        if email not in state.service_accounts:
            seed.service_account(state, email)
    for channel in re.findall(r"notificationChannels/(\d+)", text):
        seed.notification_channel(state, channel)
    if number := tables["google"].get("access_policy"):
        seed.access_policy(state, number)
    if join := tables.get("perimeter", {}).get("join"):
        seed.access_policy(state, join.split("/")[1])
        restricted = tables["perimeter"].get("restricted_services", ["aiplatform.googleapis.com"])
        seed.service_perimeter(state, join, restricted=restricted)


def _role_ids(aws: dict[str, Any]) -> dict[str, str]:
    roles = iam_backends[aws["account_id"]][get_partition(aws["region"])].roles.values()
    return {role.name: role.id for role in roles}
