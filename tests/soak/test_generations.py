"""Every environment and mode with each generation of the google provider: validated, applied, planned again, destroyed."""

import dataclasses
import json
import shutil
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.modes import PLACES, Mode, at
from tests.e2e.outcome import told
from tests.e2e.test_drift import walk
from tests.e2e.world import World, world
from tests.localcloud.apply.changes import unprotected
from tests.soak.generations import GOOGLE, Generation, generations, missing
from tests.soak.record import record
from tests.synthesis import ENVIRONMENTS, Synthesized, environment
from tests.terraform import support
from tests.terraform.google_cloud import prepare
from tests.terraform.test_aws_environments import with_known_ids
from tests.upgrade.test_plan import findings

pytestmark = [pytest.mark.soak, support.needs("hashicorp/aws", GOOGLE)]
EVERY = [
    pytest.param(one, id=str(one), marks=[] if one.google else pytest.mark.skip(reason=missing()))
    for one in generations()
]
ENFORCING = {"google_access_context_manager_service_perimeter", "google_access_context_manager_access_policy"}


def recorded(generation: Generation, what: str, result: str) -> AbstractContextManager[None]:
    """Write the result of what runs inside, or the difference that it found."""
    return told(partial(record, generation, what), result)


def found_here(stacks: Synthesized, there: World) -> Synthesized:
    """The stacks of an environment, with what they expect to find in both clouds."""
    prepare(there.cloud.state, json.dumps(stacks.google))
    aws = json.loads(with_known_ids(json.dumps(stacks.aws), there.cloud)) if stacks.aws else {}
    aws.get("terraform", {}).pop("cloud", None)
    return dataclasses.replace(stacks, aws=aws)


def end(there: World) -> None:
    """Destroy both stacks, Google's first; what protects them is taken away before."""
    for name in ("google", "aws"):
        if name in there.applied:
            there.workspaces[name].write(json.dumps(unprotected(json.loads(there.applied[name]))))
            there.workspaces[name].apply()
            there.workspaces[name].destroy()


@pytest.mark.parametrize("generation", EVERY)
@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_environment(name: str, generation: Generation, tmp_path: Path) -> None:
    what = f"environments/{name}.toml"
    with recorded(generation, what, "validated, applied, no change, destroyed"), world(tmp_path) as there:
        there.apply(found_here(environment(name, generation.settings), there))
        end(there)


@pytest.mark.parametrize("generation", EVERY)
@pytest.mark.parametrize(("network", "paused", "policy"), PLACES)
def test_every_mode(network: str, paused: bool, policy: str, generation: Generation, tmp_path: Path) -> None:
    def write(mode: Mode, result: str, seconds: float) -> None:
        record(generation, str(mode), result, seconds)

    with world(tmp_path) as there:
        modes = list(at(network, paused, policy))
        walk(modes, there, generation.settings, write)
        with recorded(generation, f"{network}{', paused' * paused}, {policy} policy: the end", "destroyed"):
            end(there)


@pytest.mark.parametrize("newer", EVERY[1:])
@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_state_goes_to_a_newer_generation_and_back(name: str, newer: Generation, tmp_path: Path) -> None:
    """The newer one changes deletion_policy of what is enforced, and nothing else; the older one then changes nothing."""
    older = generations()[0]
    if not older.google:
        pytest.skip(missing())
    what = f"environments/{name}.toml, to and from google {older.google.version}"
    with recorded(newer, what, "no change but deletion_policy; back: no change"), world(tmp_path) as there:
        stacks = found_here(environment(name, older.settings), there)
        there.apply(stacks)
        first = there.workspaces["google"]
        second = support.workspace(tmp_path / "newer", [GOOGLE], there.cloud.deployer_environment())
        after = environment(name, newer.settings).google
        second.write(support.beside(json.dumps(after), there.aws_state))
        shutil.copy(first.directory / "terraform.tfstate", second.directory)
        changes = second.plan().document["resource_changes"]
        changed = [one for change in changes for one in findings(change, after["resource"])]
        assert {one.argument for one in changed} <= {"deletion_policy"}
        assert {one.address.split(".")[0] for one in changed} <= ENFORCING
        second.settle()
        shutil.copy(second.directory / "terraform.tfstate", first.directory)
        assert first.plan().changes == {}
