"""The order of a list in the settings means nothing: the same bytes, so that a plan cannot change."""

import json
import tomllib
from typing import Any

import pytest

from stacks.settings.load import FOLDER, parse
from tests.synthesis import ENVIRONMENTS, from_settings, tables

EVERY_LIST = """
[aws.network]
zones = ["ap-northeast-1a", "ap-northeast-1c"]
nat = "per-zone"
allocation_ids = { "ap-northeast-1a" = "eipalloc-0123456789abcdef0", "ap-northeast-1c" = "eipalloc-0123456789abcdef1" }
[[workload]]
name = "batch"
zone = "ap-northeast-1a"
[[workload]]
name = "app"
zone = "ap-northeast-1c"
role = "roles/aiplatform.user"
[[workload]]
name = "chat"
auth = "direct"
role_name = "chat"
[[on_premises]]
name = "tokyo"
cidrs = ["198.51.100.0/24", "203.0.113.0/28", "2001:db8::/48"]
identities = ["group:ml@example.com", "user:operator@example.com", "serviceAccount:a@my-project.iam.gserviceaccount.com"]
[[on_premises]]
name = "osaka"
cidrs = ["198.51.100.0/25"]
identities = ["user:z@example.com", "user:a@example.com"]
[client]
https_proxy = "http://proxy.example.com:3128"
no_proxy = ["z.example.com", "a.example.com"]
[perimeter]
dry_run = false
restricted_services = ["sts.googleapis.com", "aiplatform.googleapis.com", "iamcredentials.googleapis.com"]
[perimeter.proposed]
restricted_services = ["storage.googleapis.com", "aiplatform.googleapis.com", "bigquery.googleapis.com"]
egress_cidrs = ["203.0.113.9/32", "203.0.113.8/32"]
[perimeter.deployer]
identities = ["user:z@example.com", "user:a@example.com"]
cidrs = ["198.51.100.9/32", "198.51.100.7/32"]
[audit]
alert = true
notification_channels = ["projects/my-project/notificationChannels/2", "projects/my-project/notificationChannels/1"]
"""
FILES = {
    **{name: tomllib.loads((FOLDER / f"{name}.toml").read_text()) for name in ENVIRONMENTS},
    "every list": tables(EVERY_LIST),
}


def turned(node: Any) -> Any:
    """Every list and every table the other way round."""
    if isinstance(node, dict):
        return {key: turned(node[key]) for key in reversed(node)}
    return [turned(one) for one in reversed(node)] if isinstance(node, list) else node


@pytest.mark.parametrize("name", FILES)
def test_a_lists_order_changes_no_byte(name: str) -> None:
    one, other = (from_settings(parse(each, "test.toml")) for each in (FILES[name], turned(FILES[name])))
    assert json.dumps(one.aws) == json.dumps(other.aws)
    assert json.dumps(one.google) == json.dumps(other.google)
