"""Plans of today's synthesis on the released states, with the providers of this machine."""

import json
from pathlib import Path
from typing import Any

import pytest
from moto.ec2.models import ec2_backends

from localcloud.cloud import LocalCloud, local_cloud, whole_google
from localcloud.mirrors import provider
from tests.e2e.deployed import others_in_aws
from tests.terraform import support
from tests.upgrade.findings import Finding, check
from tests.upgrade.released import LONG, PROVIDERS, RELEASES, Released, fixtures, releases, shortened

HERE = {side: getattr(provider(source), "version", "") for side, source in PROVIDERS.items()}
WITH = {side: support.needs(source) for side, source in PROVIDERS.items()}
SIDES = [pytest.param(side, marks=mark) for side, mark in WITH.items()]
pytestmark = pytest.mark.xdist_group("terraform-upgrade")


class Upgrades:
    """A workspace for each provider, in clouds that have what the environments expect, and nothing else."""

    def __init__(self, folder: Path, cloud: LocalCloud) -> None:
        self.folder, self.cloud = folder, cloud
        self.workspaces: dict[str, support.Workspace] = {}

    def plan(self, fixture: Released, side: str, stack: dict[str, Any]) -> list[Finding]:
        """What Terraform would do to a released deployment.

        Google's resources are read, which fills in what the released provider did not know. Of AWS's the clouds here
        have none: only data sources are read.
        """
        if side not in self.workspaces:
            environment = self.cloud.deployer_environment()
            self.workspaces[side] = support.workspace(self.folder / side, [PROVIDERS[side]], environment)
        workspace = self.workspaces[side]
        support.let_deployer_assume(self.cloud, stack)
        workspace.write(support.beside(json.dumps(stack), fixture.folder / "aws.tfstate"))
        (workspace.directory / "terraform.tfstate").write_text(json.dumps(fixture.state(side)))
        vars(self.cloud.state).update(fixture.google)
        if side == "aws":
            _plant(fixture, self.cloud)
        plan = workspace.plan(*(["-refresh=false"] if side == "aws" else [])).document
        released, now = fixture.stack(side)["resource"], shortened(stack)["resource"]
        found = [
            one for change in plan["resource_changes"] for one in findings(change, {**released, **stack["resource"]})
        ]
        return [one for one in found if not _same_files(one, released, now)]


def findings(change: dict[str, Any], arguments: dict[str, Any]) -> list[Finding]:
    """One resource's change, argument by argument. What only the provider computes is left out."""
    address, actions, values = change["address"], change["change"]["actions"], change["change"]
    if change["mode"] == "data" or actions == ["no-op"]:
        return []
    if actions == ["update"]:
        before, after, unknown = values["before"], values["after"], values["after_unknown"]
        configured = arguments[change["type"]].get(change["name"], {})
        changed = {name for name in after if _plain(after[name]) != _plain(before.get(name))}
        changed |= {name for name, value in unknown.items() if value and name in configured}
        return [Finding(address, "update", name) for name in sorted(changed)]
    if "create" in actions and "delete" in actions:
        paths = [".".join(step for step in path if isinstance(step, str)) for path in values.get("replace_paths", [])]
        return [Finding(address, "replace", path) for path in paths or [""]]
    return [Finding(address, "+".join(actions))]


def _same_files(found: Finding, released: dict[str, Any], now: dict[str, Any]) -> bool:
    """Whether an argument differs only because the state has the client's files shortened."""
    kind, _, name = found.address.partition(".")
    before, after = (one.get(kind, {}).get(name, {}).get(found.argument) for one in (released, now))
    return found.argument == LONG.get(kind) and before == after


def _plain(value: Any) -> Any:
    """Without what is empty: the older kind of provider writes null, "" and [] for each other."""
    if isinstance(value, dict):
        return {name: plain for name, inner in value.items() if (plain := _plain(inner)) is not None}
    if isinstance(value, list):
        value = [_plain(inner) for inner in value]
    return None if value in ("", []) else value


def _plant(fixture: Released, cloud: LocalCloud) -> None:
    """Make what the AWS stack expects to find, with the ids that the state has. Two releases have the same ids."""
    regional = ec2_backends[cloud.aws.account][fixture.tables["aws"]["region"]]
    regional.reset()
    others_in_aws(fixture.tables, regional)
    for resource in fixture.state("aws").get("resources", []):
        if (resource["mode"], resource["type"]) == ("data", "aws_subnet"):
            (found,) = (one["attributes"] for one in resource["instances"])
            regional.get_subnet(found["id"]).vpc_id = found["vpc_id"]


@pytest.fixture(scope="module")
def upgrades(tmp_path_factory: pytest.TempPathFactory):
    with local_cloud(google=whole_google(polls=0)) as cloud:
        yield Upgrades(tmp_path_factory.mktemp("upgrade"), cloud)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("fixture", fixtures(), ids=str)
def test_an_upgrade_changes_only_what_is_announced(fixture: Released, side: str, upgrades: Upgrades) -> None:
    """What is synthesized as it was released has the plan of its record, by that provider: no changes."""
    unchanged = fixture.stack(side) == shortened(fixture.today(side))
    if not fixture.stack(side) or unchanged and fixture.providers[PROVIDERS[side]] == HERE[side]:
        assert unchanged
        return
    check(upgrades.plan(fixture, side, fixture.today(side, support.HERE)), fixture.name, fixture.release)


PLANTED = {
    "aws": ("aws_iam_role", "aws_iam_instance_profile", "name"),
    "google": ("google_project_iam_custom_role", "google_service_account", "account_id"),
}


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("release", releases())
def test_a_plan_finds_a_renamed_address_and_a_replaced_resource(release: str, side: str, upgrades: Upgrades) -> None:
    fixture = Released(RELEASES / release / "example")
    renamed, replaced, argument = PLANTED[side]
    stack = json.loads(json.dumps(fixture.today(side, support.HERE)))
    address = min(stack["resource"][renamed])
    stack = json.loads(json.dumps(stack).replace(address, "other"))
    ((other, body),) = stack["resource"][replaced].items()
    body[argument] = "another"
    found = [str(one) for one in upgrades.plan(fixture, side, stack)]
    assert {f"delete {renamed}.{address}", f"create {renamed}.other", f"replace {replaced}.{other} {argument}"} <= set(
        found
    )
