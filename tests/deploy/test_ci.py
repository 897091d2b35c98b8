"""The commands of docs/ci, as they stand there: extracted and run, with Terraform, and without the services themselves."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.project import GOOGLE, ROOT, Project, install
from tests.terraform import support

GITHUB, GITLAB = ROOT / "docs/ci/github", ROOT / "docs/ci/gitlab"
BASH = ["bash", "-e", "-o", "pipefail", "-c"]


def document(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text())
    return loaded


def steps(service: str, job: str) -> list[str]:
    """The commands of a job, in order."""
    if service == "gitlab":
        name = "comment.yml" if job == "comment" else ".gitlab-ci.yml"
        return list(document(GITLAB / name)[job]["script"])
    workflow = next(found for path in GITHUB.glob("*.yml") if job in (found := document(path))["jobs"])
    return [step["run"] for step in workflow["jobs"][job]["steps"] if "run" in step]


def kit_steps(service: str, job: str) -> str:
    return "\n".join(step for step in steps(service, job) if "gh api" not in step)


def run(script: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    common = {"GITHUB_OUTPUT": "outputs", "GITHUB_STEP_SUMMARY": "summary", "NAME": "test", "RUN": "7"}
    environment = {**os.environ, **common, **variables}
    done = subprocess.run(
        [*BASH, script], cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def checkout(project: Project) -> Project:
    """A checkout whose packages are installed: make has nothing to do."""
    project.install()
    return project


def stand_in(folder: Path, name: str, answer: str) -> dict[str, str]:
    """A program of the service: it notes how it was called, and prints an answer."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$*\" >> calls\n{answer}\n")
    program.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def digests(text: str) -> str:
    return " ".join(re.findall("--accept ([0-9a-f]{32}) ", text))


@support.needs()
@pytest.mark.parametrize("service", ["github", "gitlab"])
def test_plan_then_deploy_of_that_plan(checkout: Project, service: str) -> None:
    plan, deploy = kit_steps(service, "plan"), kit_steps(service, "deploy")
    first = run(plan, checkout.root)
    assert first.returncode == 0, "wider: the job passes, and a person decides"
    assert run(deploy, checkout.root, ACCEPT="").returncode == 4
    assert run(deploy, checkout.root, ACCEPT=digests(first.stdout)).returncode == 6, (
        "AWS is applied, Google planned again"
    )
    second = run(plan, checkout.root)
    assert run(deploy, checkout.root, ACCEPT=f"{'0' * 32} {digests(second.stdout)}").returncode == 0
    assert checkout.state(GOOGLE) == [["203.0.113.7/32"]]
    checkout.edit(GOOGLE, {"output": {"one_more": {"value": 1}}})  # an output of AWS would take two rounds
    run(plan, checkout.root)
    if service == "github":
        assert (checkout.root / "outputs").read_text().splitlines()[-1] == "code=10"
        assert f"--accept {digests(first.stdout)}" in (checkout.root / "summary").read_text()
    assert run(deploy, checkout.root, ACCEPT="").returncode == 0
    checkout.settings().unlink()
    assert run(plan, checkout.root).returncode == 2


@support.needs()
@pytest.mark.parametrize("service", ["github", "gitlab"])
def test_a_settings_error_is_not_drift(checkout: Project, service: str) -> None:
    drift = kit_steps(service, "drift")
    checkout.run("deploy")
    none = run(drift, checkout.root)
    assert none.returncode == 0
    assert "no drift" in none.stdout
    checkout.configure(address="203.0.113.8/32")
    found = run(drift, checkout.root)
    assert found.returncode == 10
    assert "what is applied differs" in found.stdout
    checkout.settings().unlink()
    failed = run(drift, checkout.root)
    assert failed.returncode == 2
    assert "what is applied differs" not in failed.stdout
    assert "drift was not checked" in failed.stdout


def with_environments(folder: Path) -> Path:
    """A checkout with two environments."""
    folder.mkdir()
    install(folder)
    shutil.copy(ROOT / "main.py", folder)
    (folder / "environments").mkdir()
    for name in ("example", "direct"):
        shutil.copy(ROOT / f"environments/{name}.toml", folder / "environments")
    return folder


@pytest.fixture(scope="module")
def requested(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The default branch, and what a request's job made: it admits an office, and says of itself that nothing is wider."""
    folder = tmp_path_factory.mktemp("request")
    base, request = with_environments(folder / "base"), with_environments(folder / "request")
    settings = request / "environments/example.toml"
    office = (
        '[[on_premises]]\nname = "office"\ncidrs = ["198.51.100.0/24"]\nidentities = ["user:mallory@example.net"]\n'
    )
    enforced = settings.read_text().replace("dry_run = true", "dry_run = false")
    (base / "environments/example.toml").write_text(enforced)
    settings.write_text(enforced + office)
    for room in ("review", "access"):
        shutil.copytree(ROOT / room, request / room)
    (request / "review/summary.py").write_text("summary = lambda *_: 'nothing is wider'\nlines = lambda *_: ''\n")
    (request / "access/difference.py").write_text("gains = lambda *_: ()\n")
    assert run(kit_steps("github", "review"), request).returncode == 0
    assert kit_steps("gitlab", "review") in kit_steps("github", "review")
    assert (request / "review.txt").read_text().strip().startswith("nothing is wider")
    return base, request


@pytest.mark.parametrize("service", ["github", "gitlab"])
def test_a_request_cannot_change_what_the_comment_says_of_it(
    tmp_path: Path, requested: tuple[Path, Path], service: str
) -> None:
    base, request = requested
    work = shutil.copytree(base, tmp_path / "base", symlinks=True)
    jobs = """[{"id":5,"status":"success","stage":"review","name":"review","commit":{"id":"a"}}]"""
    zipped = f"(cd {request} && {sys.executable} -m zipfile -c {tmp_path}/review.zip review.txt cdktf.out)"
    answer = f"case $* in */jobs) printf %s '{jobs}';; */artifacts*) {zipped};; esac"
    variables = {
        **stand_in(tmp_path / "bin", "gh", ""),
        **stand_in(tmp_path / "bin", "curl", answer),
        **stand_in(tmp_path / "bin", "git", f"cp -r {work} kit"),
    }
    numbers = {"NUMBER": "12", "REQUEST": "12", "PIPELINE": "3", "KIT": "4", "CI_API_V4_URL": "api", "KIT_PATH": "a/b"}
    numbers |= {"COMMENT_TOKEN": "x", "CI_JOB_TOKEN": "x", "CI_SERVER_HOST": "example.com"}
    if service == "github":
        shutil.copytree(request / "cdktf.out", work / "request/cdktf.out")
        posted = run("\n".join([*steps(service, "diff"), *steps(service, "comment")]), work, **variables, **numbers)
        where = work
    else:
        posted = run("\n".join(steps(service, "comment")), tmp_path, **variables, **numbers)
        where = tmp_path / "kit"
    assert posted.returncode == 0, posted.stderr
    said = (where / "comment.md").read_text().splitlines()
    assert said[0] == "### Keyless Perimeter: wider: 1 of 2 environments (exit code 4)"
    assert "newly admits user:mallory@example.net from 198.51.100.0/24 to aiplatform.googleapis.com" in said[1]
    calls = "".join(path.read_text() for path in (tmp_path / "calls", work / "calls", where / "calls") if path.exists())
    assert (
        "pr comment 12 --body-file comment.md" if service == "github" else "api/projects/4/jobs/5/artifacts"
    ) in calls


UNUSED = '[[lint.ignore]]\nrule = "unknown-type"\nreason = "a test"\n'


@pytest.mark.parametrize("service", ["github", "gitlab"])
def test_lint_writes_sarif_also_of_findings(tmp_path: Path, service: str) -> None:
    checkout = with_environments(tmp_path / "checkout")
    assert run(kit_steps(service, "lint"), checkout).returncode == 0
    assert json.loads((checkout / "lint.sarif").read_text())["runs"][0]["results"] == []
    with (checkout / "environments/direct.toml").open("a") as settings:
        settings.write(f"\n{UNUSED}")
    assert run(kit_steps(service, "lint"), checkout).returncode == 9
    (found,) = json.loads((checkout / "lint.sarif").read_text())["runs"][0]["results"]
    assert found["ruleId"] == "unused-ignore"
    assert run("./keyperim lint --all", checkout).returncode == 9, "what the review of a request runs"


GH = """#!{python}
import json, subprocess, sys
assert sys.argv[1:3] == ["api", "repos/me/kit/actions/runs/7"] and sys.argv[3] == "--jq" and len(sys.argv) == 5, sys.argv
run = json.dumps({run!r})
print(subprocess.run(["jq", "--raw-output", sys.argv[4]], input=run, text=True, check=True, capture_output=True).stdout, end="")
"""
DEPLOY, REVIEW = ".github/workflows/deploy.yml", ".github/workflows/review.yml"


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not on PATH")
@pytest.mark.parametrize(
    ("path", "branch", "repository", "code"),
    [
        (DEPLOY, "main", "me/kit", 0),
        (DEPLOY, "a-request", "me/kit", 1),
        (REVIEW, "main", "me/kit", 1),
        (DEPLOY, "main", "a-fork/kit", 1),
    ],
)
def test_a_plan_of_a_request_is_never_applied(
    tmp_path: Path, path: str, branch: str, repository: str, code: int
) -> None:
    """The service answers with the run that was asked for, and `--jq` is what jq makes of it."""
    (check,) = [step for step in steps("github", "deploy") if "gh api" in step]
    variables = stand_in(tmp_path / "bin", "gh", "")
    about = {"path": path, "head_branch": branch, "head_repository": {"full_name": repository}, "event": "push"}
    (tmp_path / "bin/gh").write_text(GH.format(python=sys.executable, run=about))
    assert run(check, tmp_path, GH_REPO="me/kit", **variables).returncode == code


def test_no_job_can_take_the_identities_of_another_environment() -> None:
    """Each condition names what tells the job's token apart, and each job asks for a token that has it."""
    rows = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in (ROOT / "docs/ci/README.md").read_text().splitlines()
        if re.match(r" +\| Git(Hub|Lab) \|", line)
    ]
    assert len(rows) == 4
    gitlab = document(GITLAB / ".gitlab-ci.yml")
    github = {**document(GITHUB / "deploy.yml")["jobs"], **document(GITHUB / "drift.yml")["jobs"]}
    assert "AWS_TOKEN" not in gitlab[".keyless"]["id_tokens"]
    for service, jobs, aws, google in rows:
        for job in jobs.split(", "):
            environment = (github if service == "GitHub" else gitlab)[job]["environment"]
            name = environment["name"] if isinstance(environment, dict) else environment
            assert f"assertion.environment == '{name}'" in google
            if service == "GitHub":
                assert aws.endswith(f":environment:{name}`")
            else:
                assert f"`{gitlab[job]['id_tokens']['AWS_TOKEN']['aud']}`" in aws
                assert aws.endswith(f"-{name}`")


def test_jobs_that_run_a_requests_code_have_no_token() -> None:
    review = document(GITHUB / "review.yml")
    assert review["permissions"] == {}
    assert review["jobs"]["review"]["permissions"] == {"contents": "read"}
    for path in GITHUB.glob("*.yml"):
        text = path.read_text()
        assert text.count("persist-credentials: false") == text.count("actions/checkout@"), path.name
        triggers = document(path)[True]  # YAML 1.1 reads the key `on` as a boolean
        if "id-token" in text or "security-events" in text:
            assert "pull_request" not in triggers
            assert "pull_request_target" not in triggers
    comment = document(GITHUB / "comment.yml")["jobs"]
    assert comment["diff"]["permissions"] == {"actions": "read", "contents": "read"}
    assert "checkout" not in str(comment["comment"]), "the job that may write a comment runs no code"
    assert "ref" not in str(comment["diff"]["steps"][0]), "the default branch's code compares"
    jobs = document(GITLAB / ".gitlab-ci.yml")
    assert jobs["review"]["extends"] == ".kit"
    for name in ("plan", "deploy", "drift"):
        (rule,) = jobs[name]["rules"]
        assert "merge_request" not in rule["if"]
        assert jobs[name]["extends"] == ".keyless"
