"""A perimeter that others join, with the real provider: the owner's applies keep what joined."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.terraform import support
from tests.terraform.google_cloud import GoogleCloud, google_cloud
from tests.terraform.joined import OURS
from tests.terraform.shared import MORE_SERVICES, NAME, joiner, owner, prepare

pytestmark = [support.needs("hashicorp/google"), pytest.mark.xdist_group("terraform-google-share")]
KIND = "google_access_context_manager_service_perimeter"


class Shared:
    """A Google, an owner's workspace and a joiner's."""

    def __init__(self, cloud: GoogleCloud, folder: Path) -> None:
        self.cloud = cloud
        prepare(cloud)
        made = {
            name: support.workspace(folder / name, ["hashicorp/google"], cloud.environment)
            for name in ("owner", "joiner")
        }
        self.owner, self.joiner = made["owner"], made["joiner"]

    @property
    def perimeter(self) -> dict[str, Any]:
        return copy.deepcopy(self.cloud.state.service_perimeters[NAME])

    def settle(self, workspace: support.Workspace, stack: str) -> list[tuple[str, str]]:
        workspace.write(stack)
        return sorted((address.split(".")[0], done) for address, done in workspace.settle().items())


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """The tests follow one another."""
    with google_cloud() as cloud:
        yield Shared(cloud, tmp_path_factory.mktemp("shared"))


def test_an_owner_makes_a_perimeter_that_holds_nothing(shared: Shared) -> None:
    assert shared.settle(shared.owner, owner()) == [(KIND, "create")]
    for side in ("status", "spec"):
        assert shared.perimeter[side] == {"restrictedServices": ["aiplatform.googleapis.com"]}
    assert shared.perimeter["useExplicitDryRunSpec"] is True


def test_a_joiner_adds_itself_and_neither_plan_changes_anything(shared: Shared) -> None:
    done = shared.settle(shared.joiner, joiner())
    assert [action for _, action in done] == ["create"] * 5
    assert shared.perimeter["status"]["resources"] == shared.perimeter["spec"]["resources"] == [OURS]
    assert shared.settle(shared.owner, owner()) == []


def test_the_owner_restricts_more_and_nothing_that_joined_is_lost(shared: Shared) -> None:
    before = shared.perimeter
    assert shared.settle(shared.owner, owner(MORE_SERVICES)) == [(KIND, "update")]
    after = shared.perimeter
    for side in ("status", "spec"):
        assert after[side]["restrictedServices"] == ["aiplatform.googleapis.com", "bigquery.googleapis.com"]
        for name in ("resources", "ingressPolicies"):
            assert after[side][name] == before[side][name]
    assert shared.settle(shared.joiner, joiner()) == []


def test_accessible_services_are_the_owners_alone(shared: Shared) -> None:
    assert shared.settle(shared.owner, owner(f'{MORE_SERVICES}\naccessible_services = ["RESTRICTED-SERVICES"]')) == [
        (KIND, "update")
    ]
    assert shared.perimeter["status"]["vpcAccessibleServices"] == {
        "enableRestriction": True,
        "allowedServices": ["RESTRICTED-SERVICES"],
    }
    assert shared.settle(shared.joiner, joiner()) == []


def test_the_joiner_leaves_and_the_owner_keeps_its_own(shared: Shared) -> None:
    shared.joiner.write(joiner().replace('"prevent_destroy": true', '"prevent_destroy": false'))
    shared.joiner.destroy()
    assert "resources" not in shared.perimeter["status"] or shared.perimeter["status"]["resources"] == []
    assert shared.settle(shared.owner, owner(MORE_SERVICES))[0] == (KIND, "update")
