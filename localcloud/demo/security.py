"""The settings file of the security team, which owns a perimeter that others join, and may call a project outside of it."""

from .settings import DRY_RUN, word

POLICY = "987654321"
PERIMETER = f"accessPolicies/{POLICY}/servicePerimeters/shared_perimeter"
SECURITY, PARTNER, OTHER = (
    ("security-project", "100000000001"),
    ("partner", "100000000004"),
    ("elsewhere", "100000000005"),
)
"""The security team's project, which is in the perimeter, and two that are not."""
JOBS = "team-jobs@security-project.iam.gserviceaccount.com"
"""The service account of the security team's workload, which exists before."""
ACCOUNT = "123456789012"


def owner(mode: str) -> str:
    """The security team's environment: environments/owner.toml with a workload, which may call project partner."""
    project, number = SECURITY
    return f"""
prefix = "shared"
[aws]
region = "ap-northeast-1"
account_id = "{ACCOUNT}"
egress_cidrs = ["203.0.113.8/32"]
[google]
project_id = "{project}"
project_number = "{number}"
access_policy = "{POLICY}"
[[workload]]
name = "jobs"
role_name = "lambda-jobs"
service_account_email = "{JOBS}"
[perimeter]
shared = true
dry_run = {word(mode == DRY_RUN)}
[[perimeter.egress]]
name = "partner"
projects = ["{PARTNER[1]}"]
services = ["aiplatform.googleapis.com"]
methods = ["*"]
workloads = ["jobs"]
"""
