"""What a plan does to the disks of instances: a disk cannot shrink, and another key waits for a new instance. Pure."""

from collections.abc import Iterator
from typing import Any

from access.changes import INSTANCE, Change, changes
from access.values import block
from review.command import command, terraform

DISK = "root_block_device"


def shrunk(change: Change) -> str:
    """The sizes of a disk that would become smaller in place, as "20 to 10 GiB"; empty for any other change."""
    before, after = (block(side, DISK)[0].get("volume_size") for side in (change.before, change.after))
    smaller = isinstance(before, int) and isinstance(after, int) and after < before
    return f"{before} to {after} GiB" if smaller and "update" in change.actions else ""


def notices(environment: str, stack: str, plan: dict[str, Any]) -> Iterator[str]:
    """Each disk that keeps another key than the settings name, and the commands that rebuild its instance."""
    wanted = _wanted(plan)
    for change in changes(plan, INSTANCE):
        key = block(change.before, DISK)[0].get("kms_key_id")
        if change.after and not change.loss and key and wanted.get(change.address, key) != key:
            rebuild = f"{terraform(environment, stack, 'taint', change.address)} && {command(environment, 'deploy')}"
            yield (
                f"{change.address}: its disk keeps the key {key}. {wanted[change.address]} of the settings counts when the "
                f"instance is built. This rebuilds it, and deletes its disk: {rebuild}"
            )


def _wanted(plan: dict[str, Any]) -> dict[str, str]:
    """The keys that the configuration names, by the instance's address."""
    resources = plan.get("configuration", {}).get("root_module", {}).get("resources", [])
    return {
        one["address"]: disk["kms_key_id"]["constant_value"]
        for one in resources
        for disk in one.get("expressions", {}).get(DISK, [])
        if "constant_value" in disk.get("kms_key_id", {})
    }
