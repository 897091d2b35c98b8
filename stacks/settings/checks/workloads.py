"""Who calls, and whether Google's federation can tell them apart."""

from collections.abc import Iterator

from constructs_lib import limits
from constructs_lib.google.condition import AdmittedRole, attribute_condition
from stacks.settings.checks.common import listed, repeated
from stacks.settings.derived import Settings
from stacks.settings.models import Workload
from stacks.settings.problems import Path, Problem, from_limit


def workloads(settings: Settings) -> Iterator[Problem]:
    yield from repeated(("workload",), [workload.name for workload in settings.workload], "name")
    yield from repeated(("workload",), [settings.role_name(workload) for workload in settings.workload], "role name")
    yield from repeated(
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
                f"missing; with several zones, say which one the instance is in: {listed(settings.zones)}",
            )
        if workload.zone is not None and workload.zone not in settings.zones:
            yield Problem(
                (*path, "zone"),
                f'got "{workload.zone}"; allowed: {listed(settings.zones) or "nothing, there is no network"}',
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


def federation(settings: Settings) -> Iterator[Problem]:
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


def _unique_id(workload: Workload) -> str | None:
    """As long as the real one, which AWS has not given yet."""
    return "AROA" + 17 * "A" if workload.pin_unique_id else workload.role_unique_id
