"""Terraform references in place of literals: which values pass unread, and what keeps them honest."""

from collections.abc import Callable, Iterable

import jsii
from cdktf import TerraformStack
from constructs import Construct, IValidation

from constructs_lib.limits import Limit
from constructs_lib.limits.rule import is_reference as is_reference


def checked(scope: Construct, rule: Limit | Callable[[str], str], value: str) -> str:
    """The value under its rule. A reference passes unread, and may not be to another stack: `synth` ends with an error then."""
    if not is_reference(value):
        return rule(value)
    stack = TerraformStack.of(scope)
    if not stack.node.try_find_child(_OwnReferences.ID):
        _OwnReferences(stack)
    return value


def in_order(values: Iterable[str]) -> list[str]:
    """Literals sorted, then references as they were given: the text of a token changes with what is built before it."""
    given = list(dict.fromkeys(values))
    return [*sorted(one for one in given if not is_reference(one)), *(one for one in given if is_reference(one))]


@jsii.implements(IValidation)
class _OwnReferences(Construct):
    """Refuses what cdktf makes of a reference into another stack: a sensitive output, which a reviewer cannot read."""

    ID = "own-references"
    _READ = "cross-stack-reference-input-"
    _OUTPUT = "cross-stack-output-"

    def __init__(self, stack: TerraformStack) -> None:
        super().__init__(stack, self.ID)
        self._stack = stack
        self.node.add_validation(self)

    def validate(self) -> list[str]:
        """One error for each value of another stack that this one reads without an output that somebody declared."""
        read = {child.node.id.removeprefix(self._READ) for child in self._stack.node.children}
        others = [
            one for one in self.node.root.node.find_all() if isinstance(one, TerraformStack) and one.node.id in read
        ]
        return [
            f"{child.node.id.removeprefix(self._OUTPUT)} of stack {other.node.id!r} is referred to from another stack, "
            f"which hides the value from reviewers; declare a TerraformOutput of it in {other.node.id!r}, and read it "
            "through DataTerraformRemoteState"
            for other in others
            for child in other.node.children
            if child.node.id.startswith(self._OUTPUT)
        ]
