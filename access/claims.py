"""What member strings say of a caller, and which of them can mean one caller."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from policy.identity import Identity, canonical, federated, service_account, user

ANYBODY = "a-workload"
"""The subject of a workload that is named by a set alone."""
_POOL = re.compile(r"principal(?:Set)?://iam\.googleapis\.com/((?:projects/[^/]+/)?locations/[^/]+/work[a-zA-Z]+Pools/[^/]+)/(.+)")  # fmt: skip
_VALUES = re.compile(r"(subject|attribute\.[^/]+)/(.+)")


@dataclass(frozen=True)
class Claim:
    """`of` is the pool, or empty for an account. A caller has one `value` of each `key`; without a key it may be any number of sets."""

    of: str
    key: str
    value: str


@lru_cache(maxsize=65_536)
def claim(member: str) -> Claim | None:
    """Return what a member string of a rule states about a caller, or None for any other text."""
    kind, _, rest = canonical(member).partition(":")
    if kind in ("user", "serviceAccount"):
        return Claim("", "email", f"{kind}:{rest}")
    if kind == "group":
        return Claim("", "", rest)
    if found := _POOL.fullmatch(member):
        value = _VALUES.fullmatch(found[2])
        usual = value and (kind == "principal") == (value[1] == "subject")
        return Claim(found[1], value[1], value[2]) if value and usual else Claim(found[1], "", found[2])
    return None


def like(member: str) -> tuple[str, ...]:
    """Return a key that is equal for members that can be combined with the same other members."""
    found = claim(member)
    return (member.partition(":")[0], found.of, found.key) if found else (member,)


def together(several: Sequence[Mapping[str, int]]) -> Iterator[tuple[str, ...]]:
    """Yield combinations of two or more members, at most one of each set, that one caller can match and that have a common bit."""
    found: dict[tuple[str, ...], tuple[int, list[Claim]]] = {(): (-1, [])}
    for members in several:
        named = [(member, bits, one) for member, bits in sorted(members.items()) if (one := claim(member))]
        found |= {
            tuple(sorted({*before, member})): (common & bits, [*said, one])
            for before, (common, said) in list(found.items())
            for member, bits, one in named
            if common & bits and all(_fit(one, other) for other in said)
        }
    yield from (members for members in found if len(members) > 1)


def meant(members: Collection[str]) -> Iterator[Identity]:
    """Yield the callers that match exactly these members. Groups alone can contain a user or a service account."""
    claims = [one for member in members if (one := claim(member))]
    if not claims:
        return
    values = {one.key: one.value for one in claims if one.key}
    if pool := claims[0].of:
        attributes = {key.partition(".")[2]: value for key, value in values.items() if key != "subject"}
        found = [federated(pool, values.get("subject", ANYBODY), attributes)]
    else:
        groups = sorted(one.value for one in claims if not one.key)
        kind, _, email = values.get("email", f":a-member-of-{' and '.join(groups)}").partition(":")
        each = {"user": [user], "serviceAccount": [service_account]}.get(kind, [user, service_account])
        found = [make(email, groups) for make in each]
    yield from (replace(one, principals=one.principals | set(map(canonical, members))) for one in found)


def _fit(one: Claim, other: Claim) -> bool:
    return one.of == other.of and (not one.key or one.key != other.key or one.value == other.value)
