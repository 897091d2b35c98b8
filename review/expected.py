"""Everything that the kit writes, by section of the review: resources as their descriptions have them, and other blocks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from resources import RESOURCES

Types = dict[str, Mapping[str, str]]

_TOLD = {"description": "*", "value*": "*"}
_OTHERS: dict[str, Types] = {
    "addresses": {
        "data.aws_eip": {"id": "!="},
        "output.egress_cidrs": {"description": "*", "value[]": "!="},
    },
    "instances": {
        "data.aws_iam_instance_profile": {
            "name": "!=",
            "lifecycle.postcondition[].condition": "!=",
            "lifecycle.postcondition[].error_message": "*",
        },
    },
    "others": {
        "data.aws_caller_identity": {"": "{}"},
        "data.aws_ssm_parameter": {
            "name": r"!/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-(arm64|x86_64)"
        },
        "data.aws_subnet": {
            "id": "!=",
            "lifecycle.postcondition[].condition": "!=",
            "lifecycle.postcondition[].error_message": "*",
        },
        "provider.aws": {
            "allowed_account_ids[]": "!=",
            "region": "!=",
            "default_tags[].tags.*": "*",
            "assume_role[].role_arn": "=",
            "assume_role[].external_id": "=",
        },
        "data.google_service_account": {"account_id": "!=", "depends_on[]": "*"},
        "data.google_project": {
            "project_id": "&",
            "lifecycle.postcondition[].condition": r'!\$\{self\.number == "\d+"\}',
            "lifecycle.postcondition[].error_message": "*",
        },
        "data.terraform_remote_state": {"backend": "!=", "config.*": "="},
        "provider.google": {
            "project": "!=",
            "billing_project": "!=",
            "impersonate_service_account": "=",
            "user_project_override": "!true",
            "default_labels.*": "*",
        },
        "terraform": {
            "backend.local.path": "=",
            "backend.s3.bucket": "=",
            "backend.s3.key": "=",
            "backend.s3.region": "=",
            "backend.s3.encrypt": "+true",
            "backend.s3.use_lockfile": "=",
            "backend.s3.kms_key_id": "=",
            "backend.s3.dynamodb_table": "=",
            "backend.s3.assume_role.*": "=",
            "backend.gcs.*": "=",
            "cloud.*": "=",
            "required_providers.aws.source": "aws",
            "required_providers.google.source": "google",
            "required_providers.aws.version": "=",
            "required_providers.google.version": "=",
            "required_version": "*",
        },
        "locals": {"command_*": "#"},
        "removed": {"from": "!=", "lifecycle.destroy": "!false"},
        "output.callers": _TOLD,
        "output.client_environment": _TOLD,
        "output.credential_documents": _TOLD,
        "output.dry_run_violations_filter": _TOLD,
        "output.enforced_violations_filter": _TOLD,
        "output.hand_over": _TOLD,
        "output.instance_ids": _TOLD,
        "output.perimeter_changes_filter": _TOLD,
        "output.role_unique_ids": _TOLD,
        "output.tampering_filters": _TOLD,
    },
}
"""Blocks that are no resources."""
SECTIONS: dict[str, Types] = {
    title: {kind: one.arguments for kind, one in RESOURCES.items() if one.section == title} | _OTHERS.get(title, {})
    for title in ("granted", "trusted", "addresses", "perimeter", "instances", "others")
}
TYPES: Types = {kind: arguments for section in SECTIONS.values() for kind, arguments in section.items()}


@dataclass(frozen=True)
class Rule:
    """What an argument may be: see resources/description.py."""

    sign: str
    required: str

    def fits(self, value: str, project: str = "", pools: frozenset[str] = frozenset()) -> bool:
        """Whether the value is one that the kit writes there. `pools` are the projects of workload identity pools."""
        if self.sign in ("=", "#", "*"):
            return True
        if self.sign in ("@", "&"):
            return value == project or (self.sign == "&" and value in pools)
        return re.fullmatch(self.sign, value) is not None


@cache
def rules(kind: str) -> dict[str, Rule]:
    """The arguments of a type; empty for one that the kit never writes."""
    return {
        path: Rule(rule.lstrip("!+") or rule, rule[0] if rule[0] in "!+" else "")
        for path, rule in TYPES.get(kind, {}).items()
    }


def rule(kind: str, path: str) -> Rule | None:
    """The rule for one argument, or None: the kit never writes it."""
    known = rules(kind)
    whole = (found for pattern, found in known.items() if pattern.endswith("*") and path.startswith(pattern[:-1]))
    return known.get(path) or next(whole, None)
