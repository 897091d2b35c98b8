"""Synthesized JSON, and the questions that the tests ask of it."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from cdktf import TerraformStack, Testing

REFERENCE = re.compile(r"(?:data\.)?aws_[a-z0-9_]+\.[A-Za-z0-9_-]+")


class Synthesized(dict[str, Any]):
    """A stack's `resource` and `data` blocks by address."""

    def __init__(self, text: str) -> None:
        self.text = text
        document = json.loads(text)
        super().__init__(
            {
                f"{prefix}{kind}.{name}": block
                for prefix, section in (("", "resource"), ("data.", "data"))
                for kind, blocks in document.get(section, {}).items()
                for name, block in blocks.items()
            }
        )

    def of(self, kind: str) -> dict[str, Any]:
        """The blocks of a type, such as 'aws_subnet' or 'data.aws_eip', by address."""
        return {address: block for address, block in self.items() if address.rpartition(".")[0] == kind}

    def the(self, kind: str, part: str = "") -> Any:
        """The one block of the type, or the one whose name contains the part."""
        (block,) = (block for address, block in self.of(kind).items() if part in address)
        return block

    def needs(self, address: str) -> set[str]:
        """Everything that Terraform creates or reads before this address."""
        found: set[str] = set()
        waiting = [address]
        while waiting:
            direct = set(REFERENCE.findall(json.dumps(self[waiting.pop()]))) & set(self) - found
            found |= direct
            waiting += direct
        return found

    def needed_types(self, address: str) -> set[str]:
        return {needed.rpartition(".")[0] for needed in self.needs(address)}


@pytest.fixture
def synth() -> Callable[[Callable[[TerraformStack], Any]], Synthesized]:
    def run(build: Callable[[TerraformStack], Any]) -> Synthesized:
        stack = TerraformStack(Testing.app(), "aws")
        build(stack)
        return Synthesized(Testing.synth(stack))

    return run
