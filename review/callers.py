"""Who may call Gemini, as who, and from where: asked of `access/`, so that it is what these stacks grant together."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from access.attached import folded
from access.callers import OTHER, arns, caller, ids
from access.cel import literals
from access.changes import PERIMETER
from access.grants import Grant, custom_roles, grants
from access.identities import identities
from access.objects import Object, known_after_apply
from access.perimeter_gains import two_sides
from access.perimeters import DRY_RUN, ENFORCED
from access.providers import Provider, providers
from access.rules import ServiceCall
from access.tables import SURE
from access.truth import shown
from access.values import empty
from policy.iam import PREDEFINED
from policy.identity import pool_name

PREDICT, TOKEN = "aiplatform.endpoints.predict", "iam.serviceAccounts.getAccessToken"
GEMINI = "aiplatform.googleapis.com"
Tokens = dict[tuple[str, str], list[tuple[str, str]]]
"""Kind and name of each AWS caller that gets a token, by the pool's id and the principal that it is."""
_POOL = re.compile(rf"principal(?:Set)?://iam\.googleapis\.com/{pool_name('.*', '([^/]+)')}/(.+)")
_ROLE = re.compile(r":assumed-role/([^/]+)/")


@dataclass(frozen=True)
class Group:
    """Callers that reach Gemini in one way. `kind` is what they are; `names` pairs each with the account that it uses."""

    kind: str
    role: str
    enforced: tuple[str, ...]
    tested: tuple[str, ...]
    names: tuple[tuple[str, str], ...]


def groups(objects: Sequence[Object], project: str) -> list[Group]:
    """The groups, largest first. `project` is the number of the one that is called, or empty."""
    permissions = custom_roles(objects)
    reached: dict[tuple[str, str, tuple[str, ...], tuple[str, ...]], list[tuple[str, str]]] = {}
    tokens: Tokens = defaultdict(list)
    for pool, principal, kind, name in _tokens(objects):
        tokens[pool.rpartition("/")[2], principal].append((kind, name))
    held = [grant for grant in grants(objects) if _allows(grant, PREDICT, permissions)]
    acting: dict[str, list[str]] = defaultdict(list)
    for grant in grants(objects):
        if "serviceAccounts/" in grant.on and _allows(grant, TOKEN, permissions):
            acting[grant.on.rpartition("/")[2]].append(grant.member)
    where = _Where(objects, project)
    for grant in held:
        for kind, name, through in _who(grant.member, tokens, acting):
            key = (kind, grant.role, where.of(grant.member, ENFORCED), where.of(grant.member, DRY_RUN))
            reached.setdefault(key, []).append((name, through))
    found = [Group(*key, tuple(sorted(dict.fromkeys(names)))) for key, names in reached.items()]
    return sorted(found, key=lambda one: (-len(one.names), one.kind, one.role, one.names))


def _who(member: str, tokens: Tokens, acting: Mapping[str, list[str]]) -> Iterator[tuple[str, str, str]]:
    """Kind, name and account of each caller that a member is: AWS roles by the pool, directly or through a service account."""
    account = member.partition(":")[2] if member.startswith("serviceAccount:") else ""
    users = acting.get(account) or []
    for one in users or [member]:
        if match := _POOL.fullmatch(one):
            found = tokens.get((match[1], match[2]), [])
            yield from ((kind, name, account if users else "") for kind, name in found)
            if not found:
                yield "members that get no token of the pool", _short(one), account
        else:
            yield "members", one, account if users else ""


def _tokens(objects: Sequence[Object]) -> Iterator[tuple[str, str, str, str]]:
    """Pool, principal, kind and name of each AWS caller that gets a token."""
    found = [one for one in providers(objects) if one.issuer == "aws" and not known_after_apply(one.account)]
    for provider in found:
        seen = set()
        for arn in arns(provider.account, provider.literals):
            for row in _of(provider, arn):
                if row not in seen:
                    seen.add(row)
                    yield row


def _of(provider: Provider, arn: str) -> Iterator[tuple[str, str, str, str]]:
    folded = provider.narrowed(provider.account, arn)
    asked = literals(folded) if folded else set()
    for id in ids(asked):
        who = caller(provider.account, arn, id)
        if provider.admits(who.claims, folded).combinations:
            match = _ROLE.search(arn)
            name = match[1] if match else arn
            kind = (
                f"AWS role{{s}} of account {provider.account}"
                if match
                else f"AWS caller{{s}} of account {provider.account}"
            )
            name = "every role" if name == OTHER else name
            yield from ((provider.pool, principal, kind, name) for principal in provider.principals(who.claims))


class _Where:
    """From where a member's calls pass, as a tuple of texts."""

    def __init__(self, objects: Sequence[Object], project: str) -> None:
        explicit = any(one.kind == PERIMETER and not empty(one.values.get(DRY_RUN)) for one in folded(objects, objects))
        sides = (ENFORCED, DRY_RUN) if explicit else (ENFORCED,)
        self._sides = {side: two_sides((), objects, side)[1] for side in sides}
        self._project = f"projects/{project}" if project else ""
        self._known: dict[tuple[object, str], tuple[str, ...]] = {}

    def of(self, member: str, side: str) -> tuple[str, ...]:
        """Empty of a side that there is not."""
        found = self._sides.get(side)
        if found is None:
            return ()
        if not found.configurations:
            return ("every address",)
        resource = self._project or min(
            name for one in found.configurations for name in one.resources or ("projects/0",)
        )
        who = identities([member], [])[-1]
        key = (found.kind_of(who), side)
        if key not in self._known:
            table = found.table(who, ServiceCall(GEMINI, "", "", resource))
            internet = found.origins.internet
            said = found.origins.said(table.get(SURE, 0) & internet)
            facts = [" and ".join(shown(way)) for way, bits in table.items() if way and bits & internet]
            unknown = [
                one.replace("whether ", "where ") if one.startswith("whether ") else f"if {one}" for one in facts
            ]
            self._known[key] = (*said, *unknown) or ("nowhere",)
        return self._known[key]


def _allows(grant: Grant, permission: str, roles: Mapping[str, frozenset[str]]) -> bool:
    """Whether a grant's role has a permission; of a role that is not read it is assumed where it would matter."""
    known = roles.get(grant.role) or PREDEFINED.get(grant.role)
    if known is not None:
        return permission in known
    project_role = "serviceAccounts/" not in grant.on
    return grant.role in ("roles/owner", "roles/editor") or (
        project_role == (permission == PREDICT) and "/roles/" in grant.role
    )


def _short(member: str) -> str:
    """A member of a pool without the pool's long name."""
    match = _POOL.fullmatch(member)
    return f"pool {match[1]}, {match[2]}" if match else member
