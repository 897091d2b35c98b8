"""The network."""

from collections.abc import Iterator

from constructs_lib import limits
from stacks.settings.checks.common import listed, repeated
from stacks.settings.derived import OUR_TAG, Settings
from stacks.settings.models_aws import ExistingNetwork
from stacks.settings.problems import Path, Problem, from_limit


def network(settings: Settings) -> Iterator[Problem]:
    aws = settings.aws
    given = [name for name in ("network", "existing_network", "egress_cidrs") if getattr(aws, name) is not None]
    if len(given) != 1:
        central = "; for central egress write egress_cidrs into [aws.existing_network], in place of allocation_ids"
        yield Problem(
            ("aws",),
            f"got {' and '.join(given) or 'no network'}; allowed: exactly one of network, existing_network and egress_cidrs"
            f"{central if given == ['existing_network', 'egress_cidrs'] else ''}",
        )
    if existing := aws.existing_network:
        yield from _existing(existing)
    if not settings.has_aws_stack and "tags" in aws.model_fields_set:
        yield Problem(("aws", "tags"), "has no effect: with egress_cidrs nothing is built in AWS")
    if OUR_TAG in aws.tags:
        yield Problem(("aws", "tags", OUR_TAG), "is the kit's own: it says which environment something belongs to")


def _existing(existing: ExistingNetwork) -> Iterator[Problem]:
    path = ("aws", "existing_network")
    given = [name for name in ("allocation_ids", "egress_cidrs") if getattr(existing, name) is not None]
    if len(given) != 1:
        yield Problem(
            path,
            f"got {' and '.join(given) or 'no addresses'}; allowed: exactly one of allocation_ids, the Elastic IPs of NAT "
            "gateways in this account, and egress_cidrs, the addresses of central egress",
        )
    yield from repeated((*path, "allocation_ids"), existing.allocation_ids or [])
    yield from repeated((*path, "subnet_ids"), [one for ids in existing.subnets.values() for one in ids])


def roles(settings: Settings) -> Iterator[Problem]:
    """The path and the boundary of the roles that are built."""
    aws = settings.aws
    flow_logs = bool(aws.network and aws.network.flow_logs)
    ours = any(workload.has_role for workload in settings.workload)
    if aws.deny_parameters and not ours:
        yield Problem(("aws", "deny_parameters"), "has no effect: no instance's role is built")
    if not flow_logs and not ours:
        for name in aws.model_fields_set.intersection(("role_path", "permissions_boundary")):
            yield Problem(("aws", name), "has no effect: no role is built")
    of = (f"arn:{settings.partition}:iam::{aws.account_id}:", f"arn:{settings.partition}:iam::aws:")
    if aws.permissions_boundary and not aws.permissions_boundary.startswith(of):
        allowed = f"a policy of this account or of AWS: {of[0]}policy/... or {of[1]}policy/..."
        yield Problem(("aws", "permissions_boundary"), f'got "{aws.permissions_boundary}"; allowed: {allowed}')


def assumed_role(settings: Settings) -> Iterator[Problem]:
    aws, path = settings.aws, ("aws", "assume_role")
    if not aws.assume_role:
        return
    if not settings.has_aws_stack:
        yield Problem(path, "has no effect: with egress_cidrs nothing is built in AWS")
    of = f"arn:{settings.partition}:iam::{aws.account_id}:role/"
    if not aws.assume_role.role_arn.startswith(of):
        why = f"a role of this account: {of}..., since the plan fails in any other account"
        yield Problem((*path, "role_arn"), f'got "{aws.assume_role.role_arn}"; allowed: {why}')


def zones(settings: Settings) -> Iterator[Problem]:
    aws = settings.aws
    if aws.network:
        path: Path = ("aws", "network", "zones")
        yield from repeated(path, aws.network.zones)
        named = {(*path, index): zone for index, zone in enumerate(aws.network.zones)}
    else:
        named = {("aws", "existing_network", "subnet_ids", zone): zone for zone in settings.zones}
    for place, zone in named.items():
        try:
            limits.zone(aws.region, zone)
        except limits.LimitError as error:
            yield from_limit(place, error)
            return
    if aws.network:
        try:
            limits.zone_places(aws.network.cidr, aws.network.zones)
        except limits.LimitError as error:
            yield from_limit(("aws", "network", "zones"), error)


def nat(settings: Settings) -> Iterator[Problem]:
    network, path = settings.aws.network, ("aws", "network")
    if not network:
        return
    several = len(set(network.zones)) > 1
    if network.nat == "single" and several and network.nat_zone is None:
        yield Problem(
            (*path, "nat_zone"),
            "missing; with several zones, say which one holds the single NAT gateway: it must not move when a zone is added",
        )
    if network.nat == "per-zone" and network.nat_zone is not None:
        yield Problem((*path, "nat_zone"), 'has no effect: nat = "per-zone" puts a NAT gateway into every zone')
    if network.nat_zone is not None and network.nat_zone not in network.zones:
        yield Problem(
            (*path, "nat_zone"), f'got "{network.nat_zone}"; allowed: one of zones, {", ".join(network.zones)}'
        )
    if network.allocation_ids and set(network.allocation_ids) != set(settings.nat_zones):
        yield Problem(
            (*path, "allocation_ids"),
            f"got {listed(network.allocation_ids)}; allowed: one address for each zone with a NAT gateway, {listed(settings.nat_zones)}",
        )
    if network.allocation_ids and network.protect_addresses:
        yield Problem(
            (*path, "protect_addresses"), "has no effect: addresses that are brought are never destroyed here"
        )
    yield from repeated((*path, "allocation_ids"), network.allocation_ids.values())
