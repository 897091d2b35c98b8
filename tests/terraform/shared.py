"""The stacks of an owner, whose perimeter others join, and of a joiner. Both are of one project, which the owner keeps outside."""

import json
import tempfile
import tomllib
from functools import cache
from pathlib import Path

from localcloud.google import seed
from main import synthesize
from stacks.settings.load import parse
from tests.terraform import support
from tests.terraform.google_cloud import GoogleCloud
from tests.terraform.google_stacks import access_only
from tests.terraform.joined import POLICY, stack

NAME = f"{POLICY}/servicePerimeters/owner_perimeter"
JOIN = f'[perimeter]\njoin = "{NAME}"'
JOINED = f"{JOIN}\ndry_run = false"
OWNER = "dry_run = false"
MORE_SERVICES = f'{OWNER}\nrestricted_services = ["aiplatform.googleapis.com", "bigquery.googleapis.com"]'


@cache
def owner(perimeter: str = OWNER) -> str:
    """The owner's Google stack, as text."""
    text = f"""
prefix = "owner"
[google]
project_id = "my-project"
project_number = "{seed.NUMBER}"
access_policy = "{POLICY.rpartition("/")[2]}"
[perimeter]
shared = true
{perimeter}
{support.HERE}
"""
    with tempfile.TemporaryDirectory() as folder:
        synthesize(parse(tomllib.loads(text), "test.toml"), "owner", folder)
        return access_only(Path(folder, "stacks", "owner-google", "cdk.tf.json").read_text())


def joiner(perimeter: str = JOINED) -> str:
    """A joiner's Google stack, as text."""
    return stack(perimeter)


def prepare(cloud: GoogleCloud) -> None:
    """Make what is there before both: the access policy."""
    seed.access_policy(cloud.state, POLICY.rpartition("/")[2])
    cloud.enable("accesscontextmanager")


def document(text: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(text)
    return found
