"""Write the fixtures of a release: `python -m tests.upgrade.record VERSION`, once, from the code that is released.

Both stacks of every environment are applied with Terraform and the providers of this machine, against the local cloud.
Takes about a minute for each environment.
"""

import hashlib
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from moto.ec2.models import ec2_backends

import slim_bindings

slim_bindings.install()

from localcloud.cloud import local_cloud, whole_google  # noqa: E402
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
    """Write settings, synthesized JSON and a state of every environment below tests/upgrade/VERSION."""
    folder = RELEASES / version
    if not re.fullmatch(r"\d+\.\d+\.\d+", version) or folder.exists():
        sys.exit(f"VERSION: got {version!r}; needed is a new version such as 1.2.3, not one that has a folder already")
    if reason := missing(*PROVIDERS.values()):
        sys.exit(reason)
    for name in ENVIRONMENTS:
        print(name, flush=True)
        _record_environment(name, folder / name)
    (folder / VERSIONS).write_text(_json(_versions()))
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n" for path in files]
    (folder / SUMS).write_text("".join(sums))


def _record_environment(name: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    text = (FOLDER / f"{name}.toml").read_text()
    (folder / "settings.toml").write_text(text)
    stacks = environment(name)
    for side in PROVIDERS:
        if stack := getattr(stacks, side):
            (folder / f"{side}.json").write_text(_json(shortened(stack)))
    here = environment(name, support.HERE)
    _apply(name, folder, {"aws": here.aws, "google": here.google})


def _apply(name: str, folder: Path, stacks: dict[str, dict[str, Any]]) -> None:
    """Apply both stacks, AWS first, and keep their states."""
    tables = read(FOLDER / f"{name}.toml")
    with local_cloud(google=whole_google(polls=0)) as cloud, tempfile.TemporaryDirectory() as scratch:
        others_in_aws(tables, ec2_backends[cloud.aws.account][tables["aws"]["region"]])
        prepare(cloud.state, json.dumps(stacks["google"]))
        for side, stack in stacks.items():
            if stack:
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


if __name__ == "__main__":
    record(" ".join(sys.argv[1:]))
