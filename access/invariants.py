"""Absolute rules, judged by what will exist: a plan that ends a breach passes."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from access import deployer, lint
from access.bridges import BRIDGE
from access.callers import strangers
from access.changes import LEVEL, PERIMETER
from access.grants import PUBLIC, grants
from access.limits import too_much
from access.lint import Finding, LintRule
from access.objects import Object
from access.perimeters import DRY_RUN, ENFORCED, configurations
from access.providers import providers
from access.truth import any_of
from access.values import block, listed

# Where a grant to everybody opens what the kit protects; a public bucket may be meant.
_PROTECTED = ("google_project_iam_", "google_service_account_iam_", "google_folder_iam_", "google_organization_iam_")


def breaches(
    objects: Sequence[Object], before: Sequence[Object] = (), acting: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Finding]:
    """Every finding, with the smallest change that ends it. `before` is what exists, `acting` as in access/deployer.py.

    A perimeter that holds no project is one only where it held one, or is new: somebody may fill it outside of Terraform. Where
    no caller is granted anything, it is one that other environments join.
    """
    yield from _providers(objects)
    yield from _grants(objects)
    yield from deployer.breaches(objects, acting)
    yield from _levels(objects)
    yield from _rules(objects)
    yield from _empty(objects, "restricted_services", lint.SERVICES)
    attached = any(one.kind.startswith(f"{PERIMETER}_") and one.kind.endswith("_resource") for one in objects)
    if not attached and any(grants(objects)):
        had = set(_empty(before, "resources", lint.PROJECTS))
        yield from (one for one in _empty(objects, "resources", lint.PROJECTS) if one not in had)


def _providers(objects: Sequence[Object]) -> Iterator[Finding]:
    """A provider that gives a token to a role that its condition does not name."""
    for one in providers(objects):
        if one.issuer == "aws":
            several = strangers(one.account, one.literals)
            admitted = any_of(one.admits(who.claims, one.parsed) for who in several).value
            whom = f"every role of AWS account {one.account}"
        else:
            admitted, whom = one.admits_somebody().value, f"everybody that {one.origin} signs for"
        if admitted:
            yield Finding(lint.PROVIDER, one.address, f"it gives a token to {whom}")


def _grants(objects: Sequence[Object]) -> Iterator[Finding]:
    for grant in grants(objects):
        pool = grant.member.startswith("principalSet:") and grant.member.endswith("/*")
        if grant.address.startswith(_PROTECTED) and (pool or grant.member in PUBLIC):
            whom = "every workload of the pool" if pool else PUBLIC[grant.member]
            yield Finding(lint.GRANT, grant.address, f"it grants {grant.role} on {grant.on} to {whom}")


def _levels(objects: Sequence[Object]) -> Iterator[Finding]:
    for one in objects:
        if one.kind == LEVEL and (why := too_much(one.values)):
            yield Finding(lint.LEVEL, one.address, why)


def _rules(objects: Sequence[Object]) -> Iterator[Finding]:
    for one in configurations(objects, ENFORCED):
        for rule in one.ingress:
            if rule.identity_type == "ANY_IDENTITY" and "*" in rule.levels:
                yield Finding(lint.ANYBODY, one.address, f"{rule} admits ANY_IDENTITY from everywhere")


def _empty(objects: Sequence[Object], field: str, broken: LintRule) -> Iterator[Finding]:
    """Perimeters, enforced or tested, whose list of this name is empty. A bridge restricts no service."""
    for one in objects:
        for side in (ENFORCED, DRY_RUN) if one.kind == PERIMETER and one.values.get("perimeter_type") != BRIDGE else ():
            body, facts = block(one.values, side)
            if not facts and any(body.values()) and listed(body, field) == ([], ()):
                yield Finding(broken, one.address, f"its {side} has no {field}, and so restricts nothing")
