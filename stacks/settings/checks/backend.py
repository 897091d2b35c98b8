"""Where state is kept."""

from collections.abc import Iterator

from constructs_lib import limits
from stacks.settings.checks.common import listed
from stacks.settings.derived import Settings
from stacks.settings.problems import Problem, from_limit

BACKEND_KEYS = {"local": (), "s3": ("bucket", "region"), "gcs": ("bucket",), "cloud": ("organization",)}
BUCKETS = {"s3": limits.s3_bucket_name, "gcs": limits.gcs_bucket_name}


def backend(settings: Settings) -> Iterator[Problem]:
    backend = settings.backend
    allowed = BACKEND_KEYS[backend.type]
    for name in ("bucket", "region", "organization"):
        value = getattr(backend, name)
        if name in allowed and not value:
            yield Problem(("backend", name), f'missing; type = "{backend.type}" needs it')
        if name not in allowed and value is not None:
            yield Problem(
                ("backend", name),
                f'has no effect: type = "{backend.type}" takes {listed(allowed) or "no further key"}',
            )
    if backend.bucket and backend.type in BUCKETS:
        try:
            BUCKETS[backend.type](backend.bucket)
        except limits.LimitError as error:
            yield from_limit(("backend", "bucket"), error)
