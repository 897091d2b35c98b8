"""What ingress and egress rules have in common: a title, selectors, and the digest that a title has where rules are resources."""

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

from constructs_lib import limits
from constructs_lib.references import is_reference

DIGITS = 8
"""Of the SHA-256, in hexadecimal."""


class Rule:
    """A rule of a perimeter. `title` is unique in its perimeter, ingress and egress together, and has at most 100 characters."""

    title: str

    def content(self, project_number: str) -> dict[str, Any]:
        """Everything in the rule but its title, under the names that Terraform has, sorted where the order means nothing."""
        raise NotImplementedError

    def titled(self, prefix: str, project_number: str) -> str:
        """The title where rules are resources: PREFIX: TITLE (DIGEST). Other content is another title, and so another rule.

        The provider writes a changed rule without an etag, which loses other teams' changes; it never changes a rule that
        has another title (docs/decisions/041-joined-perimeters.md).
        """
        content = json.dumps(self.content(project_number), sort_keys=True)
        if is_reference(content):
            raise ValueError(
                f"rule {self.title!r}: got a reference; allowed: literals, of which the title contains a digest"
            )
        digest = hashlib.sha256(content.encode()).hexdigest()[:DIGITS]
        title: str = limits.rule_title(f"{prefix}: {self.title} ({digest})")
        return title

    def attributes(self, project_number: str) -> int:
        """How many of a configuration's attributes it takes ("VPC Service Controls quotas"): a workload's rule takes 4."""
        content = self.content(project_number)
        lists = [content["identities"] or (), content["resources"], *content["services"].values()]
        return sum(map(len, lists)) + ("access_level" in content)


def selectors(methods: Iterable[str], permissions: Iterable[str] = ()) -> list[dict[str, str]]:
    """What narrows the calls, sorted: the order of a list is a diff. A selector has exactly one of `method` and `permission`."""
    return [{"method": one} for one in sorted(methods)] + [{"permission": one} for one in sorted(permissions)]


def operations(content: dict[str, Any], direction: str, named: Callable[[str], Any]) -> list[Any]:
    """The operations of a rule's content; `direction` is Ingress or Egress."""
    return [
        named(f"{direction}ToOperations")(
            service_name=service,
            method_selectors=[named(f"{direction}ToOperationsMethodSelectors")(**one) for one in each],
        )
        for service, each in content["services"].items()
    ]
