"""A perimeter that others own, which this environment joins."""

from collections.abc import Iterator

from stacks.settings.derived import Settings
from stacks.settings.problems import Problem
from stacks.settings.services import GEMINI, IAM_CREDENTIALS, STS, used_by_terraform


def join(settings: Settings) -> Iterator[Problem]:
    """What has no meaning in a perimeter that others own."""
    perimeter, path = settings.perimeter, ("perimeter",)
    if not perimeter:
        return
    if not perimeter.join:
        if "member" in perimeter.model_fields_set:
            yield Problem(
                (*path, "member"), "has no effect without join: a perimeter of our own always holds the project"
            )
        return
    for name, why in {
        "organization_id": "no access policy is made",
        "access_policy": "join names the policy",
    }.items():
        if getattr(settings.google, name):
            yield Problem(("google", name), f"has no effect with perimeter.join: {why}; leave it out")
    if perimeter.proposed:
        why = "what a joined perimeter tests as a whole is its owner's to propose; with dry_run = true test your own rules"
        yield Problem((*path, "proposed"), f"cannot be with join: {why}")
    needed = {GEMINI, STS, IAM_CREDENTIALS, *used_by_terraform(settings, perimeter.restricted_services)}
    for index, service in enumerate(perimeter.restricted_services):
        if service not in needed:
            why = "the owner decides what is restricted; with join this lists those that need a rule"
            allowed = f"{GEMINI}, and if the perimeter restricts them {STS}, {IAM_CREDENTIALS} and what Terraform calls"
            yield Problem((*path, "restricted_services", index), f'got "{service}": {why}; allowed: {allowed}')
