"""Which Google identity an AWS role gets at a provider: policy.trust decides, on the world's providers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from access import cel
from access.callers import AwsCaller
from access.objects import Object, known_after_apply
from access.outcome import Outcome
from access.providers import Provider, providers
from policy.identity import Identity, pool_name
from policy.mapping import CelError
from policy.trust import Rejected, federate

# How a condition pins a role: its unique id, or the expression that will give it, at the beginning of a user ID.
_PIN = re.compile(r"(\$\{[^}]*\}|[A-Z0-9]{16,128}):.*")
_FRESH = "AROASTANDSFORANID"
"""What the unique ids begin with that stand for those which are not known yet."""
STRANGER = f"{_FRESH}-OTHER"
"""The unique id of a role that no condition pins."""


class Undecided(Exception):
    """An expression depends on what is not known."""


@dataclass(frozen=True)
class Exchange:
    """One provider's answer; `identity` is None if there is no token."""

    provider: str
    project: str
    identity: Identity | None
    outcome: Outcome


class Federation:
    """Every provider of a world. `numbers` are those of projects by their ids."""

    def __init__(self, objects: Sequence[Object], numbers: Mapping[str, str]) -> None:
        self._numbers = numbers
        self._roles = [one for one in objects if one.kind == "aws_iam_role"]
        conditions = {one.address: str(one.values.get("attribute_condition") or "") for one in objects}
        # A condition with a part that is not known is evaluated as far as it is known.
        self.providers = [(one, replace(one, condition=conditions[one.address])) for one in providers(objects)]
        texts = sorted({text for _, whole in self.providers for text in whole.literals})
        self.texts = texts
        """The texts that the conditions of all providers compare with."""
        pins = list(dict.fromkeys(match[1] for text in texts if (match := _PIN.fullmatch(text))))
        self._ids = {pin: f"{_FRESH}{number:04}" if known_after_apply(pin) else pin for number, pin in enumerate(pins)}

    def exchanges(self, caller: AwsCaller) -> Iterator[Exchange]:
        """What each provider for AWS answers."""
        for known, whole in self.providers:
            if known.issuer == "aws":
                yield self._exchange(known, whole.condition, caller)

    def unique_ids(self, name: str, given: str = "") -> list[str]:
        """The unique ids that a role may have: the one that is known, else each that a condition pins, and another one."""
        if given:
            return [given]
        for one in self._roles:
            if one.values.get("name") == name:
                id = one.values.get("unique_id") or "${" + f"{one.address}.unique_id" + "}"
                return [self._ids.get(id, STRANGER if known_after_apply(id) else id)]
        return [STRANGER, *self._ids.values()]

    @staticmethod
    def readable(text: str) -> str:
        """The text without ids that stand for others."""
        return re.sub(rf"{_FRESH}(\d{{4}}|-OTHER)", "UNIQUE_ID", text)

    def _exchange(self, provider: Provider, condition: str, caller: AwsCaller) -> Exchange:
        address, (project, _, id) = provider.address, provider.pool.partition("/")
        number = self._numbers.get(project, "")
        missing = tuple(fact for fact in provider.unread if fact != condition) + provider.active.missing
        for symbol, stand_in in self._ids.items():
            condition = condition.replace(symbol, stand_in)
        body = {
            "aws": {"accountId": provider.account},
            "attributeMapping": dict(provider.mapping),
            "attributeCondition": condition,
            "disabled": provider.active.value is False,
        }
        pool = {"name": pool_name(number or project, id)}
        try:
            identity = federate(body, pool, caller.claims, evaluate)
        except Rejected as rejected:
            return Exchange(address, project, None, Outcome(False, rejected.reason, address, missing))
        except Undecided as undecided:
            fact = f"attribute_condition or attribute_mapping: {undecided}"
            return Exchange(address, project, None, Outcome(False, "it cannot be evaluated", address, (fact,)))
        missing += () if number else (f"the number of project {project}",)
        return Exchange(address, project, identity, Outcome(True, f"token of pool {id}", address, missing))


def evaluate(expression: str, variables: Mapping[str, Any]) -> Any:
    """The value of an expression, for policy.trust. Raises CelError, and Undecided for what is not evaluated here."""
    try:
        folded = cel.fold(_with_unknowns(cel.parsed(expression)), variables)
    except cel.Outside as outside:
        raise Undecided(str(outside)) from None
    if folded[0] == "error":
        raise CelError(folded[1])
    if folded[0] != "value":
        raise Undecided(expression)
    return folded[1]


def _with_unknowns(node: cel.Node) -> cel.Node:
    """A text that holds an expression of Terraform as a name without a value: only what depends on it is undecided."""
    if node[0] == "value":
        return ("name", node[1]) if known_after_apply(node[1]) else node
    return (node[0], *(_with_unknowns(one) if isinstance(one, tuple) else one for one in node[1:]))
