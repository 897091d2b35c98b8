"""Google stacks to hold against the real provider: every environment, and what no environment shows."""

import json
from functools import cache, partial

from tests.synthesis import ENVIRONMENTS, environment
from tests.terraform.google_stacks import DRY_RUN, ENFORCED, EXISTING_POLICY, NONE, google_stack
from tests.terraform.support import HERE

AUDIT = "[audit]\nalert = true\ndata_access_logs = true"
EVERY_SERVICE = """
[perimeter]
dry_run = false
restricted_services = ["aiplatform.googleapis.com", "sts.googleapis.com", "iamcredentials.googleapis.com"]
[perimeter.proposed]
restricted_services = ["aiplatform.googleapis.com", "bigquery.googleapis.com"]
egress_cidrs = ["203.0.113.8/32"]
any_identity = true
[perimeter.deployer]
identities = ["serviceAccount:terraform@my-project.iam.gserviceaccount.com"]
cidrs = ["198.51.100.7/32"]
"""
IMPERSONATING = 'name = "app"\nrole_name = "app"\nrole_unique_id = "AROAEXAMPLEEXAMPLE123"'
DISABLED = 'name = "app"\nauth = "direct"\nrole_name = "app"\ndisabled = true'
OUTWARD = """
dry_run = false
restricted_services = ["aiplatform.googleapis.com", "storage.googleapis.com"]
accessible_services = ["RESTRICTED-SERVICES"]
[[perimeter.egress]]
name = "prompts"
projects = ["456789012346", "456789012345"]
services = ["storage.googleapis.com"]
methods = ["google.storage.objects.list", "google.storage.objects.get"]
workloads = ["app"]
"""
VARIANTS = {
    "enforced": partial(google_stack, ENFORCED),
    "dry-run": partial(google_stack, DRY_RUN),
    "no-perimeter": partial(google_stack, NONE),
    "existing-policy": partial(google_stack, ENFORCED, policy=EXISTING_POLICY),
    "every-service": partial(google_stack, EVERY_SERVICE, workload=IMPERSONATING),
    "disabled": partial(google_stack, DRY_RUN, workload=DISABLED),
    "audit": partial(google_stack, DRY_RUN, more=AUDIT),
    "any-identity": partial(google_stack, f"{ENFORCED}\nany_identity = true"),
    "egress": partial(google_stack, f"[perimeter]{OUTWARD}"),
    "shared": partial(google_stack, f"[perimeter]\nshared = true{OUTWARD}", policy=EXISTING_POLICY),
}
EVERY_STACK = [*ENVIRONMENTS, *VARIANTS]


@cache
def every_stack(name: str) -> str:
    """The JSON of one of EVERY_STACK, synthesized when a test asks for it: each worker collects all tests."""
    return VARIANTS[name]() if name in VARIANTS else json.dumps(environment(name, HERE).google)
