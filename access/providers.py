"""Workload identity pools and their providers: which caller gets a token, as which principals."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from access.cel import Failed, Node, Outside, exact, literals, maps_alike, parsed, plain, value
from access.changes import POOL, PROVIDER
from access.clauses import Narrowing
from access.objects import Object, Values, known_after_apply
from access.truth import NO, Truth, all_of, decided, unknown
from access.values import block, others, within
from policy.mapping import DEFAULT_MAPPING

ISSUERS = ("aws", "oidc", "saml", "x509")
_READ = {"project", "workload_identity_pool_id", "workload_identity_pool_provider_id", "attribute_condition"}
_READ |= {"attribute_mapping", "disabled", "display_name", "description", "name", "state", "id", "timeouts", *ISSUERS}
_ACCOUNT, _ARN = "assertion.account", "assertion.arn"
EVERYBODY = "*"
"""The principal of every holder of a token of the pool: `principalSet://.../POOL/*`."""


@dataclass(frozen=True)
class Provider:
    """One provider. `trusts` are the settings of its issuer; `active` counts the pool's `disabled`, too."""

    address: str
    pool: str
    issuer: str
    trusts: Mapping[str, Any]
    condition: str
    mapping: tuple[tuple[str, str], ...]
    active: Truth
    unread: tuple[str, ...]

    @property
    def account(self) -> str:
        """The AWS account whose callers it takes, "" of another issuer."""
        return str(self.trusts.get("account_id") or "") if self.issuer == "aws" else ""

    @property
    def origin(self) -> str:
        """Its issuer, as text that an equal one repeats."""
        return f"{self.issuer} {json.dumps(self.trusts, sort_keys=True)}"

    @cached_property
    def parsed(self) -> Node | None:
        """The condition with every claim as one name, or None where it cannot be evaluated here."""
        try:
            return _claims(self._inlined(parsed(self.condition))) if self.condition else ("value", True)
        except Outside:
            return None

    def _inlined(self, node: Node) -> Node:
        """An attribute as the expression that it is mapped from, so that a condition names claims alone."""
        if node[0] == "member" and node[2] in (("name", "attribute"), ("name", "google")):
            expression = dict(self.mapping).get(f"{node[2][1]}.{node[1]}", "")
            return parsed(expression) if expression and _plain(expression) else node
        return (node[0], *(self._inlined(part) if isinstance(part, tuple) else part for part in node[1:]))

    @property
    def exact(self) -> bool:
        """Whether representatives that differ in its literals stand for everybody."""
        return self.parsed is not None and exact(self.parsed) and not self.asks_mapped

    @cached_property
    def asks_mapped(self) -> bool:
        """Whether its condition names what is mapped by more than a claim or a role's name."""
        return bool(self.parsed and _names(self.parsed) & {"attribute", "google"})

    @cached_property
    def inexact_mapping(self) -> list[tuple[str, str]]:
        """What attributes are mapped from by more than parts of the claims that every caller has."""
        return [one for one in self.mapping if one not in DEFAULT_MAPPING.items() and not _alike(one[1])]

    @property
    def literals(self) -> set[str]:
        """The texts that its condition compares with."""
        return literals(self.parsed) if self.parsed else set()

    def narrowed(self, account: str, arn: str) -> Node | None:
        """The condition for callers of whom only these claims are known."""
        if self.parsed is None or self.asks_mapped:
            return self.parsed  # what is mapped may need the other claims
        return self._narrowing({_ACCOUNT: account, _ARN: arn})

    @cached_property
    def _narrowing(self) -> Narrowing:
        return Narrowing(self.parsed or ("value", True), frozenset((_ACCOUNT, _ARN)))

    def admits(self, claims: Mapping[str, str], narrowed: Node | None) -> Truth:
        """Whether a caller gets a token; `narrowed` is the condition, perhaps with some of the claims in it already."""
        if narrowed is None or "assertion" in _names(narrowed):
            return all_of((self.active, *self._facts(f"attribute_condition {self.condition}")))
        try:
            found = value(narrowed, self._variables(claims) if _names(narrowed) else {})
        except Failed:
            return NO
        return all_of((self.active, decided(found is True), *self._facts(*self.unread)))

    def _facts(self, *facts: str) -> Iterator[Truth]:
        """What is not known of the condition: it may name attributes, so it is another fact under another mapping."""
        return map(unknown, within(facts, "provider", self.mapping))

    def admits_somebody(self) -> Truth:
        """Whether an issuer whose claims are not read gets a token for somebody."""
        if self.parsed in (("value", True), ("value", False)):
            return all_of((self.active, decided(self.parsed[1]), *map(unknown, self.unread)))
        return all_of((self.active, unknown(f"{self.origin} if {self.condition}"), *map(unknown, self.unread)))

    def principals(self, claims: Mapping[str, str]) -> frozenset[str]:
        """What a caller with a token is: the tail of each member string that matches it, after the pool's name."""
        found = {EVERYBODY}
        for key, mapped in self._mapped(claims).items():
            if key == "google.subject":
                found.add(f"subject/{mapped}")
            elif key == "google.groups":
                found |= {f"group/{group}" for group in (mapped if isinstance(mapped, list) else [mapped])}
            elif mapped:
                found.add(f"{key}/{mapped}")
        return frozenset(found)

    def _variables(self, claims: Mapping[str, str]) -> dict[str, Any]:
        mapped = self._mapped(claims)
        attributes = {key.partition(".")[2]: text for key, text in mapped.items() if key.startswith("attribute.")}
        google = {"subject": mapped.get("google.subject", ""), "groups": mapped.get("google.groups", [])}
        return {
            **{f"assertion.{name}": text for name, text in claims.items()},
            "attribute": attributes,
            "google": google,
        }

    def _mapped(self, claims: Mapping[str, str]) -> dict[str, Any]:
        """Attributes by name. An expression that cannot be evaluated is its own value: an equal one maps to the same."""
        found: dict[str, Any] = {}
        for key, expression in self.mapping:
            try:
                found[key] = value(parsed(expression), {"assertion": dict(claims)})
            except (Outside, Failed):
                found[key] = f"({expression})"
        return found


def providers(objects: Sequence[Object]) -> Iterator[Provider]:
    """Every provider of the world."""
    pools = {pool_of(one.values): one for one in objects if one.kind == POOL}
    for one in objects:
        if one.kind == PROVIDER:
            yield _provider(one, pools)


def _provider(one: Object, pools: Mapping[str, Object]) -> Provider:
    values, facts = one.values, [one.unread] if one.unread else []
    pool = pool_of(values)
    issuer, trusts = "", dict[str, Any]()
    for name in ISSUERS:
        found, unread = block(values, name)
        facts += unread
        if found or unread:  # of a block that is not known, the account is the fact that is missing
            issuer, trusts = name, dict(found) or {"account_id": unread[0]}
    if not issuer:  # one that is not read, such as of a later provider
        issuer, facts = "an issuer", [*facts, *(others(values, _READ, one.address) or [f"the issuer of {one.address}"])]
    condition, mapping = str(values.get("attribute_condition") or ""), values.get("attribute_mapping")
    facts += [text for text in (condition, trusts.get("account_id")) if known_after_apply(text)]
    if mapping and not isinstance(mapping, dict):  # to whatever it will be, which maps no caller now
        mapping = {"attributes": str(mapping)}
    disabled = [values.get("disabled"), pools[pool].values.get("disabled") if pool in pools else None]
    return Provider(
        address=one.address,
        pool=pool,
        issuer=issuer,
        trusts=trusts,
        condition="" if known_after_apply(condition) else condition,
        mapping=tuple(sorted((key, str(text)) for key, text in (mapping or DEFAULT_MAPPING).items())),
        active=all_of(
            unknown(f"not {state}") if known_after_apply(state) else decided(not state) for state in disabled
        ),
        unread=tuple(facts),
    )


def pool_of(values: Values) -> str:
    """What identifies a pool, in its own values and in those of its providers."""
    return f"{values.get('project') or ''}/{values.get('workload_identity_pool_id') or ''}"


def _plain(expression: str) -> bool:
    try:
        return plain(parsed(expression))
    except Outside:
        return False


def _alike(expression: str) -> bool:
    """Whether it maps every caller alike; what cannot be evaluated is compared as a text."""
    try:
        return maps_alike(parsed(expression))
    except Outside:
        return True


def _claims(node: Node) -> Node:
    if node[0] == "member" and node[2] == ("name", "assertion"):
        return ("name", f"assertion.{node[1]}")
    return (node[0], *(_claims(part) if isinstance(part, tuple) else part for part in node[1:]))


def _names(node: Node) -> set[str]:
    if node[0] == "name":
        return {node[1]}
    return {name for part in node[1:] if isinstance(part, tuple) for name in _names(part)}
