"""The settings files of the demo, one a configuration, and what main.py makes of them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
ENVIRONMENT = "demo"
OFFICE, OPERATOR = "198.51.100.7", "operator@example.com"
"""An address on premises, and who calls from there."""
_NETWORK = """[aws.network]
cidr = "10.20.0.0/16"
zones = ["ap-northeast-1a"]"""


def text(
    *, dry_run: bool = False, paused: bool = False, stopped: bool = False, dummy: bool = False, versions: str = ""
) -> str:
    """An environment: one workload on an instance, one with direct access and a separate role, one office.

    `dummy`: the level admits 192.0.2.1/32 alone, which no host has; `stopped`: the instance's workload is disabled.
    """
    network = 'egress_cidrs = ["192.0.2.1/32"]' if dummy else _NETWORK + f"\npaused = {word(paused)}"
    return f"""
prefix = "demo"
[aws]
region = "ap-northeast-1"
account_id = "123456789012"
{network}
[google]
project_id = "my-project"
project_number = "345678901234"
organization_id = "123456789012"
[[workload]]
name = "app"
disabled = {word(stopped)}
{'role_name = "demo-app"' if dummy else ""}
[[workload]]
name = "batch"
auth = "direct"
role_name = "demo-batch"
[[on_premises]]
name = "tokyo"
cidrs = ["198.51.100.0/28"]
identities = ["user:{OPERATOR}"]
[perimeter]
dry_run = {word(dry_run)}
[versions]
{versions}
"""


def synthesize(settings: str, folder: Path) -> dict[str, dict[str, Any]]:
    """The stacks' JSON by name, `demo-aws` and `demo-google`, as `python main.py` writes it below a new folder.

    RuntimeError, with what main.py says, for settings that it does not take.
    """
    (folder / "environments").mkdir(parents=True)
    (folder / "environments" / f"{ENVIRONMENT}.toml").write_text(settings)
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py")],
        cwd=folder,
        env={**os.environ, "ENVIRONMENT": ENVIRONMENT},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"main.py: {done.stderr.strip()}")
    stacks = (folder / "cdktf.out" / "stacks").glob("*/cdk.tf.json")
    return {path.parent.name: json.loads(path.read_text()) for path in stacks}


def word(value: bool) -> str:
    """As TOML has it."""
    return "true" if value else "false"
