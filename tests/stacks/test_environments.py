"""Every environment's JSON, whole: reviewers see in tests/snapshots what a change does. `make snapshots` renews them."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from main import synthesize
from stacks.settings import load
from stacks.settings.load import FOLDER, parse
from tests.synthesis import ENVIRONMENTS, addresses, environment, synthesized, tables

ROOT = Path(__file__).parents[2]
SNAPSHOTS = ROOT / "tests/snapshots"
# 1 for the kit's environments, or the name of one of your own, which has snapshots from then on.
RENEW = os.environ.get("RENEW_SNAPSHOTS", "")
KEPT = {path.name.split(".")[0] for path in SNAPSHOTS.glob("*.*")}


def compared(kept: set[str], renew: str) -> list[str]:
    """The environments with snapshots, and the one that gets them now."""
    return sorted({*ENVIRONMENTS, *kept, *([renew] if renew not in ("", "1") else [])})


ALL = compared(KEPT, RENEW)


def compare(path: Path, text: str) -> None:
    if RENEW in ("1", path.name.split(".")[0]):
        path.write_text(text)
    name = path.name.split(".")[0]
    renew = "make snapshots" if name in ENVIRONMENTS else f"make snapshots ENVIRONMENT={name}"
    assert path.exists(), f"{path.name} is missing: look at the JSON, then `{renew}`"
    assert text == path.read_text(), f"{path.name} differs: if that is intended, `{renew}`"


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("side", ["aws", "google"])
def test_the_synthesized_json_is_the_reviewed_one(name: str, side: str) -> None:
    stack = getattr(environment(name), side)
    kept = {
        key: stack["terraform"][key]
        for key in ("backend", "cloud", "required_providers")
        if key in stack.get("terraform", {})
    }
    text = json.dumps(stack | {"terraform": kept}, indent=2, sort_keys=True)
    compare(SNAPSHOTS / f"{name}.{side}.json", f"{_without_the_client(text)}\n")


def _without_the_client(text: str) -> str:
    """The delivered client has tests of its own: here it would change with each line of it."""
    text = re.sub(r'("content": "\{\\"schemaVersion).*(?=",\n)', r"\1 ... the client", text)
    return re.sub(r'("user_data_base64": ")[^"]+', r"\1... the bootstrap script", text)


@pytest.mark.parametrize("name", ALL)
def test_no_terraform_address_disappears_unnoticed(name: str) -> None:
    """A renamed construct id is a replaced resource: at best an outage, at worst a perimeter that is open in between."""
    both = [*addresses(environment(name).aws), *addresses(environment(name).google)]
    compare(SNAPSHOTS / f"{name}.addresses.txt", "\n".join(both) + "\n")


def test_no_snapshot_is_left_of_an_environment_that_is_gone() -> None:
    assert set(ENVIRONMENTS) <= KEPT
    assert [name for name in KEPT if not (FOLDER / f"{name}.toml").exists()] == []


def test_an_environment_of_your_own_gets_snapshots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`make snapshots ENVIRONMENT=prod` writes its files alone; a later change of its JSON is then a failure."""
    assert compared({"example"}, "prod") == sorted([*ENVIRONMENTS, "prod"])
    assert compared({"example", "prod"}, "") == sorted([*ENVIRONMENTS, "prod"])
    assert compared({"example"}, "1") == ENVIRONMENTS
    prod, example = tmp_path / "prod.google.json", tmp_path / "example.google.json"
    monkeypatch.setattr(sys.modules[__name__], "RENEW", "prod")
    compare(prod, "one")
    with pytest.raises(AssertionError, match="example.google.json is missing"):
        compare(example, "one")
    monkeypatch.setattr(sys.modules[__name__], "RENEW", "")
    compare(prod, "one")
    with pytest.raises(
        AssertionError, match="prod.google.json differs: if that is intended, `make snapshots ENVIRONMENT=prod`"
    ):
        compare(prod, "two")


FORBIDDEN = {
    "an unresolved token": r"TfToken\[|TFTOKEN|tftoken",
    "a lost operand": r"undefined",
    "an absolute path": rf'"(/(home|root|tmp|Users|var|opt)/|[A-Z]:|{re.escape(str(Path.cwd()))}/)',
    "a sensitive output": r'"sensitive": true',
    "a null-only block": r": \{\s*(\"[^\"]+\": null,?\s*)+\}|: \[\s*\{\s*\}\s*\]|: \{\s*\}(?=,?\s*\n\s*\"[a-z_]+\": \[)",
}


def faults(text: str) -> list[str]:
    return [what for what, pattern in FORBIDDEN.items() if re.search(pattern, text)]


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_synthesized_files_are_whole_and_show_everything(name: str) -> None:
    files = [path for path in environment(name).folder.rglob("*") if path.is_file()]
    assert {"manifest.json", "cdk.tf.json"} <= {path.name for path in files}
    assert {path.name: faults(path.read_text()) for path in files} == {path.name: [] for path in files}


@pytest.mark.parametrize(
    ("planted", "what"),
    [
        ('{"a": "${TfToken[TOKEN.1]}"}', "an unresolved token"),
        ('{"a": "x-tftoken-1"}', "an unresolved token"),
        ('{"a": "${1 > undefined}"}', "a lost operand"),
        ('{"path": "/home/somebody/terraform.tfstate"}', "an absolute path"),
        ('{"output": {"a": {"sensitive": true}}}', "a sensitive output"),
        ('{"route": {"cidr_block": null, "gateway_id": null}}', "a null-only block"),
        ('{"route": [{}]}', "a null-only block"),
    ],
)
def test_the_scan_finds_what_is_planted(planted: str, what: str) -> None:
    assert faults(planted) == [what]


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_stacks_are_deployed_in_order(name: str) -> None:
    manifest: Any = json.loads((environment(name).folder / "manifest.json").read_text())["stacks"]
    google = next(stack for stack in manifest.values() if stack["name"].endswith("-google"))
    aws = [stack["name"] for stack in manifest.values() if stack["name"].endswith("-aws")]
    assert google["dependencies"] == aws
    assert len(aws) == load(name).has_aws_stack


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_state_lies_outside_of_what_cdktf_deletes_and_under_the_environments_name(name: str) -> None:
    for stack in filter(None, (environment(name).aws, environment(name).google)):
        terraform = stack["terraform"]
        kept = json.dumps(terraform.get("backend") or terraform["cloud"])
        assert re.search(rf'"(\.\./\.\./\.\./state/|platform/keyless/)?{name}[/_][a-z-]+(\.tfstate)?"', kept), kept


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the hash seed, and from the outside: the same files as cdktf's app command writes."""
    written = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        variables = os.environ | {"ENVIRONMENT": "several", "PYTHONHASHSEED": seed, "CDKTF_OUTDIR": str(folder)}
        subprocess.run([sys.executable, "main.py"], env=variables, check=True, capture_output=True)
        written.append(
            {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        )
    assert len(written[0]) == 7
    assert written[0] == written[1]


def test_no_two_environments_share_a_workspace() -> None:
    """prod with prefix eu-demo, and prod-eu with prefix demo."""
    names = set()
    for environment_name, prefix in (("prod", "eu-demo"), ("prod-eu", "demo")):
        settings = parse(tables(f'prefix = "{prefix}"\n[backend]\ntype = "cloud"\norganization = "o"'), "test.toml")
        folder = Path(tempfile.mkdtemp())
        synthesize(settings, environment_name, str(folder))
        stack = json.loads((folder / "stacks" / settings.google_stack_name / "cdk.tf.json").read_text())
        names.add(stack["terraform"]["cloud"]["workspaces"]["name"])
        assert (
            stack["data"]["terraform_remote_state"]["aws"]["config"]["workspaces"]["name"]
            == f"{environment_name}_{prefix}-aws"
        )
    assert names == {"prod_eu-demo-google", "prod-eu_demo-google"}


@pytest.mark.parametrize(("outdir", "path"), [("cdktf.out", "../../../state"), ("build/a/out", "../../../../../state")])
def test_state_stays_in_the_project_wherever_below_it_the_output_goes(
    outdir: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / outdir).parent.mkdir(parents=True, exist_ok=True)
    synthesize(parse(tables(), "test.toml"), "test", str(tmp_path / outdir))  # absolute: Node does not follow the chdir
    folder = tmp_path / outdir / "stacks" / "demo-google"
    stack = json.loads((folder / "cdk.tf.json").read_text())
    kept, read = (
        stack["terraform"]["backend"]["local"]["path"],
        stack["data"]["terraform_remote_state"]["aws"]["config"]["path"],
    )
    assert (kept, read) == (f"{path}/test/demo-google.tfstate", f"{path}/test/demo-aws.tfstate")
    assert (folder / kept).resolve() == tmp_path / "state/test/demo-google.tfstate"


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_terraforms_and_the_providers_versions_are_pinned(name: str) -> None:
    for side, constraint in (("aws", "~> 6.25"), ("google", "~> 7.45")):
        if stack := getattr(environment(name), side):
            assert stack["terraform"]["required_version"] == ">= 1.11"
            assert stack["terraform"]["required_providers"] == {side: {"source": side, "version": constraint}}


def test_the_providers_versions_are_settings() -> None:
    google = synthesized('[versions]\ngoogle = "~> 6.40"').google
    assert google["terraform"]["required_providers"]["google"]["version"] == "~> 6.40"


def test_state_in_s3_is_locked_and_encrypted() -> None:
    s3 = environment("existing-network").google["terraform"]["backend"]["s3"]
    assert s3 == {
        "bucket": "my-state", "key": "existing-network/shared-google.tfstate", "region": "eu-central-1",
        "encrypt": True, "use_lockfile": True,
    }  # fmt: skip
    config = environment("existing-network").google["data"]["terraform_remote_state"]["aws"]["config"]
    assert config["key"] == "existing-network/shared-aws.tfstate"
