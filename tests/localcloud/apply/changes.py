"""A document with changes, and what an apply asked for."""

import copy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from localcloud.cloud import LocalCloud

READ = re.compile(r"^(GET |.*#(Describe|Get|List)|.*:getIamPolicy)")


def changed(document: dict[str, Any], kind: str, **arguments: Any) -> dict[str, Any]:
    """The stack with these arguments in its first resource of a type; None takes one away."""
    result = copy.deepcopy(document)
    first = next(iter(result["resource"][kind].values()))
    first.update(arguments)
    return result


def unprotected(document: dict[str, Any]) -> dict[str, Any]:
    """The stack without prevent_destroy and deletion_policy PREVENT."""
    result = copy.deepcopy(document)
    for named in result["resource"].values():
        for body in named.values():
            body.get("lifecycle", {}).pop("prevent_destroy", None)
            if "deletion_policy" in body:
                body["deletion_policy"] = "DELETE"
    return result


@contextmanager
def writes(cloud: LocalCloud) -> Iterator[list[str]]:
    """Requests within the block that are no mere reads, filled when it ends."""
    before, found = len(cloud.journal.entries()), list[str]()
    yield found
    lines = [entry["operation"] for entry in cloud.journal.entries("request", before)]
    found += [line for line in lines if not READ.match(line)]
