"""Identities that represent all others: those that the member strings of rules and levels mean, alone and together, and some that none means."""

from collections.abc import Iterable, Mapping

from access.claims import ANYBODY, meant, together
from policy.identity import Identity, federated, pool_name, service_account, user

STRANGERS: tuple[Identity | None, ...] = (
    user("somebody@example.net"),
    service_account("somebody@other-project.iam.gserviceaccount.com"),
    federated(pool_name("0", "other"), "somebody"),
    None,
)
"""Whom no member string means: a user, a service account, a workload of another pool, a request without a credential."""


def named(who: Identity | None) -> str:
    """What people call an identity: the member strings that it represents."""
    if who is None:
        return "a request without a credential"
    if who in STRANGERS:
        return {"user": "any user", "service_account": "any service account"}.get(who.kind, "a workload of any pool")
    if who.federated:
        said = sorted(one for one in who.principals if one.startswith("principal") and not one.endswith(f"/{ANYBODY}"))
        return " in ".join([one for one in said if not one.endswith("/*")] or said)
    groups = sorted(one for one in who.principals if one.startswith("group:"))
    mine = (
        [] if who.name.startswith("a-member-") else [f"{'user' if who.kind == 'user' else 'serviceAccount'}:{who.name}"]
    )
    return " in ".join([*mine, *groups])


def identities(
    members: Iterable[str], personal: Iterable[str], needed: Iterable[Mapping[str, int]] = ()
) -> list[Identity | None]:
    """Representatives of all callers: `members` are what rules name, `personal` what access levels name.

    Each of `needed` is what the rules of one perimeter name, with what for (access/needed.py). A caller who must pass several
    perimeters, or a level and a rule, may have to be one of each; more than one of a set opens nothing more.
    """
    every = sorted({*members, *personal})
    found = dict.fromkeys(STRANGERS)
    for several in [*((member,) for member in every), *together([dict.fromkeys(personal, -1), *needed])]:
        found |= dict.fromkeys(meant(several))
    return list(found)
