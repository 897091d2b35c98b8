"""What breaks a rule: in stacks every rule is asked, in plans, states and what gcloud describes the absolute ones."""

from collections.abc import Mapping
from typing import Any

from access.inputs import Part, part
from access.invariants import breaches
from access.lint import Finding
from access.world import world
from review import documents
from review.blocks import blocks
from review.diff.side import readable
from review.safe import Secrets, text
from review.unexpected import unexpected


def findings(inputs: Mapping[str, Any]) -> list[Finding]:
    """The findings of one environment's JSON, by where it is from: escaped, and without values that may be secret.

    Raises access.errors.Unreadable for JSON of another shape.
    """
    secrets = Secrets()
    parts = {name: part(document, name) for name, document in inputs.items()}
    providers = (one for read in parts.values() for one in read.providers)
    found = list(breaches([*world(list(parts.values())).objects, *providers]))
    for name, read in parts.items():
        found += _unexpected(read, inputs[name], secrets)
    masked = secrets.masked(one.found for one in found)
    return [Finding(one.rule, text(one.address), text(said)) for one, said in zip(found, masked, strict=True)]


def _unexpected(read: Part, document: Any, secrets: Secrets) -> list[Finding]:
    """What the kit does not write in a stack. Of a plan and a state the secrets are noted, so that they are masked."""
    if read.stack:
        return [one for _, one in unexpected(list(blocks(documents.stack(document, secrets))))]
    if not read.described:
        readable(document, secrets)
    return []
