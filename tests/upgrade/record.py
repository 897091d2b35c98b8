"""Write the fixtures of a release, from the code that is released: `make release` calls it.

Both stacks of every environment are applied with Terraform and the providers of this machine, against the local cloud.
Takes about a minute for each two environments.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from moto.ec2.models import ec2_backends

import slim_bindings

slim_bindings.install()

from localcloud.cloud import ACCOUNT, local_cloud, whole_google  # noqa: E402
from localcloud.mirrors import missing, provider  # noqa: E402
from stacks.settings.load import FOLDER  # noqa: E402
from stacks.settings.read import read  # noqa: E402
from tests.e2e.deployed import others_in_aws  # noqa: E402
from tests.synthesis import ENVIRONMENTS, environment  # noqa: E402
from tests.terraform import support  # noqa: E402
from tests.terraform.google_cloud import prepare  # noqa: E402
from tests.upgrade.released import PROVIDERS, RELEASES, SUMS, VERSIONS, shortened  # noqa: E402

PASSING = ("log_entries", "operations", "tokens")
"""What the local cloud's Google has that no resource is."""


def record(version: str) -> None:
    """Write settings, synthesized JSON and a state of every environment below tests/upgrade/VERSION, in place of what is there."""
    if reason := missing(*PROVIDERS.values()):
        sys.exit(reason)
    with tempfile.TemporaryDirectory() as written:
        folders = [Path(written, name) for name in ENVIRONMENTS]
        # A process for each environment: moto keeps its clouds in the process.
        with ProcessPoolExecutor(2, get_context("spawn"), max_tasks_per_child=1) as pool:
            for name in pool.map(_record_environment, folders):
                print(name, flush=True)
        _list(Path(written))
        folder = RELEASES / version
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(written, folder)


def _list(folder: Path) -> None:
    """Write which programs recorded a release, and the list of its files."""
    (folder / VERSIONS).write_text(_json(_versions()))
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n" for path in files]
    (folder / SUMS).write_text("".join(sums))


def _record_environment(folder: Path) -> str:
    name = folder.name
    folder.mkdir()
    text = (FOLDER / f"{name}.toml").read_text()
    (folder / "settings.toml").write_text(text)
    stacks = environment(name)
    for side in PROVIDERS:
        if stack := getattr(stacks, side):
            (folder / f"{side}.json").write_text(_json(shortened(stack)))
    here = environment(name, support.HERE)
    _apply(name, folder, {"aws": here.aws, "google": here.google})
    return name


def _apply(name: str, folder: Path, stacks: dict[str, dict[str, Any]]) -> None:
    """Apply both stacks, AWS first, and keep their states."""
    tables = read(FOLDER / f"{name}.toml")
    aws = tables.get("aws", {"account_id": ACCOUNT})
    with (
        local_cloud(google=whole_google(polls=0), account=aws["account_id"]) as cloud,
        tempfile.TemporaryDirectory() as scratch,
    ):
        if stacks["aws"]:
            others_in_aws(tables, ec2_backends[cloud.aws.account][aws["region"]])
        prepare(cloud.state, json.dumps(stacks["google"]))
        for side, stack in stacks.items():
            if stack:
                support.let_deployer_assume(cloud, stack)
                terraform = support.workspace(Path(scratch, side), [PROVIDERS[side]], cloud.deployer_environment())
                terraform.write(support.beside(json.dumps(stack), Path("../aws/terraform.tfstate")))
                terraform.apply()
                assert terraform.plan().changes == {}
                state = json.loads(Path(scratch, side, "terraform.tfstate").read_text())
                (folder / f"{side}.tfstate").write_text(_json(shortened(state)))
        kept = {name: value for name, value in cloud.state.json().items() if name not in PASSING}
        (folder / "google.cloud.json").write_text(_json(kept))


def _versions() -> dict[str, str]:
    terraform = json.loads(subprocess.run(["terraform", "version", "-json"], capture_output=True, check=True).stdout)
    found = {source: provider(source) for source in PROVIDERS.values()}
    return {"terraform": terraform["terraform_version"], **{name: one.version for name, one in found.items() if one}}


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, sort_keys=True) + "\n"
