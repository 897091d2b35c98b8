"""A perimeter that others own, which this environment joins, or whose owner gets its rule."""

from collections.abc import Iterator

from stacks.settings.derived import Settings
from stacks.settings.problems import Problem
from stacks.settings.services import GEMINI, IAM_CREDENTIALS, STS, used_by_terraform


def join(settings: Settings) -> Iterator[Problem]:
    """What has no meaning in a perimeter that others own."""
    perimeter, path = settings.perimeter, ("perimeter",)
    if not perimeter:
        return
    if perimeter.moved_to and not perimeter.join:
        why = "has no effect without join: it names the environment that made the perimeter its own"
        yield Problem((*path, "moved_to"), why)
    if not settings.others_perimeter:
        if "member" in perimeter.model_fields_set:
            why = "has no effect without join or hand_over: a perimeter of our own always holds the project"
            yield Problem((*path, "member"), why)
        return
    key = "join" if perimeter.join else "hand_over"
    for name, why in {
        "organization_id": "no access policy is made",
        "access_policy": f"{key} names the policy",
    }.items():
        if getattr(settings.google, name):
            yield Problem(("google", name), f"has no effect with perimeter.{key}: {why}; leave it out")
    if perimeter.proposed:
        why = f"what the perimeter of {key} tests as a whole is its owner's to propose; with dry_run = true test your own rules"
        yield Problem((*path, "proposed"), f"cannot be with {key}: {why}")
    needed = {GEMINI, STS, IAM_CREDENTIALS, *used_by_terraform(settings, perimeter.restricted_services)}
    for index, service in enumerate(perimeter.restricted_services):
        if service not in needed:
            why = f"the owner decides what is restricted; with {key} this lists those that need a rule"
            allowed = f"{GEMINI}, and if the perimeter restricts them {STS}, {IAM_CREDENTIALS} and what Terraform calls"
            yield Problem((*path, "restricted_services", index), f'got "{service}": {why}; allowed: {allowed}')


def hand_over(settings: Settings) -> Iterator[Problem]:
    """Who writes the perimeter is one question, and exactly the callers have to be in its rule."""
    perimeter, path = settings.perimeter, ("perimeter",)
    if not perimeter or not perimeter.hand_over:
        return
    if perimeter.join:
        how = "join, if Terraform here may update the perimeter; hand_over, if its owner does"
        yield Problem((*path, "hand_over"), f"got join and hand_over; allowed: one of them: {how}")
    if perimeter.any_identity:
        why = "a grant waits for a rule that names its caller"
        yield Problem((*path, "any_identity"), f"cannot be with hand_over: {why}; allowed: false")
