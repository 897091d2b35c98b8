"""Everything that the kit writes, by section of the review."""

import re
from dataclasses import dataclass
from functools import cache

from . import known_aws, known_google
from .known_types import Types

_TOLD = {"description": "*", "value*": "*"}
_STACK: Types = {
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
}
SECTIONS: dict[str, Types] = {
    "granted": known_google.GRANTED,
    "trusted": known_google.TRUSTED,
    "addresses": {**known_google.LEVELS, **known_aws.WAY_OUT},
    "perimeter": known_google.PERIMETER,
    "instances": known_aws.INSTANCES,
    "others": {**known_aws.OTHERS, **known_google.OTHERS, **_STACK},
}
TYPES: Types = {kind: arguments for section in SECTIONS.values() for kind, arguments in section.items()}


@dataclass(frozen=True)
class Rule:
    """What an argument may be: see known_types."""

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
