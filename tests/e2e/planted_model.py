"""Mistakes that the model of Google's decisions could have."""

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import pytest

from localcloud.google import perimeter_check as admission
from policy import decision, iam, identity, levels, matching, rest, trust


def _patched(target: Any, name: str, wrong: Callable[..., Any]) -> Callable[[pytest.MonkeyPatch], None]:
    """Plants in `target.name` what `wrong` makes of the right one."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(target, name, wrong(getattr(target, name)))

    return plant


def _nothing_of(*fields: str) -> Callable[..., Any]:
    def wrong(right: Any) -> Any:
        return lambda *given: dataclasses.replace(right(*given), **dict.fromkeys(fields, ()))

    return wrong


def _any_address(_: Any) -> Any:
    return lambda *_: levels.Truth(True)


def _one_address_is_enough(right: Any) -> Any:
    return lambda address, cidrs: right(
        address, [re.sub(r"/\d+$", "/24", c) if ":" not in c and c.endswith("/32") else c for c in cidrs]
    )


MODEL_BUGS: dict[str, tuple[str, Callable[[pytest.MonkeyPatch], None]]] = {
    "rules whose source is not looked at": ("several", _patched(matching, "_sources", _any_address)),
    "rules whose identity is not looked at": ("several", _patched(matching, "_identity", lambda _right: lambda *_: True)),
    "rules whose target is not looked at": ("ladder", _patched(matching, "concerns", lambda _right: lambda *_: True)),
    "rules that nothing matches": ("on-premises", _patched(decision, "matches", lambda _right: lambda *_: levels.Truth(False))),
    "conditions that are not evaluated": ("example", _patched(trust, "_value", lambda right: lambda what, *given: "condition" in what or right(what, *given))),
    "members that match by their beginning": ("several", _patched(identity.Identity, "matches", lambda _: lambda self, member: any(one.startswith(member[:-3]) for one in self.principals))),
    "groups that match no one": ("on-premises", _patched(identity.Identity, "matches", lambda right: lambda self, member: not member.startswith("group:") and right(self, member))),
    "every permission granted to who has one": ("example", _patched(iam, "permits", lambda _right: lambda *_: True)),
    "nothing granted": ("direct", _patched(iam, "allows", lambda _right: lambda *_: None)),
    "status read for spec": ("proposal", _patched(rest, "perimeter", lambda right: lambda *given: dataclasses.replace(right(*given), spec=right(*given).status))),
    "a dry run that is enforced": ("direct", _patched(rest, "perimeter", lambda right: lambda *given: dataclasses.replace(right(*given), status=right(*given).spec))),
    "a dry run that is not written down": ("direct", _patched(decision.Decision, "dry_run_violation", lambda _: False)),
    "restricted services that are none": ("article", _patched(rest, "configuration", _nothing_of("restricted_services"))),
    "single addresses taken for their neighbourhood": ("several", _patched(levels, "_in_subnetworks", _one_address_is_enough)),
    "addresses that are not looked at": ("on-premises", _patched(levels, "_in_subnetworks", _any_address)),
}  # fmt: skip


def forget_decisions() -> None:
    """What the model keeps was decided with, or without, a bug."""
    admission._model.cache_clear()
    trust._outcome.cache_clear()
