"""What concerns more than one field. Each check yields every problem it finds; `problems_of` runs them all."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from constructs_lib import limits
from constructs_lib.google.condition import AdmittedRole, attribute_condition
from stacks.settings.derived import Settings
from stacks.settings.derived_names import derived_names
from stacks.settings.problems import Path, Problem, from_limit
from stacks.settings.services import GEMINI, used_by_terraform

BACKEND_KEYS = {"local": (), "s3": ("bucket", "region"), "gcs": ("bucket",), "cloud": ("organization",)}


def problems_of(settings: Settings) -> Iterator[Problem]:
    """Every problem between the fields of settings whose fields are each valid."""
    for check in (
        _network,
        _zones,
        _nat,
        _workloads,
        _federation,
        _policy,
        _perimeter,
        _people,
        _audit,
        _backend,
        derived_names,
    ):
        yield from check(settings)


def _network(settings: Settings) -> Iterator[Problem]:
    aws = settings.aws
    given = [name for name in ("network", "existing_network", "egress_cidrs") if getattr(aws, name) is not None]
    if len(given) != 1:
        yield Problem(
            ("aws",),
            f"got {' and '.join(given) or 'no network'}; allowed: exactly one of network, existing_network and egress_cidrs",
        )
    if not settings.has_aws_stack:
        for name in ("role_path", "permissions_boundary", "tags"):
            if name in aws.model_fields_set:
                yield Problem(("aws", name), "has no effect: with egress_cidrs nothing is built in AWS")


def _zones(settings: Settings) -> Iterator[Problem]:
    aws = settings.aws
    if aws.network:
        path: Path = ("aws", "network", "zones")
        yield from _repeated(path, aws.network.zones)
        named = {(*path, index): zone for index, zone in enumerate(aws.network.zones)}
    else:
        named = {("aws", "existing_network", "subnet_ids", zone): zone for zone in settings.zones}
    for place, zone in named.items():
        try:
            limits.zone(aws.region, zone)
        except limits.LimitError as error:
            yield from_limit(place, error)


def _nat(settings: Settings) -> Iterator[Problem]:
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
            f"got {_listed(network.allocation_ids)}; allowed: one address for each zone with a NAT gateway, {_listed(settings.nat_zones)}",
        )
    yield from _repeated((*path, "allocation_ids"), network.allocation_ids.values())


def _workloads(settings: Settings) -> Iterator[Problem]:
    yield from _repeated(("workload",), [workload.name for workload in settings.workload], "name")
    yield from _repeated(("workload",), [settings.role_name(workload) for workload in settings.workload], "role name")
    yield from _repeated(
        ("workload",),
        [settings.service_account_id(workload) for workload in settings.workload if workload.auth == "impersonation"],
        "service account id",
    )
    for index, workload in enumerate(settings.workload):
        path: Path = ("workload", index)
        ours = workload.role_name is None
        if ours and not settings.has_aws_stack:
            yield Problem(
                (*path, "role_name"),
                "missing; with egress_cidrs nothing is built in AWS, so each workload names its existing role",
            )
        if ours and len(settings.zones) > 1 and workload.zone is None:
            yield Problem(
                (*path, "zone"),
                f"missing; with several zones, say which one the instance is in: {_listed(settings.zones)}",
            )
        if workload.zone is not None and workload.zone not in settings.zones:
            yield Problem(
                (*path, "zone"),
                f'got "{workload.zone}"; allowed: {_listed(settings.zones) or "nothing, there is no network"}',
            )
        for name in (
            ("zone", "instance_type", "ami", "pin_unique_id") if not ours else ("role_unique_id", "max_session_length")
        ):
            if name in workload.model_fields_set:
                yield Problem(
                    (*path, name),
                    "has no effect: "
                    + (
                        "role_name says that the role exists, and no instance is built"
                        if not ours
                        else "the role is built here, give role_name for an existing one"
                    ),
                )
        if workload.auth == "direct" and workload.service_account_id is not None:
            yield Problem((*path, "service_account_id"), 'has no effect: auth = "direct" uses no service account')


def _federation(settings: Settings) -> Iterator[Problem]:
    if settings.google.token_lifetime_seconds is not None and not settings.impersonating:
        yield Problem(("google", "token_lifetime_seconds"), "has no effect: no workload impersonates a service account")
    roles = [AdmittedRole(settings.role_name(workload), _unique_id(workload)) for workload in settings.workloads]
    try:
        limits.attribute_condition(attribute_condition(settings.partition, settings.aws.account_id, roles))
    except limits.LimitError as error:
        yield Problem(
            ("workload",), f"got {len(roles)} workloads, whose roles make an attribute condition too long; {error}"
        )
    if settings.google.subject == "userid":
        return
    for index, workload in enumerate(settings.workload):
        session = (
            limits.EC2_SESSION_LENGTH
            if workload.role_name is None
            else workload.max_session_length or limits.MAX_SESSION_LENGTH
        )
        role = settings.role_name(workload)
        try:
            limits.federated_subject(
                partition=settings.partition, account_id=settings.aws.account_id, role_name=role, session_length=session
            )
        except limits.LimitError as error:
            yield from_limit(("workload", index, "role_name"), error)


def _unique_id(workload: Any) -> str | None:
    """As long as the real one, which AWS has not given yet."""
    return "AROA" + 17 * "A" if workload.pin_unique_id else workload.role_unique_id


def _policy(settings: Settings) -> Iterator[Problem]:
    google = settings.google
    if google.organization_id and google.access_policy:
        yield Problem(
            ("google",),
            "got organization_id and access_policy; allowed: one of them, a scoped policy of our own or an existing one",
        )
    if settings.perimeter and not (google.organization_id or google.access_policy):
        yield Problem(
            ("google",),
            "organization_id is missing; a perimeter needs it for a scoped access policy of its own, or access_policy, the number of an existing one",
        )


def _perimeter(settings: Settings) -> Iterator[Problem]:
    perimeter, path = settings.perimeter, ("perimeter",)
    if not perimeter:
        return
    proposed = perimeter.proposed
    if proposed and perimeter.dry_run:
        yield Problem(
            (*path, "proposed"),
            "needs dry_run = false: a proposal is tested beside what is enforced; with dry_run = true change the perimeter itself",
        )
    if proposed and not proposed.model_fields_set:
        yield Problem(
            (*path, "proposed"), "proposes nothing; known are restricted_services, egress_cidrs and any_identity"
        )
    named: dict[Path, list[str] | None] = {(*path, "restricted_services"): perimeter.restricted_services}
    if proposed:
        named[(*path, "proposed", "restricted_services")] = proposed.restricted_services
    for place, services in named.items():
        yield from _repeated(place, services or [])
        if services is not None and GEMINI not in services:
            yield Problem(place, f"{GEMINI} is missing; a perimeter without it does not protect Gemini")
        used = used_by_terraform(settings, services)
        if used and not perimeter.deployer:
            yield Problem(
                (*path, "deployer"),
                f"missing; {_listed(used)} would be restricted, which Terraform itself uses: say who runs it, and from where",
            )

    if perimeter.deployer and not any(used_by_terraform(settings, services) for services in named.values()):
        yield Problem((*path, "deployer"), "has no effect: no restricted service is one that Terraform uses")


def _people(settings: Settings) -> Iterator[Problem]:
    yield from _repeated(("on_premises",), [entry.name for entry in settings.on_premises], "name")
    if settings.on_premises and not settings.perimeter:
        yield Problem(("on_premises",), "has no effect without [perimeter]")


def _audit(settings: Settings) -> Iterator[Problem]:
    if settings.audit.alert and not settings.perimeter:
        yield Problem(("audit", "alert"), "has no effect without [perimeter]: there are no violations")
    if settings.audit.notification_channels and not settings.audit.alert:
        yield Problem(("audit", "notification_channels"), "has no effect without alert = true")


def _backend(settings: Settings) -> Iterator[Problem]:
    backend = settings.backend
    allowed = BACKEND_KEYS[backend.type]
    for name in ("bucket", "region", "organization"):
        value = getattr(backend, name)
        if name in allowed and not value:
            yield Problem(("backend", name), f'missing; type = "{backend.type}" needs it')
        if name not in allowed and value is not None:
            yield Problem(
                ("backend", name),
                f'has no effect: type = "{backend.type}" takes {_listed(allowed) or "no further key"}',
            )


def _repeated(path: Path, values: Iterable[str], what: str = "value") -> Iterator[Problem]:
    for value, count in Counter(values).items():
        if count > 1:
            yield Problem(path, f'got {count} times the {what} "{value}"; allowed: each once')


def _listed(values: Iterable[str]) -> str:
    return ", ".join(sorted(values))
