"""Instances: where each one lies, what it may connect to, which key its disk has."""

from collections.abc import Iterator

from constructs_lib import limits
from constructs_lib.aws.connection import Connection
from stacks.settings.checks.common import listed
from stacks.settings.derived import Settings
from stacks.settings.models import Workload
from stacks.settings.problems import Path, Problem, from_limit


def places(settings: Settings) -> Iterator[Problem]:
    """The zone and the subnet of each instance."""
    for index, workload in enumerate(settings.workload):
        if workload.has_instance and settings.has_aws_stack:
            yield from _zone(settings, workload, ("workload", index))
            yield from _subnet(settings, workload, ("workload", index))


def _zone(settings: Settings, workload: Workload, path: Path) -> Iterator[Problem]:
    zones = listed(settings.zones)
    if workload.zone is None and len(settings.zones) > 1 and workload.subnet_id is None:
        yield Problem((*path, "zone"), f"missing; with several zones, name the one of the instance: {zones}")
    elif workload.zone is not None and workload.zone not in settings.zones:
        yield Problem((*path, "zone"), f'got "{workload.zone}"; allowed: {zones}')


def _subnet(settings: Settings, workload: Workload, path: Path) -> Iterator[Problem]:
    existing, zone = settings.aws.existing_network, settings.zone_of(workload)
    if existing is None:
        if workload.subnet_id is not None:
            yield Problem(
                (*path, "subnet_id"), "has no effect without [aws.existing_network]; zone places the instance"
            )
        return
    known = existing.subnets.get(zone, [])
    if workload.subnet_id is not None and workload.subnet_id not in known:
        every = listed(known or [one for ids in existing.subnets.values() for one in ids])
        where = f" of {zone}" if known else ""
        yield Problem((*path, "subnet_id"), f'got "{workload.subnet_id}"; allowed: one of subnet_ids{where}: {every}')
    elif workload.subnet_id is None and len(known) > 1:
        yield Problem((*path, "subnet_id"), f"missing; {zone} has several: {listed(known)}")


def egress(settings: Settings) -> Iterator[Problem]:
    """Rules of our own security group, which have to let the client out."""
    client = settings.client
    proxy = client.https_proxy and Connection(https_proxy=client.https_proxy)
    wanted = proxy.ports or {443} if proxy else {443, *Connection(index_url=client.index_url).ports}
    for index, workload in enumerate(settings.workload):
        path: Path = ("workload", index, "egress")
        if workload.egress is None:
            continue
        if workload.security_group_ids is not None:
            yield Problem(
                path, "has no effect: security_group_ids names groups whose rules this environment does not write"
            )
        rules = settings.egress(workload)
        try:
            limits.egress_rules(rules)
        except limits.LimitError as error:
            yield from_limit(path, error)
        for port in sorted(wanted - {port for port, protocol, _ in rules if protocol == "tcp"}):
            used = (
                "client.https_proxy needs"
                if proxy
                else "AWS and Google need"
                if port == 443
                else "client.index_url needs"
            )
            yield Problem(path, f"no rule opens TCP port {port}, which {used}; without egress it would be open")


def keys(settings: Settings) -> Iterator[Problem]:
    """The key of a disk is one of the disk's region."""
    for index, workload in enumerate(settings.workload):
        arn, region = workload.kms_key_arn, settings.aws.region
        if arn and not arn.startswith(f"arn:{settings.partition}:kms:{region}:"):
            allowed = f"a key of {region}, where the disk is: arn:{settings.partition}:kms:{region}:..."
            yield Problem(("workload", index, "kms_key_arn"), f'got "{arn}"; allowed: {allowed}')
