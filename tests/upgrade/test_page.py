"""docs/upgrading.md: the plan that the page shows, and its commands, run on a deployment of 0.1.0 in the local cloud."""

import json
import os
import re
import shutil
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from moto.ec2.models import ec2_backends

from localcloud.cloud import LocalCloud, local_cloud, whole_google
from localcloud.mirrors import cli_configuration, provider
from tests.deploy.project import install
from tests.docs.prose import ROOT
from tests.e2e.deployed import others_in_aws
from tests.terraform import support
from tests.terraform.google_cloud import prepare
from tests.upgrade.findings import announced, check
from tests.upgrade.released import PROVIDERS, RELEASES, Released
from tests.upgrade.test_plan import findings

PAGE = (ROOT / "docs/upgrading.md").read_text()
ROW = re.compile(r"^\| `(\S+)` \| (create|update|replace|delete)(?: `(\w+)`)? \|", re.MULTILINE)
RUN = re.compile(r"^\./keyperim -e prod (?:synth|plan|deploy).*$", re.MULTILINE)
FILES = {"content": '{"schemaVersion": "2.2", "description": "x", "mainSteps": []}', "user_data_base64": "IyE="}
"""What is applied in place of the client's files, which a fixture does not have."""


def test_the_page_shows_the_changes_that_are_announced() -> None:
    resources = [entry for entry in announced() if entry.address != "terraform"]
    expected = {(entry.address, entry.action, argument) for entry in resources for argument in entry.arguments or [""]}
    assert set(ROW.findall(PAGE)) == expected


@pytest.mark.soak
@support.needs(*PROVIDERS.values())
def test_every_command_of_the_page_ends_with_0(tmp_path: Path) -> None:
    fixture = Released(RELEASES / "0.1.0/proposal")
    with local_cloud(google=whole_google(polls=0)) as cloud:
        checkout = _deployed(fixture, cloud, tmp_path)
        commands = RUN.findall(PAGE[: PAGE.index("## 9.")])
        assert [command.split()[3] for command in commands] == ["synth", "plan", "deploy", "plan"]
        for command in commands:
            done = _run(command.replace("-e prod", f"-e {fixture.name}").replace("DIR", "saved"), checkout, cloud)
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    configured = {**fixture.today("aws")["resource"], **fixture.today("google")["resource"]}
    plans = [json.loads(path.read_text()) for path in checkout.glob("saved/*/plan.json")]
    found = [one for plan in plans for change in plan["resource_changes"] for one in findings(change, configured)]
    check(found, fixture.name, fixture.release)
    assert [row for row in ROW.findall(PAGE) if not any(fnmatchcase(one.address, row[0]) for one in found)] == []


def _deployed(fixture: Released, cloud: LocalCloud, folder: Path) -> Path:
    """Apply the released stacks, and return a checkout of today with their settings and states."""
    checkout, states = folder / "checkout", folder / "checkout/state" / fixture.name
    (checkout / "environments").mkdir(parents=True)
    states.mkdir(parents=True)
    install(checkout)
    (checkout / "main.py").write_text((ROOT / "main.py").read_text())
    text = (fixture.folder / "settings.toml").read_text()
    (checkout / f"environments/{fixture.name}.toml").write_text(f"{text}\n{support.HERE}\n")
    others_in_aws(fixture.tables, ec2_backends[cloud.aws.account][fixture.tables["aws"]["region"]])
    prepare(cloud.state, json.dumps(fixture.stack("google")))
    for side, source in PROVIDERS.items():
        terraform = support.workspace(folder / side, [source], cloud.deployer_environment())
        stack = _whole(fixture.stack(side))
        stack["terraform"]["required_providers"] = fixture.today(side, support.HERE)["terraform"]["required_providers"]
        terraform.write(support.beside(json.dumps(stack), folder / "aws/terraform.tfstate"))
        terraform.apply()
        shutil.copy(folder / side / "terraform.tfstate", states / f"{fixture.tables['prefix']}-{side}.tfstate")
    found = [provider(source) for source in PROVIDERS.values()]
    (checkout / "terraform.rc").write_text(cli_configuration(found))
    return checkout


def _whole(stack: dict[str, Any]) -> dict[str, Any]:
    """A stack with something in place of what was shortened."""
    for named in stack["resource"].values():
        for body in named.values():
            body.update({name: text for name, text in FILES.items() if name in body})
    return stack


def _run(command: str, checkout: Path, cloud: LocalCloud) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AWS_", "GOOGLE_"))}
    variables |= cloud.deployer_environment() | {
        "TF_CLI_CONFIG_FILE": str(checkout / "terraform.rc"),
        "CHECKPOINT_DISABLE": "1",
    }
    return subprocess.run(
        command.split(),
        cwd=checkout,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
