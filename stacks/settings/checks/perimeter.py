"""What is protected, who comes in, who is told."""

from collections.abc import Iterator

from constructs_lib import limits
from stacks.settings.checks.common import listed, repeated
from stacks.settings.derived import Settings
from stacks.settings.problems import Path, Problem
from stacks.settings.services import GEMINI, IAM_CREDENTIALS, STORAGE, used_by_terraform


def policy(settings: Settings) -> Iterator[Problem]:
    google = settings.google
    if google.organization_id and google.access_policy:
        yield Problem(
            ("google",),
            "got organization_id and access_policy; allowed: one of them, a scoped policy of our own or an existing one",
        )
    for name in ("organization_id", "access_policy"):
        if not settings.perimeter and name in google.model_fields_set:
            yield Problem(("google", name), "has no effect without [perimeter]")
    if settings.perimeter and not (settings.others_perimeter or google.organization_id or google.access_policy):
        yield Problem(
            ("google",),
            "organization_id is missing; [perimeter] needs one of four keys: organization_id makes a scoped access policy, "
            "access_policy is the number of an existing policy, perimeter.join or perimeter.hand_over names an existing perimeter",
        )


def protected_by(settings: Settings) -> Iterator[Problem]:
    if settings.protected_by and settings.perimeter:
        yield Problem(("protected_by",), "has no effect: the environment makes a perimeter")


def perimeter(settings: Settings) -> Iterator[Problem]:
    perimeter, path = settings.perimeter, ("perimeter",)
    if not perimeter:
        return
    proposed = perimeter.proposed
    if proposed and perimeter.dry_run:
        yield Problem(
            (*path, "proposed"),
            "needs dry_run = false: a proposal is tested next to what is enforced; with dry_run = true change the perimeter itself",
        )
    if proposed and proposed.changes(perimeter) == []:
        known = "restricted_services, egress_cidrs and any_identity"
        yield Problem((*path, "proposed"), f"proposes nothing new; known are {known}")
    named: dict[Path, list[str] | None] = {(*path, "restricted_services"): perimeter.restricted_services}
    if proposed:
        named[(*path, "proposed", "restricted_services")] = proposed.restricted_services
    for place, services in named.items():
        yield from repeated(place, services or [])
        if services is not None and GEMINI not in services:
            yield Problem(place, f"{GEMINI} is missing; a perimeter without it does not protect Gemini")
        used = used_by_terraform(settings, services) if settings.is_inside else []
        if used and not perimeter.deployer:
            yield Problem(
                (*path, "deployer"),
                f"missing; {listed(used)} would be restricted, which Terraform itself uses: say who runs it, and from where",
            )
    if perimeter.deployer and not settings.is_inside:
        why = "has no effect: without workloads and on_premises the project is not in the perimeter"
        yield Problem((*path, "deployer"), why)
    elif perimeter.deployer and not any(used_by_terraform(settings, services) for services in named.values()):
        yield Problem((*path, "deployer"), "has no effect: no restricted service is one that Terraform uses")


def impersonators(settings: Settings) -> Iterator[Problem]:
    """An impersonator, not the service account, calls iamcredentials (IAM Credentials API, generateAccessToken)."""
    deployer = settings.perimeter and settings.perimeter.deployer
    if not deployer:
        return
    path = ("perimeter", "deployer", "impersonators")
    restricted = settings.restricted_anywhere
    if deployer.impersonators and IAM_CREDENTIALS not in restricted:
        yield Problem(path, f"has no effect: {IAM_CREDENTIALS} is not restricted")
    for setting, account in settings.impersonated_by_terraform.items():
        inside = limits.project_of_account(account) == settings.google.project_id
        if IAM_CREDENTIALS in restricted and inside and not deployer.impersonators:
            why = f"{IAM_CREDENTIALS} is restricted: name who impersonates {account}, since they call it and not the account"
            yield Problem(path, f"missing; {why}")
        # The backend's account calls Cloud Storage, and nothing else.
        calls = setting.startswith("google.") or STORAGE in restricted
        if calls and f"serviceAccount:{account}" not in deployer.identities:
            why = f"does not have serviceAccount:{account}, which {setting} names and Terraform calls as"
            yield Problem((*path[:2], "identities"), why)


def workloads(settings: Settings) -> Iterator[Problem]:
    """No workload runs Terraform: every principal of our pool is one, since the provider admits the workloads' roles alone."""
    ours = tuple(f"{kind}://iam.googleapis.com/{settings.pool_name}/" for kind in ("principal", "principalSet"))
    for path, identities in _identities(settings):
        for index, identity in enumerate(identities):
            if path[0] == "perimeter" and identity.startswith(ours):
                why = "a principal of the workloads' pool: the workload could change the perimeter"
                yield Problem((*path, index), f'got "{identity}", {why}; allowed: an identity that is no workload\'s')


def people(settings: Settings) -> Iterator[Problem]:
    yield from repeated(("on_premises",), [entry.name for entry in settings.on_premises], "name")
    if settings.on_premises and not settings.perimeter:
        yield Problem(("on_premises",), "has no effect without [perimeter]")
    for index, entry in enumerate(settings.on_premises):
        yield from repeated(("on_premises", index, "methods"), entry.methods)
        yield from repeated(("on_premises", index, "permissions"), entry.permissions)
        for at, permission in enumerate(entry.permissions):
            if not permission.startswith(f"{GEMINI.partition('.')[0]}."):
                why = f"which is not a permission of {GEMINI}, the rule's service; allowed: aiplatform.RESOURCE.VERB"
                yield Problem(("on_premises", index, "permissions", at), f'got "{permission}", {why}')
    for path, identities in _identities(settings):
        yield from repeated(path, identities)


def whole_pool(settings: Settings) -> Iterator[Problem]:
    """The account is one attribute of our pool, and every caller of the pool has the same one."""
    everybody = f"principalSet://iam.googleapis.com/{settings.pool_name}/attribute.account/{settings.aws.account_id}"
    for path, identities in _identities(settings):
        for index, identity in enumerate(identities):
            if identity == everybody and path[0] == "on_premises":
                allowed = "a subject or a role of it, as in attribute.aws_role/demo-app"
                yield Problem((*path, index), f'got "{identity}", which is the whole pool; allowed: {allowed}')


def _identities(settings: Settings) -> Iterator[tuple[Path, list[str]]]:
    for index, entry in enumerate(settings.on_premises):
        yield ("on_premises", index, "identities"), entry.identities
    if settings.perimeter and settings.perimeter.deployer:
        yield ("perimeter", "deployer", "identities"), settings.perimeter.deployer.identities
        yield ("perimeter", "deployer", "impersonators"), settings.perimeter.deployer.impersonators or []


def audit(settings: Settings) -> Iterator[Problem]:
    if settings.audit.alert and not settings.perimeter:
        yield Problem(("audit", "alert"), "has no effect without [perimeter]: there are no violations")
    if settings.audit.notification_channels and not settings.audit.alert:
        yield Problem(("audit", "notification_channels"), "has no effect without alert = true")
    google = settings.google
    one_name = [
        one.replace(f"/{google.project_number}/", f"/{google.project_id}/")
        for one in settings.audit.notification_channels
    ]
    yield from repeated(("audit", "notification_channels"), one_name)
    for index, channel in enumerate(settings.audit.notification_channels):
        if channel.split("/")[1] not in (google.project_id, google.project_number):
            why = f"a channel of another project, which Monitoring does not find; allowed: one of {google.project_id}"
            source = "terraform-provider-google #25878"
            yield Problem(("audit", "notification_channels", index), f'got "{channel}", {why} ({source})')
