"""The environments that come with the kit, and four more: every service that a caller asks restricted and enforced, many roles, a
perimeter that is joined and enforced, and one that is shared, with workloads and a rule outwards."""

import tomllib
from typing import Any

from stacks.settings.load import FOLDER
from tests.synthesis import ENVIRONMENTS, Synthesized, environment, synthesized

LADDER = """
prefix = "ladder"
[aws]
region = "ap-northeast-1"
account_id = "123456789012"
egress_cidrs = ["203.0.113.7/32", "203.0.113.9/32"]
[google]
organization_id = "123456789012"
project_id = "my-project"
project_number = "345678901234"
[[workload]]
name = "app"
role_name = "ladder-app"
[[workload]]
name = "function"
role_name = "ladder-function"
auth = "direct"
[[workload]]
name = "stopped"
role_name = "ladder-stopped"
disabled = true
[[on_premises]]
name = "tokyo"
cidrs = ["198.51.100.0/26"]
identities = ["group:ml@example.com"]
[[on_premises]]
name = "osaka"
cidrs = ["198.51.100.64/28"]
identities = ["user:operator@example.com", "serviceAccount:reports@my-project.iam.gserviceaccount.com"]
[perimeter]
dry_run = false
restricted_services = [
    "aiplatform.googleapis.com", "cloudresourcemanager.googleapis.com", "iam.googleapis.com",
    "iamcredentials.googleapis.com", "logging.googleapis.com", "monitoring.googleapis.com",
    "serviceusage.googleapis.com", "storage.googleapis.com", "sts.googleapis.com",
]
[perimeter.deployer]
identities = ["user:deployer@example.com"]
cidrs = ["192.0.2.100/32"]
impersonators = ["user:operator@example.com"]
[backend]
type = "local"
"""
JOINED = """
prefix = "joined"
[aws]
region = "ap-northeast-1"
account_id = "123456789012"
egress_cidrs = ["203.0.113.7/32"]
[google]
project_id = "my-project"
project_number = "345678901234"
[[workload]]
name = "app"
role_name = "joined-app"
[[workload]]
name = "function"
role_name = "joined-function"
auth = "direct"
[[on_premises]]
name = "tokyo"
cidrs = ["198.51.100.0/26"]
identities = ["group:ml@example.com"]
[perimeter]
join = "accessPolicies/987654321/servicePerimeters/shared"
dry_run = false
restricted_services = ["aiplatform.googleapis.com", "iamcredentials.googleapis.com", "sts.googleapis.com"]
[perimeter.deployer]
identities = ["user:deployer@example.com"]
cidrs = ["192.0.2.100/32"]
[backend]
type = "local"
"""
CROWD = """
prefix = "crowd"
[aws]
region = "ap-northeast-1"
account_id = "123456789012"
egress_cidrs = ["203.0.113.7/32"]
[google]
organization_id = "123456789012"
project_id = "my-project"
project_number = "345678901234"
subject = "userid"
[perimeter]
dry_run = false
""" + "".join(
    f'[[workload]]\nname = "w{number}"\nrole_name = "crowd-{number:02}-{"x" * 50}"\nauth = "direct"\n'
    for number in range(34)
)
"""More roles than the condition has room for in clauses; the last one is pinned."""
CROWD += 'role_unique_id = "AROAEXAMPLEEXAMPLE123"\n'
SHARED = (
    LADDER.replace('prefix = "ladder"', 'prefix = "sharer"')
    .replace('organization_id = "123456789012"', 'access_policy = "987654321"')
    .replace("dry_run = false", "shared = true\ndry_run = false")
    + """
[[perimeter.egress]]
name = "prompts"
projects = ["456789012345"]
services = ["storage.googleapis.com"]
methods = ["google.storage.objects.get"]
workloads = ["app", "function"]
"""
)
"""An owner with workloads, people and an egress rule, which admits no caller from outside."""
SOURCES = {"ladder": LADDER, "crowd": CROWD, "joined": JOINED, "sharer": SHARED}
EVERY = [*(name for name in ENVIRONMENTS if name not in ("hand-over", "owner")), *SOURCES]
"""The owner among the environments has no callers. What hands its rule over is not protected before the owner adds it: tests/e2e/test_organization.py."""


def read(name: str) -> tuple[dict[str, Any], Synthesized]:
    """An environment's tables, and its stacks."""
    if text := SOURCES.get(name):
        return tomllib.loads(text), synthesized(base=text)
    return tomllib.loads((FOLDER / f"{name}.toml").read_text()), environment(name)
