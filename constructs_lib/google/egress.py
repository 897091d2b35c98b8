"""One egress rule: which calls of which callers leave the perimeter, in the classes of the provider's bindings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from constructs_lib import limits
from constructs_lib.google.rule import Rule, operations, selectors
from constructs_lib.references import in_order


@dataclass(frozen=True)
class EgressRule(Rule):
    """Calls of these identities, by these methods of these services, to projects (their numbers) outside of the perimeter.

    Nothing has a default, and nothing may be empty: a method `*` is every one.
    """

    title: str
    identities: tuple[str, ...]
    projects: tuple[str, ...]
    services: tuple[str, ...]
    methods: tuple[str, ...]

    def __post_init__(self) -> None:
        for name in ("identities", "projects", "services", "methods"):
            if not getattr(self, name):
                raise ValueError(f"egress rule {self.title!r}: no {name}; allowed: at least one")
        limits.rule_title(self.title)
        for service in self.services:
            limits.service_name(service)
        for method in self.methods:
            limits.egress_method(method)

    def content(self, project_number: str) -> dict[str, Any]:  # noqa: ARG002
        """Everything in the rule but its title; it does not depend on the project that the perimeter protects."""
        return {
            "identities": in_order(map(limits.ingress_identity.unless_reference, self.identities)),
            "resources": in_order(f"projects/{limits.project_number.unless_reference(one)}" for one in self.projects),
            "services": dict.fromkeys(sorted(self.services), selectors(self.methods)),
        }


def egress_blocks(rule: EgressRule, project_number: str, named: Callable[[str], Any]) -> dict[str, Any]:
    """`egress_from` and `egress_to` of a rule; `named` gives the class whose name ends so."""
    content = rule.content(project_number)
    return {
        "egress_from": named("EgressFrom")(identities=content["identities"]),
        "egress_to": named("EgressTo")(resources=content["resources"], operations=operations(content, "Egress", named)),
    }
