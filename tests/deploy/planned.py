"""Plans of one's own making, in the shape of `terraform show -json PLAN`."""

from typing import Any

from deploy import notices, widened

Body = dict[str, Any]


def change(kind: str, before: Body | None, after: Body | None, unknown: Body | None = None, name: str = "it") -> Body:
    """What a plan does to the resource KIND.NAME. `unknown` is `after_unknown`."""
    actions = {(False, True): ["create"], (True, False): ["delete"]}.get((before is not None, after is not None))
    return {
        "address": f"{kind}.{name}",
        "type": kind,
        "mode": "managed",
        "change": {
            "actions": actions or ["no-op" if before == after else "update"],
            "before": before,
            "after": after,
            "after_unknown": unknown or {},
        },
    }


def sentences(plan: Body) -> list[str]:
    """What is reported of a plan, wider or not, without the examples."""
    return [found.text.partition("; for example: ")[0] for found in (*widened.notices(plan), *notices.notices(plan))]


def plan(*changes: Body) -> Body:
    return {"resource_changes": list(changes)}


def level(*conditions: Body, function: str = "AND", **more: Any) -> Body:
    """An access level's values in a plan."""
    basic = {"combining_function": function, "conditions": list(conditions)}
    return {"name": "accessPolicies/1/accessLevels/a", "basic": [basic], "custom": [], **more}


def ranges(*cidrs: str) -> Body:
    """A condition with nothing but these."""
    return {"ip_subnetworks": list(cidrs)}
