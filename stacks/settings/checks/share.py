"""A perimeter of our own that others join: what it needs, and what an environment without callers has."""

from collections.abc import Iterator

from stacks.settings.derived import Settings
from stacks.settings.problems import Problem


def share(settings: Settings) -> Iterator[Problem]:
    """What a shared perimeter needs, and what makes no sense with it."""
    perimeter = settings.perimeter
    if not perimeter:
        return
    if not perimeter.shared:
        if "others" in perimeter.model_fields_set:
            yield Problem(
                ("perimeter", "others"), "has no effect without shared = true: no member or rule of others stays"
            )
        return
    if settings.others_perimeter:
        why = (
            "got shared and join; allowed: one of them, a perimeter of our own that others join, or one that others own"
        )
        yield Problem(("perimeter",), why)
    elif settings.google.organization_id:
        why = "with perimeter.shared no policy is made: a policy that is made here has the scope of this project, and no other can join"
        yield Problem(
            ("google", "organization_id"), f"{why}; name access_policy, the organization's or one of a folder"
        )
    proposed = perimeter.proposed
    for name in ("egress_cidrs", "any_identity"):
        if proposed and getattr(proposed, name) is not None and not settings.workload:
            yield Problem(("perimeter", "proposed", name), "has no effect: there is no workload")


def callers(settings: Settings) -> Iterator[Problem]:
    """Only the owner of a shared perimeter may have no workload, and then no AWS side."""
    shared = settings.perimeter is not None and settings.perimeter.shared
    if not settings.has_aws and (settings.workload or not shared):
        yield Problem(("aws",), "missing; it is required")
    if not settings.workload and not shared:
        how = "at least one entry; perimeter.shared makes a perimeter that others join, which needs no workload"
        yield Problem(("workload",), f"missing; allowed: {how}")
    if not settings.workload and shared and settings.has_aws:
        yield Problem(("aws",), "has no effect: there is no workload")
