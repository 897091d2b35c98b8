"""Terraform's dependency graph, read from synthesized JSON: depends_on, and every reference in a value."""

import json
import re
from typing import Any

from tests.synthesis import addresses


def dependencies(stack: dict[str, Any]) -> dict[str, set[str]]:
    """For each address the addresses that it depends on, directly or not."""
    known = addresses(stack)
    direct = {
        address: {other for other in known if other != address and _mentions(_body(stack, address), other)}
        for address in known
    }
    return {address: _reached(address, direct) for address in known}


def _reached(address: str, direct: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    queue = list(direct[address])
    while queue:
        other = queue.pop()
        if other not in seen:
            seen.add(other)
            queue.extend(direct[other])
    return seen


def _body(stack: dict[str, Any], address: str) -> str:
    data, _, rest = address.rpartition("data.")
    kind, name = rest.split(".", 1)
    body = stack["data" if address.startswith("data.") else "resource"][kind][name]
    depends_on = " ".join(f"${{{item}}}" for item in body.get("depends_on", ()))
    return json.dumps({key: value for key, value in body.items() if key != "depends_on"}) + depends_on


def _mentions(body: str, address: str) -> bool:
    return any(
        re.search(rf"(?<![\w.-]){re.escape(address)}(?![\w-])", part) for part in re.findall(r"\$\{[^}]*\}", body)
    )
