"""A perimeter that somebody else owns: an environment joins it, is promoted, changed, demoted and destroyed, and nothing else changes."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from localcloud.proxy import Request, Response
from tests.terraform import support
from tests.terraform.google_cloud import GoogleCloud, google_cloud
from tests.terraform.joined import (
    DRY,
    ENFORCED,
    LEVEL,
    MEMBER,
    NAME,
    OTHER,
    OURS,
    PEOPLE,
    POLICY,
    RULE,
    THEIRS,
    TRIED,
    own,
    stack,
)

pytestmark = [support.needs("hashicorp/google"), pytest.mark.xdist_group("terraform-google-join")]


class Owned:
    """The perimeter of the other team, and a joiner's workspace."""

    def __init__(self, cloud: GoogleCloud, workspace: support.Workspace) -> None:
        self.cloud, self.workspace = cloud, workspace
        self.before = own(cloud)

    @property
    def perimeter(self) -> dict[str, Any]:
        return self.cloud.state.service_perimeters[NAME]

    def apply(self, synthesized: str) -> list[tuple[str, str]]:
        """Apply, and plan again: nothing changes. Returns what was done, as type and action."""
        self.cloud.writes.clear()
        self.workspace.write(synthesized)
        return sorted((address.split(".")[0], done) for address, done in self.workspace.settle().items())

    def ours(self, side: str) -> tuple[bool, list[str]]:
        """Whether the project is inside, and our rules' titles without the digest."""
        config = self.perimeter[side]
        assert OTHER in config["resources"]
        assert THEIRS in config["ingressPolicies"]
        titles = [one["title"].rpartition(" (")[0] for one in config["ingressPolicies"] if one != THEIRS]
        return OURS in config["resources"], sorted(titles)


@pytest.fixture(scope="module")
def owned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owned]:
    """The tests follow one another."""
    with google_cloud() as cloud:
        yield Owned(
            cloud, support.workspace(tmp_path_factory.mktemp("joiner"), ["hashicorp/google"], cloud.environment)
        )


def test_a_joiner_is_tested_first(owned: Owned) -> None:
    assert owned.apply(stack(TRIED)) == [
        (LEVEL, "create"),
        (RULE.format(DRY), "create"),
        (MEMBER.format(DRY), "create"),
    ]
    assert owned.ours("spec") == (True, ["demo: workloads call Gemini"])
    assert owned.perimeter["status"] == owned.before["status"]


def test_it_is_enforced_in_addition(owned: Owned) -> None:
    tested = copy.deepcopy(owned.perimeter["spec"])
    assert owned.apply(stack(ENFORCED)) == [(RULE.format(""), "create"), (MEMBER.format(""), "create")]
    assert owned.ours("status") == (True, ["demo: workloads call Gemini"])
    assert owned.perimeter["spec"] == tested
    assert [path for method, path in owned.cloud.writes if method == "PATCH" and "%2Cetag" not in path] == []


def test_a_changed_rule_is_another_rule(owned: Owned) -> None:
    """Added, then removed: there is always one. No rule is written in place."""
    old = owned.perimeter["status"]["ingressPolicies"][-1]["title"]
    assert owned.apply(stack(ENFORCED, role="renamed")) == [(RULE.format(DRY), "replace"), (RULE.format(""), "replace")]
    assert owned.ours("status") == owned.ours("spec") == (True, ["demo: workloads call Gemini"])
    assert owned.perimeter["status"]["ingressPolicies"][-1]["title"] != old
    assert len([path for method, path in owned.cloud.writes if method == "PATCH"]) == 4


def test_others_change_their_rules_meanwhile(owned: Owned) -> None:
    """Another order of rules, and more of them, are no change of ours."""
    config = owned.perimeter["status"]
    config["ingressPolicies"] = [{**THEIRS, "title": "one more"}, *reversed(config["ingressPolicies"])]
    assert owned.apply(stack(ENFORCED, role="renamed")) == []
    del config["ingressPolicies"][0]
    assert owned.apply(stack(ENFORCED, role="renamed", more=PEOPLE)) == [
        (LEVEL, "create"),
        (RULE.format(DRY), "create"),
        (RULE.format(""), "create"),
    ]
    assert owned.ours("status") == (True, ["demo: on-premises tokyo calls Gemini", "demo: workloads call Gemini"])


def test_it_is_a_dry_run_again(owned: Owned) -> None:
    assert owned.apply(stack(TRIED, role="renamed")) == [
        (LEVEL, "delete"),
        (RULE.format(DRY), "delete"),
        (RULE.format(""), "delete"),
        (RULE.format(""), "delete"),
        (MEMBER.format(""), "delete"),
    ]
    assert owned.ours("spec") == (True, ["demo: workloads call Gemini"])
    assert owned.perimeter["status"] == owned.before["status"]


def test_it_leaves(owned: Owned) -> None:
    owned.workspace.destroy()
    assert owned.perimeter == owned.before
    assert owned.cloud.state.access_levels == {}


def test_a_project_that_is_inside_already_stays(owned: Owned) -> None:
    for side in ("status", "spec"):
        owned.perimeter[side]["resources"].append(OURS)
    inside = copy.deepcopy(owned.perimeter)
    assert [kind for kind, _ in owned.apply(stack(f'{ENFORCED}\nmember = "exists"'))] == [
        LEVEL,
        RULE.format(DRY),
        RULE.format(""),
    ]
    owned.workspace.destroy()
    assert json.dumps(owned.perimeter) == json.dumps(inside)


def test_a_write_of_another_team_in_between_is_refused_and_a_second_apply_goes_on(
    owned: Owned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the provider's read of the list and its write: the etag is another one, and the write is refused."""
    google, theirs = owned.cloud.google, {**THEIRS, "title": "one more"}

    def meanwhile(request: Request) -> Response:
        rules = owned.perimeter["status"]["ingressPolicies"]
        if request.method == "PATCH" and "status.ingressPolicies" in request.path and theirs not in rules:
            rules.append(theirs)
            owned.cloud.state.access_policies[POLICY]["etag"] = "another"
        return google(request)

    monkeypatch.setattr(owned.cloud, "google", meanwhile)
    owned.workspace.write(stack(f'{ENFORCED}\nmember = "exists"'))
    with pytest.raises(support.TerraformError, match=r"The etag\s"):
        owned.workspace.apply()
    owned.workspace.settle()
    titles = [one["title"].rpartition(" (")[0] or one["title"] for one in owned.perimeter["status"]["ingressPolicies"]]
    assert titles == ["another team", "one more", "demo: workloads call Gemini"]
