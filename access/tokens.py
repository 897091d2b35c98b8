"""Who newly gets a token of a workload identity pool, or gets it as another principal."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from access.callers import AwsCaller, arns, caller, ids, stranger
from access.cel import Node, literals
from access.changes import POOL
from access.gain import Gain, few
from access.objects import Object, known_after_apply
from access.providers import EVERYBODY, Provider, pool_of, providers
from access.truth import Truth, any_of

Found = dict[tuple[str, str], Truth]
"""By pool and principal: whether a caller is it."""


def gains(old: Sequence[Object], new: Sequence[Object]) -> Iterator[Gain]:
    """Every gain, with a caller as its witness. Callers of equal kind are one gain."""
    before, after = tuple(providers(old)), tuple(providers(new))
    yield from _of_aws(before, after)
    yield from _of_others(before, after)
    yield from _not_compared(before, after)
    yield from _pools(old, new, {one.pool for one in after if one.active.combinations})


def _of_aws(before: Sequence[Provider], after: Sequence[Provider]) -> Iterator[Gain]:
    both = [one for one in (*before, *after) if one.issuer == "aws"]
    texts = {text for one in both for text in one.literals}
    accounts, other = dict.fromkeys(one.account for one in both), stranger(texts)
    for account in accounts | dict.fromkeys(text for text in sorted(texts) if re.fullmatch(r"[0-9]{12}", text)):
        found: dict[tuple[str, str, tuple[str, ...]], list[AwsCaller]] = defaultdict(list)
        for who, principal, decides, missing in _compared(account, texts, before, after):
            found[decides, principal, missing].append(who)
        for (decides, principal, missing), callers in found.items():
            anybody = any(f"assumed-role/{other}/" in one.arn for one in callers)
            names = few(dict.fromkeys(_without_session(one.arn) for one in callers))
            who_text = f"every role of AWS account {account}" if anybody else names
            what = "a token" if principal == EVERYBODY else f"the principal {principal}"
            yield Gain(decides, f"newly gives {what} to {who_text}", str(callers[0]), missing, tuple(map(str, callers)))


def _compared(
    account: str, texts: set[str], before: Sequence[Provider], after: Sequence[Provider]
) -> Iterator[tuple[AwsCaller, str, str, tuple[str, ...]]]:
    """Each caller that gains something: the whole pool, or only a principal of it; and the provider that gives it."""
    mine = [
        [one for one in side if one.account == account or known_after_apply(one.account)] for side in (before, after)
    ]
    for arn in arns(account, texts) if mine[0] != mine[1] else ():
        folded = [[(one, one.narrowed(account, arn)) for one in side] for side in mine]
        if all(node == ("value", False) for _, node in folded[1]):
            continue
        asked = {text for side in folded for _, node in side if node for text in literals(node)}
        for who in dict.fromkeys(caller(account, arn, id) for id in ids(asked)):
            was, now = (_principals(who, side) for side in folded)
            news = {key: truth.adds(was.get(key, Truth())) for key, truth in now.items()}
            news = {key: truth for key, truth in news.items() if truth.combinations}
            tokens = {pool for pool, principal in news if principal == EVERYBODY}
            for (pool, principal), truth in news.items():
                if principal == EVERYBODY or pool not in tokens:
                    decides = next(
                        one for one, node in folded[1] if one.pool == pool and one.admits(who.claims, node).combinations
                    )
                    yield who, _kind(principal, who), decides.address, truth.missing


def _principals(who: AwsCaller, side: Sequence[tuple[Provider, Node | None]]) -> Found:
    found: dict[tuple[str, str], list[Truth]] = defaultdict(list)
    for provider, node in side:
        truth = provider.admits(who.claims, node)
        if truth.combinations:
            for principal in provider.principals(who.claims):
                found[provider.pool, principal].append(truth)
    return {key: any_of(truths) for key, truths in found.items()}


def _kind(principal: str, who: AwsCaller) -> str:
    """A principal that holds the caller's own session or ARN is one of many alike."""
    return principal.replace(who.arn, "ARN")


def _without_session(arn: str) -> str:
    return f"{arn.rpartition('/')[0]}/*" if ":assumed-role/" in arn else arn


def _of_others(before: Sequence[Provider], after: Sequence[Provider]) -> Iterator[Gain]:
    """OIDC, SAML and X.509: every identity that the issuer signs for, as far as the condition is constant."""
    was = _by_issuer(before)
    for key, (provider, truth) in _by_issuer(after).items():
        news = truth.adds(was[key][1] if key in was else Truth())
        if news.combinations:
            what = (
                f"newly gives a token to everybody that {provider.origin} signs for, if {provider.condition or 'true'}"
            )
            yield Gain(provider.address, what, "", news.missing)


def _by_issuer(side: Sequence[Provider]) -> dict[tuple[str, str, object], tuple[Provider, Truth]]:
    found: dict[tuple[str, str, object], tuple[Provider, Truth]] = {}
    for one in side:
        if one.issuer != "aws":
            key = (one.pool, one.origin, one.mapping)
            truth = any_of((found[key][1] if key in found else Truth(), one.admits_somebody()))
            found[key] = (one, truth)
    return found


def _not_compared(before: Sequence[Provider], after: Sequence[Provider]) -> Iterator[Gain]:
    """What is evaluated for representatives, who do not stand for everybody: a condition, and what an attribute is mapped from."""
    was = {(one.pool, one.account, *told) for one in before for told in _inexact(one)}
    for one in after:
        for name, text in _inexact(one):
            if (one.pool, one.account, name, text) not in was:
                fact = f"who fits {text}" if name == "attribute_condition" else f"whom {text} maps"
                yield Gain(one.address, f"its {name} is new: {text}", "", (fact,))


def _inexact(one: Provider) -> Iterator[tuple[str, str]]:
    """Its condition, unless that is exact, and each expression of its mapping that maps not all callers alike."""
    if one.issuer == "aws" and one.parsed and not one.exact:
        yield "attribute_condition", one.condition
    if one.issuer == "aws":
        yield from ((f"attribute_mapping {key}", text) for key, text in one.inexact_mapping)


def _pools(old: Sequence[Object], new: Sequence[Object], compared: set[str]) -> Iterator[Gain]:
    """Pools that work again, or are new next to what exists, and whose providers are not here."""
    before = {pool_of(one.values): one.values for one in old if one.kind == POOL}
    for one in new if old else ():
        pool = pool_of(one.values)
        if one.kind == POOL and pool not in compared and one.values.get("disabled") is not True:
            was = before.get(pool)
            if was is None or was.get("disabled"):
                disabled = one.values.get("disabled")
                missing = (disabled,) if known_after_apply(disabled) else ()
                yield Gain(one.address, "is new" if was is None else "is enabled again", "", missing)
