"""The settings files of the demo, one a configuration, and what main.py makes of them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Stacks = dict[str, dict[str, Any]]
"""The JSON of one environment's stacks, by name."""
ROOT = Path(__file__).parents[2]
ENVIRONMENT = "demo"
DRY_RUN, ENFORCED, HANDED_OVER = "dry run", "enforced", "handed over"
OFFICE, OPERATOR = "198.51.100.7", "operator@example.com"
"""An address on premises, and who calls from there."""
_NETWORK = """[aws.network]
cidr = "10.20.0.0/16"
zones = ["ap-northeast-1a"]"""
_EACH = """
import os, runpy, sys
for folder in sys.argv[2:]:
    os.chdir(folder)
    os.environ["CDKTF_OUTDIR"] = os.path.join(folder, "cdktf.out")
    runpy.run_path(sys.argv[1], run_name="__main__")
"""
"""Runs main.py in each folder, in one process: its imports take much longer than a synthesis."""


def text(*, dry_run: bool = False, paused: bool = False, stopped: bool = False, dummy: bool = False) -> str:
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
"""


def synthesize(texts: Mapping[str, str], folder: Path, versions: str = "") -> dict[str, Stacks]:
    """The stacks of each settings file, as `python main.py` writes them below a new folder of the file's name.

    `versions` are lines for [versions]. RuntimeError, with what main.py says, for settings that it does not take.
    """
    folders = [folder / name for name in texts]
    for below, content in zip(folders, texts.values(), strict=True):
        (below / "environments").mkdir(parents=True)
        (below / "environments" / f"{ENVIRONMENT}.toml").write_text(f"{content}[versions]\n{versions}\n")
    done = subprocess.run(
        [sys.executable, "-c", _EACH, str(ROOT / "main.py"), *map(str, folders)],
        env={**os.environ, "ENVIRONMENT": ENVIRONMENT, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"main.py: {done.stderr.strip()}")
    return {below.name: _written(below / "cdktf.out" / "stacks") for below in folders}


def _written(folder: Path) -> Stacks:
    return {path.parent.name: json.loads(path.read_text()) for path in folder.glob("*/cdk.tf.json")}


def word(value: bool) -> str:
    """As TOML has it."""
    return "true" if value else "false"
