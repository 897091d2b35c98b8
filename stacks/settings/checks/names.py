"""Names that the kit makes of the prefix and more, each under its own limit. The prefix is the culprit, and said to be."""

from collections.abc import Callable, Iterator

from constructs_lib import limits
from constructs_lib.aws.names import flow_logs_group, flow_logs_role
from stacks.settings.derived import Settings
from stacks.settings.problems import Path, Problem, from_limit


def google(settings: Settings) -> Iterator[Problem]:
    given = settings.google
    yield from _checked(settings, limits.pool_id, settings.pool_id, given.pool_id and ("google", "pool_id"))
    yield from _checked(
        settings, limits.provider_id, settings.provider_id, given.provider_id and ("google", "provider_id")
    )
    custom = given.custom_role_id and ("google", "custom_role_id")
    yield from _checked(settings, limits.custom_role_id, settings.custom_role_id, custom)
    if given.impersonation_role == "custom":
        yield from _checked(settings, limits.custom_role_id, settings.impersonation_role_id)
        if settings.custom_role_id == settings.impersonation_role_id:
            yield Problem(
                ("google", "custom_role_id"),
                f'got "{settings.custom_role_id}", the id of the impersonation role; allowed: another one',
            )


def network(settings: Settings) -> Iterator[Problem]:
    if settings.aws.network and settings.aws.network.flow_logs:
        yield from _checked(settings, limits.aws_role_name, flow_logs_role(settings.prefix, settings.aws.region))
        yield from _checked(settings, limits.log_group_name, flow_logs_group(settings.prefix))


def workloads(settings: Settings) -> Iterator[Problem]:
    if settings.instances:
        yield from _checked(settings, limits.ssm_document_name, f"{settings.release_name}-1")
    for index, workload in enumerate(settings.workload):
        also = f"workload[{index}].name"
        if workload.has_role:
            yield from _checked(settings, limits.aws_role_name, settings.role_name(workload), also=also)
        if workload.has_instance:
            yield from _checked(settings, limits.security_group_name, settings.instance_name(workload), also=also)
            yield from _checked(settings, limits.ssm_document_name, settings.document_name(workload), also=also)
        if workload.auth == "impersonation" and not workload.service_account_email:
            path = workload.service_account_id and ("workload", index, "service_account_id")
            yield from _checked(settings, limits.service_account_id, settings.service_account_id(workload), path, also)


def levels(settings: Settings) -> Iterator[Problem]:
    if settings.perimeter:
        yield from _checked(settings, limits.perimeter_name, settings.perimeter_name)
        yield from _checked(settings, limits.access_level_name, settings.level_name("workloads_proposed"))
    for index, entry in enumerate(settings.on_premises):
        name = settings.level_name(f"on_premises_{entry.name}")
        yield from _checked(settings, limits.access_level_name, name, also=f"on_premises[{index}].name")


def given(settings: Settings) -> Iterator[Problem]:
    """Names of a perimeter and an access level that exist already, in place of those that are made of the prefix."""
    perimeter = settings.perimeter
    if not perimeter:
        return
    if perimeter.name and settings.others_perimeter:
        key = "join" if perimeter.join else "hand_over"
        yield Problem(("perimeter", "name"), f"has no effect with {key}, which names the perimeter; leave it out")
    if perimeter.level_name and not settings.workload:
        yield Problem(
            ("perimeter", "level_name"), "has no effect: there is no workload, so there is no such access level"
        )
    others = {settings.level_name(purpose) for purpose in settings.level_purposes if purpose != "workloads"}
    if perimeter.level_name in others:
        why = f'got "{perimeter.level_name}", the name of another access level here; allowed: another one'
        yield Problem(("perimeter", "level_name"), why)


def _checked(
    settings: Settings, rule: Callable[[str], str], name: str, given: Path | str | None = None, also: str = ""
) -> Iterator[Problem]:
    """`given` is the path where the file itself says the name; `also` the setting that the name is made of, too."""
    try:
        rule(name)
    except limits.LimitError as error:
        made = f', the {error.rule} made of prefix "{settings.prefix}"{also and f" and {also}"}'
        yield from_limit(given, error) if isinstance(given, tuple) else from_limit(("prefix",), error, made)
