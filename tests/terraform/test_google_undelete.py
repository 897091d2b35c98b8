"""The imports that `make undelete` prints, with the real provider, on a pool and a provider that are already there."""

import json
import shlex
from pathlib import Path

from deploy.stacks import Stack
from deploy.undelete import POOL, PROVIDER, commands
from tests.terraform import support
from tests.terraform.google_fake import google_fake
from tests.terraform.google_stacks import google_stack

pytestmark = support.needs("hashicorp/google")


def test_after_both_imports_nothing_is_made_twice_or_replaced(tmp_path: Path) -> None:
    document = json.loads(google_stack())
    ((pool_id, pool),) = document["resource"][POOL].items()
    ((provider_id, provider),) = document["resource"][PROVIDER].items()
    name = "projects/my-project/locations/global/workloadIdentityPools/demo-aws"
    shown = {"state": "ACTIVE", "name": name, "displayName": pool["display_name"], "description": pool["description"]}
    with google_fake() as fake:
        fake.objects[name] = shown
        fake.objects[f"{name}/providers/demo-aws"] = {
            **shown,
            "name": f"{name}/providers/demo-aws".replace("my-project", "345678901234"),
            "description": provider["description"],
            "attributeCondition": provider["attribute_condition"],
            "attributeMapping": provider["attribute_mapping"],
            "aws": {"accountId": provider["aws"]["account_id"]},
        }
        workspace = support.workspace(tmp_path, ["hashicorp/google"], fake.environment)
        workspace.write(google_stack())
        stack = Stack("demo-google", tmp_path, (), document)
        for kind in (POOL, PROVIDER):
            (line,) = [line for line in commands([stack]) if f"import {kind}." in line]
            workspace.run(*shlex.split(line)[2:])
        changes = workspace.plan().changes
    assert f"{POOL}.{pool_id}" not in changes
    assert f"{PROVIDER}.{provider_id}" not in changes
    assert changes
