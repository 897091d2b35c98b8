"""What the kit does not write: a type, an argument, or a value where only some are safe. And what it always writes.

It is the other half of the review: what the sections do not show is either here, or known to say nothing of who may
call what, from where.
"""

from collections.abc import Iterator

from access.changes import LEVEL, PERIMETER, POLICY, POOL
from access.lint import Finding, LintRule
from constructs_lib.limits import LimitError, knows_deletion_policy
from review.lint.rules import DELETION, MISSING, NEITHER, TYPE, UNHELD, UNPREVENTED, UNTESTED, VALUE

from .blocks import Block, text
from .descriptions import LIST
from .expected import rule, rules

CONSTRAINT = "required_providers.google.version"


def unexpected(stack: list[Block]) -> Iterator[tuple[Block, Finding]]:
    """Every finding, with the block that has it."""
    yield from ((block, Finding(rule, block.address, found)) for block, rule, found in _found(stack))


def _found(stack: list[Block]) -> Iterator[tuple[Block, LintRule, str]]:
    projects = [str(value) for block in stack if block.kind == "provider.google" for value in block.values("project")]
    project = projects[0] if projects else ""
    pools = frozenset(str(value) for block in stack if block.kind == POOL for value in block.values("project"))
    for block in stack:
        if not rules(block.kind):
            yield block, TYPE, f"the kit writes nothing of this type: {text(block.body)}"
            continue
        for path, value in block.arguments:
            known = rule(block.kind, path)
            if known is None or not known.fits(value if isinstance(value, str) else text(value), project, pools):
                yield block, VALUE, f"{path} is {text(value)}"
        yield from ((block, MISSING, f"{path} is missing") for path in _missing(block))
        yield from ((block, *why) for why in _contradictions(block))
    protected = [one for one in stack if one.kind in (PERIMETER, POLICY)]
    if _writes_deletion_policy(stack):
        missing = (one for one in protected if "deletion_policy" not in one.body)
        yield from ((one, DELETION, "deletion_policy is missing") for one in missing)
    policies = {str(block): block.body.get("deletion_policy") for block in protected}
    if len(set(policies.values())) > 1:
        differing = ", ".join(f"{name} has {value}" for name, value in policies.items())
        yield (
            protected[0],
            DELETION,
            f"deletion_policy is not the same in a perimeter and its policy: {differing}",
        )


def _writes_deletion_policy(stack: list[Block]) -> bool:
    """Whether the kit writes `deletion_policy` for the stack's constraint; it does for one that cannot be read."""
    wanted = [value for one in stack if one.kind == "terraform" for value in one.values(CONSTRAINT)]
    try:
        return all(knows_deletion_policy(str(value)) for value in wanted)
    except LimitError:
        return True


def _missing(block: Block) -> Iterator[str]:
    paths = {path for path, _ in block.arguments}
    others = block.values("lifecycle.ignore_changes[]") if block.kind == PERIMETER else ()
    ignored = [str(value).replace("[0]", "") for value in others]
    for path, known in rules(block.kind).items():
        outer = path.rpartition(".")[0]
        there = any(each.startswith(f"{outer}.") for each in paths)
        if (
            path not in paths
            and path.removesuffix("[]") not in ignored
            and (known.required == "!" or (known.required == "+" and there))
        ):
            yield path


def _contradictions(block: Block) -> Iterator[tuple[LintRule, str]]:
    """What only several arguments together tell."""
    body = block.body
    if block.kind == LEVEL and block.values(LIST) and len(set(block.values("lifecycle.precondition[].condition"))) != 2:
        yield UNHELD, "a list of addresses that is not known yet, without the two preconditions that hold it"
    if block.kind == PERIMETER:
        if "status" in body and not block.values("lifecycle.prevent_destroy"):
            yield UNPREVENTED, "enforced, without prevent_destroy"
        if "spec" in body and not body.get("use_explicit_dry_run_spec"):
            yield UNTESTED, "a spec without use_explicit_dry_run_spec"
        if not body.get("status") and not body.get("spec"):
            yield NEITHER, "neither enforced nor a dry run"
        if body.get("deletion_policy") not in (None, "PREVENT" if "status" in body else "DELETE"):
            mode = "enforced" if "status" in body else "not enforced"
            yield DELETION, f"{mode}, with deletion_policy {body['deletion_policy']}"
