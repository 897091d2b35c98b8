"""`diff`: revisions synthesized by their own code and compared by this one, folders and files, formats, and errors."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from cli.inputs import environment as side_of
from cli.revisions import _is_code
from deploy.errors import DeployError
from review.diff.compare import compare
from review.safe import Secrets
from tests.cli.test_commands import ROOT, keyperim
from tests.review.changes import LEVEL, stacks
from tests.synthesis import environment

ROOMS = (
    "access",
    "cli",
    "client",
    "constructs_lib",
    "deploy",
    "policy",
    "resources",
    "review",
    "slim_bindings",
    "stacks",
)
SCHEMA = json.loads((ROOT / "review/diff/schema.json").read_text())
GRANT = """
        import os, pathlib
        pathlib.Path("SEEN").write_text("\\n".join([*os.environ, os.path.expanduser("~")]))
        from cdktf_cdktf_provider_google.project_iam_member import ProjectIamMember
        ProjectIamMember(self, "debug", project="my-project", role="roles/owner", member="user:mallory@example.net")
"""


def git(folder: Path, *arguments: str) -> str:
    name = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *name, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with two environments, on branch main; branch `request` grants something, and edits what compares."""
    folder = tmp_path_factory.mktemp("checkout")
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("main.py", "engine.py", "Pipfile.lock", ".gitignore"):
        shutil.copy(ROOT / name, folder)
    (folder / "environments").mkdir()
    for name in ("direct", "existing-identities"):
        shutil.copy(ROOT / f"environments/{name}.toml", folder / "environments")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    git(folder, "checkout", "-qb", "request")
    google = folder / "stacks/google.py"
    text = google.read_text()
    marker = "super().__init__(scope, settings.google_stack_name, settings, environment)"
    assert marker in text
    google.write_text(text.replace(marker, marker + GRANT.replace("SEEN", str(folder / ".runs/seen")), 1))
    (folder / "review/diff/compare.py").write_text("def compare(*_): raise SystemExit(0)\n")
    (folder / "Pipfile.lock").write_text("{}")
    git(folder, "mv", "environments/direct.toml", "environments/straight.toml")
    git(folder, "commit", "-qam", "two")
    git(folder, "checkout", "-q", "main")
    return folder


def diff(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "diff", *arguments],
        cwd=folder,
        env={**{name: value for name, value in os.environ.items() if name != "PYTHONPATH"}, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


def test_a_request_is_synthesized_by_its_own_code_and_compared_by_this_one(checkout: Path) -> None:
    """Its `compare` would end the program with 0. Both sides run without credentials, and leave nothing behind."""
    secret = {"AWS_SECRET_ACCESS_KEY": "x", "GOOGLE_APPLICATION_CREDENTIALS": "x", "GH_TOKEN": "x"}
    done = diff(checkout, "--base", "main", "--head", "request", **secret)
    assert done.returncode == 4, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "wider: 2 of 2 environments (exit code 4)"
    assert lines[1].startswith("renamed (was direct): straight: another state")
    granted = "newly grants roles/owner on my-project to user:mallory@example.net; from"
    assert lines[2].startswith(f"wider: existing-identities: {granted} where known_perimeter admits them")
    assert lines[3].startswith(f"wider: straight: {granted} every address: no perimeter is enforced")
    assert "note: the code of the two sides differs: stacks/google.py" in lines
    assert "note: Pipfile.lock differs: both sides were synthesized with the packages that are installed here" in lines
    seen = (checkout / ".runs/seen").read_text().splitlines()
    assert not set(secret) & set(seen)
    assert Path(seen[-1]).is_relative_to(checkout / ".runs")
    (checkout / ".runs/seen").unlink()
    assert list((checkout / ".runs").iterdir()) == []
    assert len(git(checkout, "worktree", "list").splitlines()) == 1


def test_this_checkout_is_the_new_side(checkout: Path) -> None:
    """Uncommitted and untracked files count; of equal code only the files that differ are synthesized."""
    settings = checkout / "environments/direct.toml"
    before = settings.read_text()
    try:
        settings.write_text(before.replace("[perimeter]", "[perimeter]\ndry_run = false"))
        shutil.copy(settings, checkout / "environments/broken.toml")
        (checkout / "environments/broken.toml").write_text("prefix = 7")
        done = diff(checkout, "--base", "HEAD", "--format", "json")
    finally:
        settings.write_text(before)
        (checkout / "environments/broken.toml").unlink()
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    assert done.returncode == found["exit_code"] == 5
    by_name = {one["environment"]: one for one in found["environments"]}
    assert {name: one["change"] for name, one in by_name.items()} == {
        "broken": "unreadable",
        "direct": "changed",
        "existing-identities": "same",
    }
    assert "environments/broken.toml: " in by_name["broken"]["notes"][0]
    assert by_name["direct"]["narrower"]
    assert by_name["direct"]["wider"] == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("stacks/google.py", True),
        ("json.py", True),
        ("environments_/x.py", True),
        ("client/requirements.txt", True),
        ("environments/prod.toml", False),
        ("review/safe.py", False),
        ("Makefile", False),
    ],
)
def test_what_synthesis_may_read_is_code(path: str, code: bool) -> None:
    assert _is_code(path) is code


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "allowed: OLD NEW, or --base REV, or --base REV --head REV"),
        (["a"], "allowed: OLD NEW"),
        (["a", "b", "--base", "c"], "allowed: OLD NEW"),
        (["a", "b"], "a does not exist; allowed: a folder of stacks, or the JSON of a stack, a plan or a state"),
        (["--base", "nope"], "--base: git knows no commit 'nope'"),
        (["--base", "--output=x"], "expected one argument"),
        (["--base=--output=x"], "--base: git knows no commit '--output=x'"),
        (["--base", "HEAD", "--head", "nope"], "--head: git knows no commit 'nope'"),
    ],
)
def test_bad_usage_is_2(checkout: Path, given: list[str], said: str) -> None:
    done = diff(checkout, *given)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def write(folder: Path, made: dict[str, dict[str, object]]) -> Path:
    """Stacks as synthesis writes them."""
    manifest = {}
    for name, document in made.items():
        (folder / "stacks" / name).mkdir(parents=True)
        (folder / "stacks" / name / "cdk.tf.json").write_text(json.dumps(document))
        manifest[name] = {"name": name, "synthesizedStackPath": f"stacks/{name}/cdk.tf.json", "dependencies": []}
    (folder / "manifest.json").write_text(json.dumps({"stacks": manifest}))
    return folder


def test_folders_files_and_what_is_odd_in_them(tmp_path: Path) -> None:
    """One command for each would be slow: this calls what the command calls."""
    from cli.inputs import sides
    from review.diff.compare import compare
    from review.safe import Secrets

    made = stacks(environment("on-premises"))
    wide = json.loads(json.dumps(made).replace("198.51.100.0/24", "198.51.96.0/20"))
    old, new = tmp_path / "old", tmp_path / "new"
    for folder, content in ((old, made), (new, wide)):
        folder.mkdir()
        write(folder / "prod", content)
        write(folder / "loop", content)
    secrets = Secrets()

    def verdict(one: Path, other: Path) -> str:
        return compare(sides(one, secrets), sides(other, secrets)).verdict

    google = "stacks/google/cdk.tf.json"
    assert verdict(old, old) == "nothing wider"
    assert verdict(old, new) == verdict(old / "prod", new / "prod") == "wider"
    assert verdict(old / "prod" / google, new / "prod" / google) == "wider"
    (new / "loop" / google).unlink()
    (new / "loop" / google).symlink_to("/etc/passwd")
    problem = sides(new, secrets)["loop"].problem
    assert problem == f"{new}/loop/manifest.json names '{google}'; allowed: a file in that folder"
    (new / "loop/manifest.json").write_text('{"stacks": {"a": {"synthesizedStackPath": "../prod/manifest.json"}}}')
    assert "allowed: a file in that folder" in sides(new, secrets)["loop"].problem
    (new / "loop/manifest.json").unlink()
    os.mkfifo(new / "loop/manifest.json")
    (new / "loop/not-synthesized.txt").write_text("environments/loop.toml: 1 problem\n")
    assert sides(new, secrets)["loop"].problem == "it was not synthesized: environments/loop.toml: 1 problem"
    (new / "prod" / google).write_text("[" * 100_000)
    assert "is not what Terraform or cdktf writes" in sides(new, secrets)["prod"].problem
    assert verdict(old, new) == "cannot be decided"
    shutil.copy(old / "prod/manifest.json", old)
    with pytest.raises(DeployError, match="has the stacks of one environment and folders of several"):
        sides(old, secrets)


def test_plans_and_states_are_compared(tmp_path: Path) -> None:
    values = {"name": "accessPolicies/1/accessLevels/office", "parent": "accessPolicies/1"}
    level = {"address": f"{LEVEL}.a", "type": LEVEL, "name": "a", "mode": "managed"}

    def body(cidr: str) -> dict[str, object]:
        return {**values, "basic": [{"conditions": [{"ip_subnetworks": [cidr]}]}]}

    rule = {"ingress_from": [{"identities": ["user:a@example.com"], "sources": [{"access_level": values["name"]}]}]}
    rule["ingress_to"] = [{"operations": [{"service_name": "aiplatform.googleapis.com"}], "resources": ["*"]}]
    status = [
        {"restricted_services": ["aiplatform.googleapis.com"], "resources": ["projects/1"], "ingress_policies": [rule]}
    ]
    kind = "google_access_context_manager_service_perimeter"
    perimeter = {"address": f"{kind}.p", "type": kind, "name": "p", "mode": "managed"}
    inside = {"name": "accessPolicies/1/servicePerimeters/p", "status": status}

    def plan(cidr: str) -> Path:
        changes = [
            {**one, "change": {"actions": ["create"], "before": None, "after": after, "after_unknown": {}}}
            for one, after in ((level, body(cidr)), (perimeter, inside))
        ]
        path = tmp_path / f"plan-{cidr[-2:]}.json"
        path.write_text(json.dumps({"format_version": "1.2", "planned_values": {}, "resource_changes": changes}))
        return path

    def state(cidr: str) -> Path:
        path = tmp_path / f"state-{cidr[-2:]}.tfstate"
        resources = [{**one, "instances": [{"attributes": v}]} for one, v in ((level, body(cidr)), (perimeter, inside))]
        path.write_text(json.dumps({"version": 4, "resources": resources}))
        return path

    def shown(cidr: str) -> Path:
        path = tmp_path / f"shown-{cidr[-2:]}.json"
        resources = [{**one, "values": v} for one, v in ((level, body(cidr)), (perimeter, inside))]
        module = {"child_modules": [{"resources": resources}]}
        path.write_text(json.dumps({"format_version": "1.0", "values": {"root_module": module}}))
        return path

    narrow, wide = "198.51.100.0/24", "198.51.96.0/20"
    for old, new in ((plan, plan), (state, state), (shown, shown), (state, plan), (plan, shown)):
        done = keyperim("diff", str(old(narrow)), str(new(wide)))
        assert done.returncode == 4, done.stderr
        assert "newly admits user:a@example.com from 198.51.96.0/20 to aiplatform.googleapis.com" in done.stdout


def test_a_shared_file_is_read_on_each_side_as_it_was_there(checkout: Path) -> None:
    """Its change is a change of every environment that extends it, and no change of code."""
    git(checkout, "checkout", "-qb", "shared", "main")
    base, own = (checkout / "environments" / name for name in ("shared/base.toml", "direct.toml"))
    base.parent.mkdir()
    base.write_text('[[on_premises]]\nname = "lab"\ncidrs = ["198.51.100.0/28"]\nidentities = ["user:a@example.com"]\n')
    own.write_text('extends = "shared/base.toml"\n' + own.read_text())
    git(checkout, "add", ".")
    git(checkout, "commit", "-qm", "three")
    try:
        base.write_text(base.read_text().replace("a@example.com", "b@example.com"))
        done = diff(checkout, "--base", "HEAD", "--format", "json")
    finally:
        git(checkout, "checkout", "-qf", "main")
    found = json.loads(done.stdout)
    by_name = {one["environment"]: one for one in found["environments"]}
    assert {name: one["change"] for name, one in by_name.items()} == {
        "direct": "changed",
        "existing-identities": "same",
    }
    assert "user:b@example.com" in str(by_name["direct"])
    assert "code" not in str(found["notes"])


def test_a_change_of_what_settings_link_to_is_seen(checkout: Path) -> None:
    """A link's own path does not change with its target, and no environment is named after that."""
    git(checkout, "checkout", "-qb", "linked", "main")
    own, target = checkout / "environments/direct.toml", checkout / "docs/direct.md"
    target.parent.mkdir(exist_ok=True)
    own.rename(target)
    own.symlink_to("../docs/direct.md")
    git(checkout, "add", ".")
    git(checkout, "commit", "-qm", "three")
    try:
        target.write_text(target.read_text().replace("[perimeter]", "[perimeter]\ndry_run = false"))
        done = diff(checkout, "--base", "HEAD", "--format", "json")
        own.unlink()
        own.symlink_to(target)
        outside = diff(checkout, "--base", "HEAD~1", "--head", git(checkout, "stash", "create").strip())
    finally:
        git(checkout, "checkout", "-qf", "main")
    by_name = {one["environment"]: one["change"] for one in json.loads(done.stdout)["environments"]}
    assert by_name == {"direct": "changed", "existing-identities": "same"}
    assert outside.returncode == 2
    assert f"environments/direct.toml is a link to {target}; allowed: " in outside.stderr


def test_what_is_handed_over_is_compared_as_what_joins() -> None:
    """The owner applies it, and the stacks do not have it."""
    office = '[[on_premises]]\nname = "lab"\ncidrs = ["198.51.100.0/24"]\nidentities = ["user:a@example.com"]\n'
    made = [
        environment("hand-over"),
        environment("hand-over", office),
        environment("hand-over", office.replace("0/24", "0/23")),
    ]
    sides = [side_of(one.folder, Secrets(), "prod") for one in made]
    (added,), (widened,), (narrowed,) = (
        compare({"prod": sides[old]}, {"prod": sides[new]}).differences for old, new in ((0, 1), (1, 2), (2, 1))
    )
    admits = "newly admits user:a@example.com from 198.51.100.0/24 to aiplatform.googleapis.com"
    assert [admits in one.what and not one.missing for one in added.wider] == [True]
    assert widened.wider
    assert not narrowed.wider
    assert narrowed.narrower


def test_a_repository_in_the_settings_is_shared(checkout: Path) -> None:
    """Git names it as one path, and a worktree does not have its files: the old side cannot be read."""
    git(checkout, "checkout", "-qb", "nested", "main")
    ignored = '[submodule "shared"]\npath = environments/shared\nurl = ./shared\nignore = all\n'
    (checkout / ".gitmodules").write_text(ignored)
    base, own = (checkout / "environments" / name for name in ("shared/base.toml", "direct.toml"))
    base.parent.mkdir()
    try:
        git(base.parent, "init", "-q")
        for tags in ("[aws]\ntags = { team = 'a' }\n", "[aws]\ntags = { team = 'b' }\n"):
            base.write_text(tags)
            git(base.parent, "add", ".")
            git(base.parent, "commit", "-qm", "one")
            if tags.endswith("'a' }\n"):
                own.write_text('extends = "shared/base.toml"\n' + own.read_text())
                git(checkout, "add", ".")
                git(checkout, "commit", "-qm", "three")
        done = diff(checkout, "--base", "HEAD", "--format", "json")
    finally:
        shutil.rmtree(base.parent)
        git(checkout, "checkout", "-qf", "main")
    found = {one["environment"]: one["change"] for one in json.loads(done.stdout)["environments"]}
    assert found == {"direct": "unreadable", "existing-identities": "same"}
    assert done.returncode == 5
