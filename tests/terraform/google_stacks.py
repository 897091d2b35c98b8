"""Google stacks that stand alone: direct access from given addresses, so that no other stack's state is read.

No service account either, unless asked for: the provider sleeps 10 s for each.
"""

import json
import tempfile
import tomllib
from functools import cache
from pathlib import Path

from main import synthesize
from stacks.settings.load import parse
from tests.terraform import support

OWN_POLICY = 'organization_id = "123456789012"'
EXISTING_POLICY = 'access_policy = "987654321"'
ENFORCED = "[perimeter]\ndry_run = false"
DRY_RUN = "[perimeter]\ndry_run = true"
NONE = ""


@cache
def google_stack(
    perimeter: str = ENFORCED,
    *,
    policy: str = OWN_POLICY,
    prefix: str = "demo",
    project_number: str = "345678901234",
    workload: str = 'name = "app"\nauth = "direct"\nrole_name = "app"',
    aws: str = 'egress_cidrs = ["203.0.113.7/32"]',
    more: str = "",
    versions: str = support.HERE,
) -> str:
    """The Google stack's JSON, as text."""
    text = f"""
prefix = "{prefix}"
[aws]
region = "ap-northeast-1"
account_id = "123456789012"
{aws}
[google]
project_id = "my-project"
project_number = "{project_number}"
{policy if perimeter else ""}
[[workload]]
{workload}
{perimeter}
{more}
{versions}
"""
    with tempfile.TemporaryDirectory() as folder:
        synthesize(parse(tomllib.loads(text), "test.toml"), "test", folder)
        return Path(folder, "stacks", f"{prefix}-google", "cdk.tf.json").read_text()


def edited(stack: str, kind: str, **values: object) -> str:
    """A stack whose resources of a type have these attributes instead: what the kit itself would not write."""
    document = json.loads(stack)
    for body in document["resource"][kind].values():
        body.update(values)
    return json.dumps(document)


def access_only(stack: str) -> str:
    """A stack without everything but policy, levels and perimeter: it is applied in a second, not in twenty."""
    document = json.loads(stack)
    every = document.pop("resource")
    kept = {kind: every[kind] for kind in every if kind.startswith("google_access_context_manager_")}
    for named in kept.values():
        for body in named.values():
            body["depends_on"] = [other for other in body.get("depends_on", ()) if other.split(".")[0] in kept]
    return json.dumps({**document, **({"resource": kept} if kept else {})})
