"""Google stacks, applied without Terraform to the Google of the local cloud."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.apply import ApplyError, Changes, apply, destroy, plan, state_file
from localcloud.apply.state import State
from localcloud.cloud import LocalCloud
from localcloud.faults import InjectedFault
from tests.localcloud.apply.changes import changed, unprotected
from tests.localcloud.apply.google_world import OUTPUTS, Recorder, google_cloud, other_stack
from tests.synthesis import ENVIRONMENTS, environment
from tests.terraform.google_stacks import DRY_RUN, ENFORCED, NONE, google_stack
from tests.terraform.google_variants import EVERY_STACK, VARIANTS, every_stack

PERIMETER, LEVEL = "google_access_context_manager_service_perimeter", "google_access_context_manager_access_level"


def stack(*arguments: Any, **options: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(google_stack(*arguments, **options))
    return document


def test_no_variant_hides_an_environment_of_its_name() -> None:
    assert set(VARIANTS).isdisjoint(ENVIRONMENTS)


class Applied:
    """A stack in a fresh project; calling applies another version of it."""

    def __init__(self, document: dict[str, Any], cloud: LocalCloud, recorder: Recorder, folder: Path) -> None:
        self.cloud, self.recorder, self.path = cloud, recorder, state_file(document, folder)
        other_stack(document, folder)
        self(document)
        recorder.taken()

    def __call__(self, document: dict[str, Any]) -> dict[str, str]:
        return self.whole(document).actions

    def whole(self, document: dict[str, Any]) -> Changes:
        return apply(document, state=self.path, environment=self.cloud.deployer_environment())

    def paths(self) -> list[str]:
        """What was written since the last time, in order."""
        writes, self.recorder.writes = self.recorder.writes, []
        return [f"{method} {place.rpartition('/')[2]} {mask}".strip() for method, place, mask, _ in writes]


@pytest.mark.parametrize("name", EVERY_STACK)
def test_every_stack_converges_and_goes(name: str, tmp_path: Path) -> None:
    document = json.loads(every_stack(name))
    with google_cloud(document) as (cloud, recorder):
        before, existing = recorder.policies(), set(recorder.google.state.roles)
        joined = copy.deepcopy(recorder.google.state.service_perimeters)
        applied = Applied(document, cloud, recorder, tmp_path)
        assert applied(document) == {}
        assert recorder.taken() == []
        ended = destroy(unprotected(document), state=applied.path, environment=cloud.deployer_environment())
        assert set(ended.actions.values()) == {"delete"}
        state = recorder.google.state
        assert (state.service_perimeters, state.access_levels, state.alert_policies) == (joined, {}, {})
        assert all(pool["state"] == "DELETED" for pool in state.pools.values())
        assert {name for name, role in state.roles.items() if not role.get("deleted")} == existing
        assert recorder.policies() == before
        assert State.load(applied.path) == State(applied.path)


def test_outputs_are_resolved(tmp_path: Path) -> None:
    document = stack(ENFORCED)
    with google_cloud(document) as (cloud, recorder):
        outputs = Applied(document, cloud, recorder, tmp_path).whole(document).outputs
    assert outputs["client_environment"]["GCP_PROJECT_ID"] == "my-project"


def test_a_flip_is_one_patch_with_the_providers_mask(tmp_path: Path) -> None:
    with google_cloud(stack(DRY_RUN)) as (cloud, recorder):
        applied = Applied(stack(DRY_RUN), cloud, recorder, tmp_path)
        assert list(applied(stack(ENFORCED)).values()) == ["update"]
        assert applied.paths() == ["PATCH demo_perimeter status,spec,useExplicitDryRunSpec"]


def test_the_old_level_goes_after_the_perimeter_lets_go_of_it(tmp_path: Path) -> None:
    with_proposal = stack(f'{ENFORCED}\n[perimeter.proposed]\negress_cidrs = ["203.0.113.8/32"]')
    with google_cloud(with_proposal) as (cloud, recorder):
        applied = Applied(with_proposal, cloud, recorder, tmp_path)
        assert sorted(applied(stack(ENFORCED)).values()) == ["delete", "update"]
        assert applied.paths() == [
            "PATCH demo_perimeter spec,useExplicitDryRunSpec", "DELETE demo_workloads_proposed"
        ]  # fmt: skip


def test_a_renamed_level_is_there_before_the_old_one_goes(tmp_path: Path) -> None:
    document = stack(DRY_RUN)
    renamed = json.loads(json.dumps(document).replace("demo_workloads", "demo_others"))
    with google_cloud(document) as (cloud, recorder):
        applied = Applied(document, cloud, recorder, tmp_path)
        assert sorted(applied(renamed).values()) == ["replace", "update"]
        assert applied.paths() == ["POST accessLevels", "PATCH demo_perimeter spec", "DELETE demo_workloads"]
        assert applied(renamed) == {}


def test_what_a_level_needs_inherits_create_before_destroy(tmp_path: Path) -> None:
    with google_cloud(stack(DRY_RUN)) as (cloud, recorder):
        records = State.load(Applied(stack(DRY_RUN), cloud, recorder, tmp_path).path).resources
    late = {address.partition(".")[0] for address, record in records.items() if record.gone_last}
    assert late == {LEVEL, "google_access_context_manager_access_policy", "google_project_service"}


def test_without_create_before_destroy_the_api_refuses(tmp_path: Path) -> None:
    document = changed(stack(DRY_RUN), LEVEL, lifecycle={})
    renamed = json.loads(json.dumps(document).replace("demo_workloads", "demo_others"))
    with google_cloud(document) as (cloud, recorder):
        applied = Applied(document, cloud, recorder, tmp_path)
        with pytest.raises(ApplyError, match=f"{LEVEL}.*: DELETE .*demo_workloads: 400"):
            applied(renamed)


def test_a_replacement_cut_short_is_finished_by_the_next_apply(tmp_path: Path) -> None:
    document = stack(DRY_RUN)
    renamed = json.loads(json.dumps(document).replace("demo_workloads", "demo_others"))
    with google_cloud(document) as (cloud, recorder):
        applied = Applied(document, cloud, recorder, tmp_path)
        cloud.faults.add(InjectedFault(r"DELETE .*/accessLevels/demo_workloads", status=409))
        with pytest.raises(ApplyError, match="409"):
            applied(renamed)
        names = {name.rpartition("/")[2] for name in recorder.google.state.access_levels}
        assert names == {"demo_workloads", "demo_others"}
        applied(renamed)
        assert [name.rpartition("/")[2] for name in recorder.google.state.access_levels] == ["demo_others"]
        assert applied(renamed) == {}


@pytest.mark.parametrize("end", ["rename", "destroy"])
def test_an_enforced_perimeter_is_guarded(end: str, tmp_path: Path) -> None:
    document = stack(ENFORCED)
    renamed = json.loads(json.dumps(document).replace("demo_perimeter", "other_perimeter"))
    with google_cloud(document) as (cloud, recorder):
        applied = Applied(document, cloud, recorder, tmp_path)
        run, given = (apply, renamed) if end == "rename" else (destroy, document)
        with pytest.raises(ApplyError, match=f"{PERIMETER}.*: has prevent_destroy"):
            run(given, state=applied.path, environment=cloud.deployer_environment())
        assert applied.paths() == []


def test_a_perimeter_that_leaves_the_stack_goes_without_a_word(tmp_path: Path) -> None:
    """Terraform's own gap, which `python -m deploy` closes (DESIGN 9)."""
    with google_cloud(stack(ENFORCED)) as (cloud, recorder):
        applied = Applied(stack(ENFORCED), cloud, recorder, tmp_path)
        assert "delete" in applied(stack(NONE)).values()
        assert recorder.google.state.service_perimeters == {}


def test_what_is_removed_is_forgotten_and_stays(tmp_path: Path) -> None:
    document = stack(DRY_RUN)
    with google_cloud(document) as (cloud, recorder):
        applied = Applied(document, cloud, recorder, tmp_path)
        addresses = [f"{kind}.{name}" for kind, named in document["resource"].items() for name in named]
        removed = [{"from": address, "lifecycle": {"destroy": False}} for address in addresses]
        bare = {name: document[name] for name in ("provider", "terraform")}
        with pytest.raises(ApplyError, match=rf"removed: {addresses[0]}: is still in the stack"):
            applied({**document, "removed": removed[0]})
        assert applied({**bare, "removed": removed}) == {}
        assert applied.paths() == []
        assert State.load(applied.path).resources == {}
        with pytest.raises(ApplyError, match="removed: google_x.y: destroy is not modelled"):
            applied({**bare, "removed": [{"from": "google_x.y"}]})


def test_another_project_number_stops_the_plan(tmp_path: Path) -> None:
    document = stack(ENFORCED, project_number="999999999999")
    with google_cloud(document) as (cloud, recorder):
        with pytest.raises(ApplyError, match="google.project_number: got 999999999999"):
            apply(document, state=tmp_path / "s", environment=cloud.deployer_environment())
        assert recorder.taken() == []


@pytest.mark.parametrize(
    ("addresses", "said"), [([], "the list of addresses is empty"), (["203.0.113.0/24"], "single IPv4 addresses only")]
)
def test_addresses_that_admit_too_many_stop_the_plan(addresses: list[str], said: str, tmp_path: Path) -> None:
    document = environment("example").google
    with google_cloud(document) as (cloud, recorder):
        other_stack(document, tmp_path)
        (other,) = tmp_path.iterdir()
        State(other, outputs={**OUTPUTS, "egress_cidrs": addresses}).save()
        with pytest.raises(ApplyError, match=said):
            apply(document, state=tmp_path / "s", environment=cloud.deployer_environment())
        assert recorder.taken() == []


def test_drift_is_seen_and_mended(tmp_path: Path) -> None:
    with google_cloud(stack(ENFORCED)) as (cloud, recorder):
        applied = Applied(stack(ENFORCED), cloud, recorder, tmp_path)
        state = recorder.google.state
        (level,) = state.access_levels.values()
        level["basic"]["conditions"][0]["ipSubnetworks"].append("198.51.100.0/24")
        policy = state.iam_policies["projects/my-project"]
        policy["bindings"] = [one for one in policy["bindings"] if not one["role"].endswith("gemini_caller")]
        environment = cloud.deployer_environment()
        planned = plan(stack(ENFORCED), state=applied.path, environment=environment).actions
        assert sorted(planned.values()) == ["create", "update"]
        assert applied(stack(ENFORCED)) == planned
        assert applied(stack(ENFORCED)) == {}
        (level,) = state.access_levels.values()
        assert level["basic"]["conditions"][0]["ipSubnetworks"] == ["203.0.113.7/32"]


def test_a_set_in_another_order_is_the_same(tmp_path: Path) -> None:
    document = json.loads(every_stack("every-service"))
    with google_cloud(document) as (cloud, recorder):
        applied = Applied(document, cloud, recorder, tmp_path)
        (perimeter,) = recorder.google.state.service_perimeters.values()
        services = perimeter["status"]["restrictedServices"]
        assert len(services) > 1
        services.reverse()
        assert applied(document) == {}


def test_a_pool_deleted_outside_is_missed(tmp_path: Path) -> None:
    with google_cloud(stack(DRY_RUN)) as (cloud, recorder):
        applied = Applied(stack(DRY_RUN), cloud, recorder, tmp_path)
        (pool,) = recorder.google.state.pools.values()
        pool["state"] = "DELETED"
        planned = plan(stack(DRY_RUN), state=applied.path, environment=cloud.deployer_environment()).actions
        assert {"google_iam_workload_identity_pool.federation_pool_2C27AB63": "create"}.items() <= planned.items()
        with pytest.raises(ApplyError, match="workloadIdentityPools: 409"):
            applied(stack(DRY_RUN))


def test_a_deleted_role_comes_back_to_life(tmp_path: Path) -> None:
    document = stack(DRY_RUN)
    with google_cloud(document) as (cloud, recorder):
        applied = Applied(document, cloud, recorder, tmp_path)
        destroy(document, state=applied.path, environment=cloud.deployer_environment())
        recorder.google.state.pools.clear()
        recorder.google.state.providers.clear()
        applied.paths()
        applied(document)
        assert "POST demo_gemini_caller:undelete" in applied.paths()
        assert applied(document) == {}


def test_somebody_elses_grant_stays_and_a_conflict_is_repeated(tmp_path: Path) -> None:
    document = stack(DRY_RUN)
    with google_cloud(document) as (cloud, recorder):
        recorder.google.state.iam_policies["projects/my-project"]["bindings"].append(
            {"role": "projects/my-project/roles/demo_gemini_caller", "members": ["user:somebody@example.com"]}
        )
        cloud.faults.add(InjectedFault(r"POST .*/projects/my-project:setIamPolicy", status=409, times=2))
        before = recorder.policies()
        applied = Applied(document, cloud, recorder, tmp_path)
        assert applied(document) == {}
        destroy(document, state=applied.path, environment=cloud.deployer_environment())
        assert recorder.policies() == before


@pytest.mark.parametrize("status", [429, 503])
def test_what_passes_is_asked_again(status: int, tmp_path: Path) -> None:
    document = stack(DRY_RUN)
    with google_cloud(document) as (cloud, recorder):
        cloud.faults.add(InjectedFault(r"POST .*/accessLevels", status=status, times=2))
        applied = Applied(document, cloud, recorder, tmp_path)
        assert applied(document) == {}


def test_a_lost_answer_is_an_error_and_nothing_is_sent_twice(tmp_path: Path) -> None:
    document = stack(DRY_RUN)
    with google_cloud(document) as (cloud, recorder):
        cloud.faults.add(InjectedFault(r"POST .*/accessLevels", drop=True, done=True))
        with pytest.raises(ApplyError, match=f"{LEVEL}.*: POST .*accessLevels: no answer"):
            Applied(document, cloud, recorder, tmp_path)
        assert sum("accessLevels" in place for _, place, _, _ in recorder.writes) == 1


def test_a_stop_in_the_middle_goes_on_where_it_stopped(tmp_path: Path) -> None:
    document = stack(DRY_RUN)
    with google_cloud(document) as (cloud, recorder):
        cloud.faults.add(InjectedFault(r"POST .*/servicePerimeters", status=409))
        with pytest.raises(ApplyError, match=f"{PERIMETER}.*409"):
            Applied(document, cloud, recorder, tmp_path)
        first = recorder.taken()
        applied = Applied(document, cloud, recorder, tmp_path)
        assert applied(document) == {}
        assert len(recorder.google.state.access_policies) == 1
        assert any("accessPolicies" in place for _, place, _, _ in first)
