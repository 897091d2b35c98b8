"""What is handed over: four formats of one object, each read by a program that others wrote, and asked of the engine."""

import copy
import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from access.exact import differences
from access.inputs import part
from access.objects import Object, of_stack
from deploy import hand_over, hand_over_files
from deploy.errors import DeployError
from deploy.hand_over import HandOver, NotYet
from deploy.stacks import Stack, synthesized
from stacks.settings.load import parse
from tests.stacks.test_hand_over import ENFORCED, HAND_OVER, handed
from tests.stacks.test_join import NAME
from tests.synthesis import BASE, from_settings, tables

Body = dict[str, Any]
ADDRESSES = ["203.0.113.7/32", "203.0.113.8/32"]
APP, PROJECT = "serviceAccount:demo-app@my-project.iam.gserviceaccount.com", "projects/345678901234"
EXISTING = 'organization_id = "111111111111"', 'access_policy = "987654321"'
PEOPLE = '[[on_premises]]\nname = "tokyo"\ncidrs = ["198.51.100.0/24"]\nidentities = ["group:ml@example.com"]\npermissions = ["aiplatform.endpoints.predict"]'
ON_THE_WAY = """
[perimeter]
restricted_services = ["aiplatform.googleapis.com", "iamcredentials.googleapis.com", "sts.googleapis.com"]
[perimeter.deployer]
identities = ["user:operator@example.com"]
cidrs = ["198.51.100.7/32"]
"""


def stacks(*more: str) -> list[Stack]:
    return synthesized("test", handed(*more).folder)


def state(*addresses: str) -> Body:
    return {"outputs": {"egress_cidrs": {"value": list(addresses), "type": ["list", "string"]}}, "resources": []}


def known(*more: str, aws: Body | None = None) -> HandOver:
    found = stacks(ENFORCED, *more)
    document = hand_over.of(found)
    assert document is not None
    return hand_over.resolve(document, found, {"demo-aws": state(*ADDRESSES) if aws is None else aws})


@pytest.mark.parametrize("aws", [{}, state(), state("0.0.0.0/0"), state("203.0.113.0/24"), {"outputs": {}}])
def test_without_the_addresses_there_is_nothing(aws: Body) -> None:
    with pytest.raises(NotYet, match="needs the addresses of demo-aws, .*: deploy demo-aws first") as error:
        known(aws=aws)
    assert error.value.code == 2


@pytest.mark.parametrize("form", hand_over_files.FORMATS)
@pytest.mark.parametrize("more", ["", f"{PEOPLE}{ON_THE_WAY}"])
def test_no_output_has_an_expression(form: str, more: str) -> None:
    text = hand_over_files.text(known(more), form)
    assert "203.0.113.8/32" in text
    assert "${" not in text
    assert "%{" not in text


def asked(found: HandOver, bodies: list[Body] | tuple[Object, ...], member: str = APP) -> list[str]:
    """What differs between what is handed over and these bodies."""
    live = part(copy.deepcopy(bodies), "it").objects if isinstance(bodies, list) else bodies
    return differences(found.objects, live, "status", member, PROJECT)


def around(config: Body) -> Body:
    """The owner's perimeter with what is added to it."""
    services = {"restrictedServices": ["aiplatform.googleapis.com"]}
    return {"name": NAME, "status": {**services, "resources": [PROJECT], **config}}


def test_the_yaml_is_what_gcloud_takes() -> None:
    """A list of conditions, and a list of rules ("gcloud access-context-manager levels create", "perimeters update")."""
    found = known()
    files = hand_over_files.files(found, "yaml")
    assert sorted(files) == ["dry-run-ingress-policies.yaml", "ingress-policies.yaml", "level-demo_workloads.yaml"]
    conditions = yaml.safe_load(files["level-demo_workloads.yaml"])
    assert conditions == [{"ipSubnetworks": ADDRESSES}]
    rules = yaml.safe_load(files["ingress-policies.yaml"])
    assert yaml.safe_load(files["dry-run-ingress-policies.yaml"]) == rules
    assert rules[0].keys() == {"title", "ingressFrom", "ingressTo"}
    level = {"name": "accessPolicies/987654321/accessLevels/demo_workloads", "basic": {"conditions": conditions}}
    assert asked(found, [around({"ingressPolicies": rules}), level]) == []
    assert asked(found, [around({"ingressPolicies": []}), level])
    commands = [line.removeprefix("# ") for text in files.values() for line in text.splitlines() if line[0] == "#"]
    assert (
        "gcloud access-context-manager perimeters update shared --policy=987654321 --set-ingress-policies=ingress-policies.yaml"
        in commands
    )
    assert (
        "gcloud access-context-manager perimeters dry-run update shared --policy=987654321 --add-resources=projects/345678901234"
        in commands
    )


def test_the_json_is_what_gcloud_describes() -> None:
    found = known(f"{PEOPLE}{ON_THE_WAY}")
    body = json.loads(hand_over_files.text(found, "json"))
    assert asked(found, [around(body["perimeter"]["status"]), *body["levels"]]) == []
    assert asked(found, [around(body["perimeter"]["status"]), *body["levels"]], "group:ml@example.com") == []
    assert asked(found, [around(body["perimeter"]["status"])], "group:ml@example.com")
    assert body["perimeter"]["spec"] == body["perimeter"]["status"]


def test_a_project_that_is_inside_is_not_added() -> None:
    found = known('[perimeter]\nmember = "exists"')
    every = {form: hand_over_files.text(found, form) for form in ("yaml", "json", "hcl")}
    assert "add-resources" not in every["yaml"]
    assert "resources" not in json.loads(every["json"])["perimeter"]["status"]
    assert "_service_perimeter_resource" not in every["hcl"]


@pytest.mark.parametrize("more", ["", PEOPLE, f"{PEOPLE}{ON_THE_WAY}"])
def test_the_toml_admits_the_same_callers_in_the_owners_environment(more: str) -> None:
    found = known(more)
    added = hand_over_files.text(found, "toml")
    base = BASE.replace(*EXISTING).replace('"demo"', '"owner"')
    restricted = ON_THE_WAY if "sts" in more else ""
    owner = from_settings(parse(tables("[perimeter]\ndry_run = false", restricted, added, base=base), "owner.toml"))
    live = of_stack(owner.google)
    assert asked(found, live) == []
    without = from_settings(parse(tables("[perimeter]\ndry_run = false", base=base), "owner.toml"))
    assert asked(found, of_stack(without.google))
    entries = tomllib.loads(added)["on_premises"]
    assert [one["name"] for one in entries] == sorted(one["name"] for one in entries)
    assert all(one["identities"] == sorted(one["identities"]) for one in entries)
    if restricted:
        assert any(one.startswith("principalSet:") for one in entries[-1]["identities"])


def test_a_dry_run_is_handed_over_as_a_dry_run() -> None:
    found = stacks(HAND_OVER)
    document = hand_over.of(found)
    assert document is not None
    handed_over = hand_over.resolve(document, found, {"demo-aws": state(*ADDRESSES)})
    assert handed_over.side == "spec"
    assert sorted(hand_over_files.files(handed_over, "yaml")) == [
        "dry-run-ingress-policies.yaml",
        "level-demo_workloads.yaml",
    ]
    assert "status" not in hand_over_files.as_described(handed_over)["perimeter"]


def test_a_folder_has_every_format_and_is_written_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, out = known(), tmp_path / "new" / "out"
    names = hand_over_files.write(found, out)
    assert names == sorted(path.name for path in out.iterdir())
    assert {"hand-over.json", "hand-over.tf", "hand-over.toml", "ingress-policies.yaml"} < {*names}
    (out / "level-old.yaml").write_text("")
    assert hand_over_files.write(found, out) == names == sorted(path.name for path in out.iterdir())
    before = {path.name: path.read_text() for path in out.iterdir()}
    monkeypatch.setattr(hand_over_files, "files", lambda *_: {"hand-over.tf": "x", "hand-over.toml": None})
    with pytest.raises(TypeError):
        hand_over_files.write(found, out)
    assert {path.name: path.read_text() for path in out.iterdir()} == before
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_a_folder_of_somebody_else_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("theirs")
    with pytest.raises(DeployError, match="also has main.tf; allowed: a new or empty folder"):
        hand_over_files.write(known(), tmp_path)
    with pytest.raises(DeployError, match="is a file; allowed: a folder"):
        hand_over_files.write(known(), tmp_path / "main.tf")
    assert (tmp_path / "main.tf").read_text() == "theirs"


def test_the_commands_of_the_page_keep_the_rules_of_others(tmp_path: Path) -> None:
    """jq, as docs/how-to/which-perimeter.md has it: our old rule is replaced, every other one stays."""
    if not shutil.which("jq"):
        pytest.skip("jq is not on PATH")
    page = (Path(__file__).parents[2] / "docs/how-to/which-perimeter.md").read_text()
    keep, compare = re.findall(r"jq --slurpfile ours hand-over.json '(.*?)'", page, re.DOTALL)
    hand_over_files.write(known(), tmp_path / "files")
    ours = tmp_path / "files/hand-over.json"
    theirs: Body = {"title": "theirs", "ingressFrom": {}}
    untitled: Body = {"ingressTo": {}}
    old = {"title": "demo: workloads call Gemini (00000000)"}
    body = around({"ingressPolicies": [theirs, old, untitled]})

    def jq(program: str, perimeter: Body) -> Any:
        command = ["jq", "--slurpfile", "ours", str(ours), program.replace("PREFIX", "demo")]
        done = subprocess.run(command, input=json.dumps(perimeter), capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    rules = jq(keep, body)
    wanted = json.loads(ours.read_text())["perimeter"]["status"]["ingressPolicies"]
    assert rules == [theirs, untitled, *wanted]
    assert jq(keep, {"name": NAME, "status": {}}) == wanted
    assert jq(compare, around({"ingressPolicies": rules})) == []
    assert jq(compare, body) == wanted


def test_an_egress_rule_is_no_ingress_rule() -> None:
    found = known()
    kind = "google_access_context_manager_service_perimeter_egress_policy"
    operations = [{"service_name": "storage.googleapis.com", "method_selectors": [{"method": "*"}]}]
    leaves = {"identities": [APP]}, {"resources": ["projects/1"], "operations": operations}
    values = {"perimeter": NAME, "title": "demo: data", "egress_from": leaves[0], "egress_to": leaves[1]}
    both = HandOver(found.perimeter, (*found.objects, Object(f"{kind}.it", kind, values)))
    files = hand_over_files.files(both, "yaml")
    assert files["ingress-policies.yaml"] == hand_over_files.files(found, "yaml")["ingress-policies.yaml"]
    assert "--set-egress-policies=egress-policies.yaml" in files["egress-policies.yaml"]
    assert [one["title"] for one in yaml.safe_load(files["egress-policies.yaml"])] == ["demo: data"]
    assert hand_over_files.as_described(both)["perimeter"]["status"]["egressPolicies"][0]["egressTo"]["resources"] == [
        "projects/1"
    ]
    assert hand_over_files.text(both, "toml") == hand_over_files.text(found, "toml")
