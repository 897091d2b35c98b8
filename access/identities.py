"""Identities that stand for all others: one for each member string that rules and levels name, and some that none names."""

from collections.abc import Iterable, Iterator

from policy.identity import Identity, federated, pool_name, service_account, user

STRANGERS: tuple[Identity | None, ...] = (
    user("somebody@example.net"),
    service_account("somebody@other-project.iam.gserviceaccount.com"),
    federated(pool_name("0", "other"), "somebody"),
    None,
)
"""Whom no member string means: a user, a service account, a workload of another pool, a request without a credential."""


def named(who: Identity | None) -> str:
    """What people call an identity: the member string that it represents."""
    if who is None:
        return "a request without a credential"
    if who in STRANGERS:
        return {"user": "any user", "service_account": "any service account"}.get(who.kind, "a workload of any pool")
    if who.federated:
        sets = sorted(one for one in who.principals if one.startswith("principalSet:") and not one.endswith("/*"))
        return sets[0] if sets else min(one for one in who.principals if one.startswith("principal"))
    groups = sorted(one for one in who.principals if one.startswith("group:"))
    mine = f"{'user' if who.kind == 'user' else 'serviceAccount'}:{who.name}"
    return " in ".join([mine, *groups]) if not who.name.startswith("a-member-") else groups[0]


def identities(members: Iterable[str], personal: Iterable[str]) -> list[Identity | None]:
    """Representatives of all callers: `members` are what rules name, `personal` what access levels name, who may be in each group."""
    all_members = sorted(set(members) | set(personal))
    groups = [one.partition(":")[2] for one in all_members if one.startswith("group:")]
    found = dict.fromkeys(STRANGERS)
    found |= dict.fromkeys(one for member in all_members if (one := _one(member)))
    found |= dict.fromkeys(service_account(f"a-member-of-{group}", [group]) for group in groups)
    for member in sorted(set(personal)):
        found |= dict.fromkeys(_in_group(member, group) for group in groups)
    return list(found)


def _one(member: str) -> Identity | None:
    kind, _, rest = member.partition(":")
    if kind == "user":
        return user(rest)
    if kind == "serviceAccount":
        return service_account(rest)
    if kind == "group":
        return user(f"a-member-of-{rest}", [rest])
    if kind in ("principal", "principalSet"):
        found = next(_federated(rest), None)
        if found and found.matches(member):
            return found
        return Identity("federated", member, frozenset({member}))  # such as of a workforce pool, or an unusual spelling
    return None


def _in_group(member: str, group: str) -> Identity:
    kind, _, rest = member.partition(":")
    return service_account(rest, [group]) if kind == "serviceAccount" else user(rest, [group])


def _federated(rest: str) -> Iterator[Identity]:
    """A workload by `//iam.googleapis.com/POOL/subject/S`, `/attribute.A/V`, `/group/G` or `/*`."""
    pool, found, pool_id = rest.removeprefix("//iam.googleapis.com/").partition("/workloadIdentityPools/")
    id, _, tail = pool_id.partition("/")
    name, key, what = f"{pool}{found}{id}", *_halves(tail)
    if not found:
        return
    if key == "subject":
        yield federated(name, what)
    elif key == "group":
        yield federated(name, "a-workload", groups=[what])
    elif key.startswith("attribute."):
        yield federated(name, "a-workload", {key.removeprefix("attribute."): what})
    elif tail == "*":
        yield federated(name, "a-workload")


def _halves(tail: str) -> tuple[str, str]:
    key, _, what = tail.partition("/")
    return key, what
