"""Where state is kept."""

from collections.abc import Iterator

from constructs_lib import limits
from stacks.settings.checks.common import listed
from stacks.settings.derived import Settings
from stacks.settings.models import Backend
from stacks.settings.problems import Problem, from_limit

BACKEND_KEYS = {"local": (), "s3": ("bucket", "region"), "gcs": ("bucket",), "cloud": ("organization",)}
OPTIONAL_KEYS = {
    "local": (),
    "s3": ("prefix", "kms_key", "use_lockfile", "dynamodb_table", "assume_role"),
    "gcs": ("prefix", "kms_key", "impersonate_service_account"),
    "cloud": ("project",),
}
KMS_KEYS = {"s3": limits.state_kms_key_arn, "gcs": limits.kms_crypto_key}
BUCKETS = {"s3": limits.s3_bucket_name, "gcs": limits.gcs_bucket_name}


def backend(settings: Settings) -> Iterator[Problem]:
    backend = settings.backend
    needed = BACKEND_KEYS[backend.type]
    allowed = (*needed, *OPTIONAL_KEYS[backend.type])
    for name in sorted(set(Backend.model_fields) - {"type"}):
        value = getattr(backend, name)
        if name in needed and not value:
            yield Problem(("backend", name), f'missing; type = "{backend.type}" needs it')
        if name not in allowed and value is not None:
            yield Problem(
                ("backend", name),
                f'has no effect: type = "{backend.type}" takes {listed(allowed) or "no further key"}',
            )
    if backend.use_lockfile is False and not backend.dynamodb_table:
        yield Problem(("backend", "use_lockfile"), "false without dynamodb_table: nothing would lock the state")
    for name, rules in (("bucket", BUCKETS), ("kms_key", KMS_KEYS)):
        if (value := getattr(backend, name)) and backend.type in rules:
            try:
                rules[backend.type](value)
            except limits.LimitError as error:
                yield from_limit(("backend", name), error)
