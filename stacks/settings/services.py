"""The services that rules speak of."""

from collections.abc import Iterable

from stacks.settings.derived import Settings

GEMINI = "aiplatform.googleapis.com"
STS = "sts.googleapis.com"
IAM_CREDENTIALS = "iamcredentials.googleapis.com"
STORAGE = "storage.googleapis.com"
# Restricting one of these locks out the deployer, unless an ingress rule admits it.
MANAGEMENT = frozenset(
    f"{name}.googleapis.com"
    for name in (
        "accesscontextmanager",
        "cloudresourcemanager",
        "iam",
        "iamcredentials",
        "logging",
        "monitoring",
        "serviceusage",
        "sts",
    )
)


def used_by_terraform(settings: Settings, restricted: Iterable[str] | None) -> list[str]:
    """Those of the restricted services that Terraform itself uses, sorted; with state in a bucket, Storage too."""
    state = {STORAGE} if settings.backend.type == "gcs" else set()
    return sorted(set(restricted or ()) & (MANAGEMENT | state))
