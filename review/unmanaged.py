"""What exists already and is only named here: a destroy leaves it as it is."""

import re
from collections.abc import Iterator

from access.changes import CUSTOM_ROLE, INSTANCE, POOL

from .blocks import Block

_CUSTOM = re.compile(r"(projects|organizations)/[^/]+/roles/[^/]+")


def unmanaged(stacks: list[Block]) -> Iterator[str]:
    """A line for each thing: what it is, and what is not checked of it."""
    for account in _values(stacks, "data.google_service_account", "account_id"):
        yield f"service account {account}: two grants are made; its keys, other roles and other users are not checked"
    made = {f"projects/{one.body.get('project')}/roles/{one.body.get('role_id')}" for one in _of(stacks, CUSTOM_ROLE)}
    for role in _values(stacks, "google_project_iam_member", "role"):
        if _CUSTOM.fullmatch(role) and role not in made:
            yield f"role {role}: it needs aiplatform.endpoints.predict; its permissions are not checked"
    for project in _values(stacks, POOL, "project"):
        if project not in _values(stacks, "provider.google", "project"):
            what = "pool and provider are made there, and iam and sts enabled"
            yield f"project {project}: {what}; its other pools and grants are not checked, and it is in no perimeter here"
    for profile in _values(stacks, "data.aws_iam_instance_profile", "name"):
        yield f"instance profile {profile}: what its role may do, and who else may assume it, is not checked"
    for subnet in _values(stacks, "data.aws_subnet", "id"):
        yield f"subnet {subnet}: its routes, and from which addresses they leave, are not checked"
    for group in _values(stacks, INSTANCE, "vpc_security_group_ids[]"):
        if group.startswith("sg-"):
            yield f"security group {group}: its rules are not checked"
    for key in _values(stacks, INSTANCE, "root_block_device.kms_key_id"):
        yield f"key {key}: who may use it is not checked"
    for channel in _values(stacks, "google_monitoring_alert_policy", "notification_channels[]"):
        yield f"notification channel {channel}: whether it is enabled, and whom it tells, is not checked"


def _of(stacks: list[Block], kind: str) -> list[Block]:
    return [block for block in stacks if block.kind == kind]


def _values(stacks: list[Block], kind: str, path: str) -> list[str]:
    return sorted({str(value) for block in _of(stacks, kind) for value in block.values(path)})
