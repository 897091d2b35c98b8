"""One ingress rule: which calls of which callers come in from where, in the classes of the provider's bindings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from constructs_lib import limits
from constructs_lib.google.access import IpAccessLevel
from constructs_lib.google.rule import Rule, operations, selectors
from constructs_lib.references import in_order

ANY_IDENTITY = "ANY_IDENTITY"


@dataclass(frozen=True)
class IngressRule(Rule):
    """Calls from `level`'s addresses, by these identities, to these services. `identities=None` is any identity.

    `methods` and `permissions` narrow the calls; with neither, every method is allowed.
    """

    title: str
    level: IpAccessLevel
    identities: tuple[str, ...] | None
    services: tuple[str, ...]
    methods: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.identities == ():
            raise ValueError(
                f"ingress rule {self.title!r}: no identities; allowed: at least one, or None for any identity"
            )
        if not self.services:
            raise ValueError(f"ingress rule {self.title!r}: no services; allowed: at least one")
        limits.rule_title(self.title)
        for service in self.services:
            limits.service_name(service)
        for method in self.methods:
            limits.ingress_method(method)
        for permission in self.permissions:
            limits.permission(permission)

    def content(self, project_number: str) -> dict[str, Any]:
        """Everything in the rule but its title, under the names that Terraform has, sorted where the order means nothing."""
        methods = self.methods if self.methods or self.permissions else ("*",)
        identities = self.identities and in_order(map(limits.ingress_identity.unless_reference, self.identities))
        return {
            "identities": identities,
            "identity_type": ANY_IDENTITY if self.identities is None else None,
            "access_level": self.level.name,
            "resources": [f"projects/{limits.project_number.unless_reference(project_number)}"],
            "services": dict.fromkeys(sorted(self.services), selectors(methods, self.permissions)),
        }


def ingress_blocks(rule: IngressRule, project_number: str, named: Callable[[str], Any]) -> dict[str, Any]:
    """`ingress_from` and `ingress_to` of a rule; `named` gives the class whose name ends so."""
    content = rule.content(project_number)
    return {
        "ingress_from": named("IngressFrom")(
            sources=[named("IngressFromSources")(access_level=content["access_level"])],
            identities=content["identities"],
            identity_type=content["identity_type"],
        ),
        "ingress_to": named("IngressTo")(
            resources=content["resources"], operations=operations(content, "Ingress", named)
        ),
    }
