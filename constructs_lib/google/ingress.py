"""One ingress rule: which calls of which callers come in from where, in the classes of the provider's bindings."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from constructs_lib import limits
from constructs_lib.google.access import IpAccessLevel
from constructs_lib.references import in_order, is_reference

ANY_IDENTITY = "ANY_IDENTITY"
DIGITS = 8
"""Of the SHA-256, in hexadecimal."""


@dataclass(frozen=True)
class IngressRule:
    """Calls from `level`'s addresses, by these identities, to these services. `identities=None` is any identity.

    `methods` and `permissions` narrow the calls; with neither, every method is allowed. `title` is unique in its
    perimeter and has at most 100 characters.
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
        limits.ingress_title(self.title)
        for service in self.services:
            limits.service_name(service)
        for method in self.methods:
            limits.ingress_method(method)
        for permission in self.permissions:
            limits.permission(permission)

    @property
    def selectors(self) -> list[dict[str, str]]:
        """What narrows the calls. A selector has exactly one of `method` and `permission`."""
        methods = sorted(self.methods) if self.methods or self.permissions else ["*"]
        return [{"method": one} for one in methods] + [{"permission": one} for one in sorted(self.permissions)]

    def content(self, project_number: str) -> dict[str, Any]:
        """Everything in the rule but its title, under the names that Terraform has, sorted where the order means nothing."""
        identities = self.identities and in_order(map(limits.ingress_identity.unless_reference, self.identities))
        return {
            "identities": identities,
            "identity_type": ANY_IDENTITY if self.identities is None else None,
            "access_level": self.level.name,
            "resources": [f"projects/{limits.project_number.unless_reference(project_number)}"],
            "services": dict.fromkeys(sorted(self.services), self.selectors),
        }

    def titled(self, prefix: str, project_number: str) -> str:
        """The title where rules are resources: PREFIX: TITLE (DIGEST). Other content is another title, and so another rule.

        The provider writes a changed rule without an etag, which loses other teams' changes; it never changes a rule that
        has another title (docs/decisions/041-joined-perimeters.md).
        """
        content = json.dumps(self.content(project_number), sort_keys=True)
        if is_reference(content):
            raise ValueError(
                f"ingress rule {self.title!r}: got a reference; allowed: literals, of which the title contains a digest"
            )
        digest = hashlib.sha256(content.encode()).hexdigest()[:DIGITS]
        title: str = limits.ingress_title(f"{prefix}: {self.title} ({digest})")
        return title


def ingress_blocks(rule: IngressRule, project_number: str, named: Callable[[str], Any]) -> dict[str, Any]:
    """`ingress_from` and `ingress_to` of a rule; `named` gives the class whose name ends so."""
    content = rule.content(project_number)
    operations = [
        named("IngressToOperations")(
            service_name=service,
            method_selectors=[named("IngressToOperationsMethodSelectors")(**one) for one in selectors],
        )
        for service, selectors in content["services"].items()
    ]
    return {
        "ingress_from": named("IngressFrom")(
            sources=[named("IngressFromSources")(access_level=content["access_level"])],
            identities=content["identities"],
            identity_type=content["identity_type"],
        ),
        "ingress_to": named("IngressTo")(resources=content["resources"], operations=operations),
    }
