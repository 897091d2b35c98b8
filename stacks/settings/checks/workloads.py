"""Who calls, and whether Google's federation can tell them apart."""

from collections.abc import Iterator, Sequence

from constructs_lib import limits
from constructs_lib.aws.names import flow_logs_role
from constructs_lib.google.condition import AdmittedRole, attribute_condition
from stacks.settings.checks.common import repeated
from stacks.settings.derived import Settings
from stacks.settings.models import Workload
from stacks.settings.models_aws import Instance
from stacks.settings.problems import Path, Problem, from_limit

OF_AN_INSTANCE = (*Instance.model_fields, "pin_unique_id")
OF_AN_EXISTING_ROLE = ("role_unique_id", "max_session_length")


def workloads(settings: Settings) -> Iterator[Problem]:
    """Each workload by itself."""
    for index, workload in enumerate(settings.workload):
        path: Path = ("workload", index)
        yield from _built(settings, workload, path) if workload.has_role else _existing_role(settings, workload, path)
        if workload.auth == "direct" and workload.service_account_id is not None:
            yield Problem((*path, "service_account_id"), 'has no effect: auth = "direct" uses no service account')
        if workload.auth == "direct" and workload.service_account_email is not None:
            yield Problem((*path, "service_account_email"), 'has no effect: auth = "direct" uses no service account')
        if workload.service_account_email and workload.service_account_id:
            why = "names an account that exists; service_account_id would be the id of one that is made here"
            yield Problem((*path, "service_account_email"), f"got both: {why}")


def _built(settings: Settings, workload: Workload, path: Path) -> Iterator[Problem]:
    if not settings.has_aws_stack and settings.aws.existing_network is None:
        why = "with egress_cidrs nothing is built in AWS, so each workload names its existing role"
        yield Problem((*path, "role_name"), f"missing; {why}")
    if workload.instance_profile is not None:
        why = "role_name is missing: the role in the profile is the one that Google admits"
        yield Problem((*path, "instance_profile"), why)
    for name in workload.model_fields_set.intersection(OF_AN_EXISTING_ROLE):
        yield Problem((*path, name), "has no effect: the role is built here; role_name would name an existing one")


def _existing_role(settings: Settings, workload: Workload, path: Path) -> Iterator[Problem]:
    if workload.instance_profile is not None:
        if not settings.has_aws_stack:
            yield Problem((*path, "instance_profile"), "has no effect: with egress_cidrs nothing is built in AWS")
        if "pin_unique_id" in workload.model_fields_set:
            why = "has no effect: the role is not built here; role_unique_id says which one it is"
            yield Problem((*path, "pin_unique_id"), why)
        return
    for name in workload.model_fields_set.intersection(OF_AN_INSTANCE):
        why = "has no effect: role_name says that the role exists, and no instance is built without instance_profile"
        yield Problem((*path, name), why)


def client(settings: Settings) -> Iterator[Problem]:
    if not settings.instances:
        for name in sorted(settings.client.model_fields_set):
            yield Problem(("client", name), "has no effect: no workload has an instance that is built here")


def names(settings: Settings) -> Iterator[Problem]:
    """What must be different in each workload."""
    roles = [settings.role_name(each) for each in settings.workload]
    if settings.aws.network and settings.aws.network.flow_logs:
        roles.append(flow_logs_role(settings.prefix, settings.aws.region))
    yield from repeated(("workload",), [each.name for each in settings.workload], "name")
    yield from repeated(("workload",), roles, "role name")


def accounts(settings: Settings) -> Iterator[Problem]:
    """The service accounts of workloads: each has its own, and no deployer uses one of them."""
    emails = [settings.service_account_email(each) for each in settings.workload if each.auth == "impersonation"]
    yield from repeated(("workload",), emails, "service account")
    deployers = settings.deploying_accounts
    for index, workload in enumerate(settings.workload):
        email = settings.service_account_email(workload)
        if workload.auth == "impersonation" and email in deployers:
            key = next(
                (one for one in ("service_account_email", "service_account_id") if getattr(workload, one)), "name"
            )
            does = "impersonates who runs" if "impersonators" in deployers[email] else "runs"
            why = f"which {does} Terraform ({deployers[email]}): the workload could change the perimeter"
            yield Problem(("workload", index, key), f'got "{email}", {why}; allowed: an account that no deployer uses')


def deploying_roles(settings: Settings) -> Iterator[Problem]:
    """No workload's role is one that Terraform assumes: IAM's names are unique in an account, whatever their path."""
    said = {"aws.assume_role": settings.aws.assume_role, "backend.assume_role": settings.backend.assume_role}
    for setting, role in said.items():
        for index, workload in enumerate(settings.workload if role else ()):
            name = settings.role_name(workload)
            if role and f":{settings.aws.account_id}:" in role.role_arn and role.role_arn.endswith(f"/{name}"):
                key = "role_name" if workload.role_name else "name"
                why = f"which runs Terraform ({setting}): the workload could change the network or the state"
                yield Problem(
                    ("workload", index, key), f'got the role "{name}", {why}; allowed: a role that no deployer uses'
                )


def roles(settings: Settings) -> Iterator[Problem]:
    """Custom roles: a project can grant them only on its own resources (IAM, "Understanding custom roles")."""
    google = settings.google
    for index, workload in enumerate(settings.workload if google.impersonation_role == "custom" else ()):
        email = workload.service_account_email
        if email and limits.project_of_account(email) != google.project_id:
            why = f'in another project, where the role of impersonation_role = "custom" cannot be granted; allowed: an account of {google.project_id}'
            yield Problem(("workload", index, "service_account_email"), f'got "{email}", {why}')
    for index, workload in enumerate(settings.workload):
        kind, _, rest = workload.role.partition("/")
        if kind == "projects" and rest.partition("/")[0] != settings.google.project_id:
            why = f"a project's role is granted in that project alone; allowed: projects/{settings.google.project_id}/roles/..."
            yield Problem(("workload", index, "role"), f'got "{workload.role}": {why}')


def pool(settings: Settings) -> Iterator[Problem]:
    """The project of the pool, if it is another one."""
    given = {name: getattr(settings.google, name) for name in ("pool_project_id", "pool_project_number")}
    for name, value in given.items():
        if value is None and any(given.values()):
            yield Problem(("google", name), "missing; the project of the pool needs its id and its number")
        if value is not None and value == getattr(settings.google, name.removeprefix("pool_")):
            yield Problem(("google", name), "is Gemini's project: leave it out, or name another one")


def federation(settings: Settings) -> Iterator[Problem]:
    """What Google's provider has to hold."""
    if settings.google.token_lifetime_seconds is not None and not settings.impersonating:
        yield Problem(("google", "token_lifetime_seconds"), "has no effect: no workload impersonates a service account")
    if settings.google.impersonation_role == "custom" and not settings.impersonating:
        yield Problem(("google", "impersonation_role"), "has no effect: no workload impersonates a service account")
    if settings.google.custom_role_id is not None and all(each.role != "custom" for each in settings.workload):
        yield Problem(("google", "custom_role_id"), "has no effect: no workload has the custom role")
    if not settings.workload or not settings.has_aws:
        return  # share.callers tells
    if any(not limits.aws_role_name.holds(settings.role_name(each)) for each in settings.workload):
        return  # derived_names tells
    roles = [AdmittedRole(settings.role_name(each), _unique_id(each)) for each in settings.workloads]
    try:
        limits.attribute_condition(_condition(settings, roles))
    except limits.LimitError as error:
        fit = next(
            n for n in range(len(roles), 0, -1) if limits.attribute_condition.holds(_condition(settings, roles[:n]))
        )
        why = "whose roles make an attribute condition too long"
        yield Problem(("workload",), f"got {len(roles)} workloads, {why}: {fit} fit; {error}")
    for index, workload in enumerate(settings.workload if settings.google.subject == "arn" else ()):
        try:
            limits.federated_subject(
                partition=settings.partition,
                account_id=settings.aws.account_id,
                role_name=settings.role_name(workload),
                session_length=settings.session_length(workload),
            )
        except limits.LimitError as error:
            yield from_limit(("workload", index, "role_name"), error)


def _condition(settings: Settings, roles: Sequence[AdmittedRole]) -> str:
    return attribute_condition(settings.partition, settings.aws.account_id, roles)


def _unique_id(workload: Workload) -> str | None:
    """As long as the real one, which AWS has not given yet."""
    return "AROA" + 17 * "A" if workload.pin_unique_id else workload.role_unique_id
