"""Resources of types that can decide a call and that nothing here reads: a change to one cannot be decided."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from access import aws, keys
from access.attached import readable
from access.bridges import BRIDGE, REGULAR
from access.changes import LEVEL, PERIMETER, POLICY, POOL, PROVIDER, SERVICE_ACCOUNT
from access.gain import Gain, few
from access.grants import GRANT, ROLES
from access.kinds import decides
from access.objects import Object
from access.values import empty

_READ = {LEVEL, PERIMETER, POOL, PROVIDER, *ROLES, SERVICE_ACCOUNT, *keys.OWNERS}
# Of an access policy the guard reads what matters: its scope and its contents.
_DECIDED_ELSEWHERE = {POLICY, *aws.READ}
_POOL = {"project", "workload_identity_pool_id", "name", "state", "disabled"}
LABELS = {
    *("title", "description", "display_name", "labels", "tags", "tags_all", "id", "etag", "create_time", "update_time"),
    *("timeouts", "deletion_policy", "depends_on", "lifecycle", "provider", "unique_id", "force_destroy"),
}
"""Fields that decide nothing."""


def gains(old: Sequence[Object], new: Sequence[Object]) -> Iterator[Gain]:
    """One for each type of which objects are new, other ones, or no more. An equal one on both sides is not listed."""
    before, after = ({one.address: one for one in objects if _unread(one)} for objects in (old, new))
    found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for address in sorted(before.keys() | after.keys()):
        was, now = _content(before.get(address)), _content(after.get(address))
        if was != now:
            one = after.get(address) or before[address]
            verb = "is new" if not was else "is deleted" if not now else "changes"
            found[one.kind, verb].append((address, f"{was}\n{now}"))
    for (kind, verb), changed in found.items():
        texts = [text for _, text in changed]
        digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
        more = few(address for address, _ in changed[1:])
        what = f"{verb}, and what it decides is not read{f'; so is {more}' if more else ''}"
        yield Gain(changed[0][0], what, "", (f"what {kind} decides ({digest})",))


def _unread(one: Object) -> bool:
    if not decides(one.kind):
        return False
    if one.kind == POOL:
        return any(name not in LABELS and not empty(value) for name, value in _of(one).items())
    unread = one.kind == PERIMETER and one.values.get("perimeter_type") not in (*REGULAR, BRIDGE)
    grant = one.kind.startswith("google_") and one.kind.endswith(GRANT)
    return unread or not (one.kind in _READ or one.kind in _DECIDED_ELSEWHERE or grant or readable(one))


def _content(one: Object | None) -> str:
    if one is None:
        return ""
    return json.dumps(
        {name: _without_stamps(value) for name, value in _of(one).items() if name not in LABELS}, sort_keys=True
    )


def _without_stamps(value: Any) -> Any:
    """Without what Google writes again at each change, such as in the block of an organization policy."""
    if isinstance(value, dict):
        return {name: _without_stamps(inner) for name, inner in value.items() if name not in ("etag", "update_time")}
    return list(map(_without_stamps, value)) if isinstance(value, list) else value


def _of(one: Object) -> dict[str, Any]:
    """Its values; of a pool those that nothing else reads, such as whom it trusts without a provider."""
    if one.kind != POOL:
        return dict(one.values)
    # Google chooses FEDERATION_ONLY where no mode is given: only providers admit callers. The mode is unknown in a first
    # plan (hashicorp/google, iam_workload_identity_pool: mode). What a module writes is not read: another mode may be there.
    chosen = set() if one.address.startswith("module.") else {f"${{{one.address}.mode}}"}
    read = _POOL | ({"mode"} if one.values.get("mode") in {"FEDERATION_ONLY", *chosen} else set())
    return {name: value for name, value in one.values.items() if name not in read}
