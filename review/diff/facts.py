"""What differs and is no access, by the table in access/watched.py, and every other block that differs.

Every block that differs is in an answer at least once: what access explains is not repeated here.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from access.kinds import decides
from access.objects import DATA, OUTPUT, SETTINGS
from access.states import of_state
from access.watched import LONG, named, watched, weight
from review.blocks import Block, blocks, text, without_hashes
from review.diff.found import Finding
from review.diff.side import PLAN, STACK, STATE, Document, Side
from review.expected import rule, rules

Arguments = dict[str, list[str]]
# What `access` decides by: said there, unless it has nothing to say about the resource.
_DECIDED = re.compile(
    r"(status|spec|basic|custom|aws|oidc|saml|x509)\b|attribute_condition|attribute_mapping|members?$|role$|permissions"
    r"|condition\b|policy_data|assume_role_policy|policy$|policy_arn|service_account_id$|project$"
)
_MADE = {"google_service_account", "aws_iam_instance_profile", "google_access_context_manager_access_level"}
"""Types that decide nothing alone: what uses one is said by access."""
_OTHERS = 20
"""How important an argument is that has no meaning in the table: less is more important."""
_MODULE = re.compile(r"^(module\.[\w-]+(\[[^\]]*\])?\.)+")


def facts(old: Side | None, new: Side | None, explained: Iterable[str]) -> tuple[Finding, ...]:
    """The findings, most important first. `explained` are the addresses of which access has something to say."""
    if old is None or new is None or old.kind != new.kind:
        return ()
    said = set(explained)
    before, after = _read(old), _read(new)
    found: list[tuple[int, Finding]] = []
    counted: dict[str, Counter[str]] = {"new": Counter(), "deleted": Counter()}
    for address in dict.fromkeys((*before, *after)):
        was, now = before.get(address), after.get(address)
        if was is None or now is None:
            if not (decides(_kind(address)) and address in said):
                what = "new" if was is None else "deleted"
                if one := _whole(address, what, was or now or {}):
                    found.append(one)
                else:
                    counted[what][_kind(address)] += 1
            continue
        for path in dict.fromkeys((*was, *now)):
            if was.get(path) != now.get(path) and not (address in said and _DECIDED.match(path)):
                found.append(_argument(address, path, was.get(path) or [], now.get(path) or []))
    found += [(60, Finding("", f"{what}: {_counted(kinds)}")) for what, kinds in counted.items() if kinds]
    found.sort(key=lambda one: one[0])
    return tuple(finding for _, finding in found)


def _kind(address: str) -> str:
    """The type of a resource, `data.TYPE` of a look-up, or what else is in a stack."""
    head, _, rest = _MODULE.sub("", address).partition(".")
    return f"{head}.{rest.partition('.')[0]}" if head == DATA else head


def _whole(address: str, what: str, arguments: Arguments) -> tuple[int, Finding] | None:
    """A block that is new or deleted, if it is worth a line; the others are counted by type."""
    kind = _kind(address)
    if kind.partition(".")[0] in (DATA, OUTPUT, SETTINGS):
        return None
    how = None if decides(kind) else watched(kind)
    name = f"{how.what} is" if how else "is"
    said = f": {_listed(arguments)}" if how and what == "new" and arguments else ""
    if what == "new" and not rules(kind):
        return 2, Finding(address, f"{name} new, and the kit writes nothing of this type{said}")
    if how and what == "deleted" and how.deleted:
        return 1, Finding(address, f"{name} deleted: {how.deleted}")
    if how:
        return _OTHERS - 1, Finding(address, f"{name} {what}{said}")
    if decides(kind) and kind not in _MADE:
        return 30, Finding(address, f"is {what}")
    return None


def _listed(arguments: Arguments) -> str:
    return ", ".join(f"{path} {named(values)}" for path, values in sorted(arguments.items()) if path not in LONG)


def _counted(kinds: "Counter[str]") -> str:
    return ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))


def _argument(address: str, path: str, was: list[str], now: list[str]) -> tuple[int, Finding]:
    how = watched(_kind(address))
    fewer, more = list((Counter(was) - Counter(now)).elements()), list((Counter(now) - Counter(was)).elements())
    if how and (meaning := how.changed(path, named(fewer), named(more))):
        return weight(how), Finding(address, meaning)
    return _OTHERS, Finding(address, f"{path}: {named(fewer)} -> {named(more)}")


def _read(side: Side) -> dict[str, Arguments]:
    """By address the arguments that the review shows, with their values; programs are checksums."""
    if side.kind == STACK:
        several = len(side.stacks) > 1
        return {
            _address(block, stack if several else ""): dict(_shown(block))
            for stack, document in side.stacks.items()
            for block in blocks(document)
        }
    return {
        without_hashes(address): dict(_shown(Block(kind, "", values)))
        for document in side.stacks.values()
        for address, kind, values in _resources(document, side.kind)
    }


def _address(block: Block, stack: str) -> str:
    if block.kind in ("terraform",) and stack:
        return f"terraform.{stack}"
    name = without_hashes(block.name)
    return f"{block.kind}.{name}" if name else block.kind


def _resources(document: Document, kind: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    if kind == STATE:
        yield from ((one.address, one.kind, one.values) for one in of_state(document))
        return
    assert kind == PLAN
    for item in document.get("resource_changes") or ():
        change = item.get("change") or {}
        if item.get("mode", "managed") == "managed" and change.get("after") is not None:
            yield item["address"], item["type"], change["after"]


def _shown(block: Block) -> Iterator[tuple[str, list[str]]]:
    values: dict[str, list[str]] = {}
    for path, value in block.arguments:
        known = rule(block.kind, path)
        if known and known.sign == "*":
            continue
        shown = text(value)
        if known and known.sign == "#":
            shown = f"SHA-256 {hashlib.sha256(shown.encode()).hexdigest()[:16]}"
        values.setdefault(path.replace("[]", ""), []).append(shown)
    yield from ((path, sorted(found)) for path, found in values.items())
