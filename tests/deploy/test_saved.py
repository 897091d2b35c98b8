"""Plan now, apply later: `plan --out DIR` and `deploy --plan DIR`."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import deploy.judgement
from deploy.guard import Refusal
from deploy.lockfile import put
from deploy.notices import Notice
from tests.deploy.project import AWS, GOOGLE, Project
from tests.deploy.test_races import while_it_runs
from tests.terraform import support

pytestmark = [support.needs(), pytest.mark.xdist_group("saved")]  # one deployed project for all
PLANS = Path("plans")
NEW = "203.0.113.8/32"


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project that is applied, with a saved plan for a change of both stacks that leaves the outputs as they were."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        project = Project(tmp_path_factory.mktemp("once"), monkeypatch)
        assert project.run("deploy") == 0
        change(project)
        planned(project)
        yield project.root


@pytest.fixture
def deployed(project: Project, once: Path, capfd: pytest.CaptureFixture[str]) -> Project:
    """A copy of it."""
    shutil.copytree(once, project.root, dirs_exist_ok=True)
    capfd.readouterr()
    return project


def change(project: Project, value: str = "new") -> None:
    for stack in (AWS, GOOGLE):
        project.edit(stack, {"resource": {"terraform_data": {"more": {"input": value}}}})


def planned(project: Project, code: int = 0) -> None:
    assert project.run("plan", "--out", str(PLANS), answer=None) == code


def applied(project: Project, *arguments: str) -> int:
    return project.run("deploy", "--plan", str(PLANS), *arguments, answer=None)


def entry(stack: str, plans: Path = PLANS) -> dict[str, Any]:
    return dict(json.loads((plans / stack / "entry.json").read_text()))


def test_a_change_of_both_stacks_is_one_round(deployed: Project, capfd: pytest.CaptureFixture[str]) -> None:
    assert applied(deployed) == 0
    said = capfd.readouterr().out
    assert said.count("Apply complete!") == 2
    assert len(deployed.state(AWS)) == len(deployed.state(GOOGLE)) == 2
    assert deployed.run("plan", "--detailed-exitcode") == 0


@pytest.mark.usefixtures("deployed")
def test_what_the_folder_holds() -> None:
    assert PLANS.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in (PLANS / AWS).iterdir()} == {
        "entry.json", "plan", "plan.json", "review.txt", "terraform.lock.hcl",
    }  # fmt: skip
    assert json.loads((PLANS / AWS / "plan.json").read_text())["format_version"].startswith("1.")
    assert "demo-google: 0 resources" in (PLANS / GOOGLE / "review.txt").read_text()
    basis = entry(GOOGLE)["basis"]
    assert set(basis) == {"settings", "files", "lineage", "serial", "reads", "lock"}
    assert set(basis["reads"]) == {"aws.lineage", "aws.outputs"}
    subprocess.run(["git", "init", "--quiet"], check=True)
    ignored = subprocess.run(["git", "check-ignore", "plans/demo-aws/plan"], capture_output=True, check=False)
    assert ignored.returncode == 0


def test_a_second_plan_takes_the_place_of_the_first(deployed: Project, capfd: pytest.CaptureFixture[str]) -> None:
    change(deployed, "newer")
    planned(deployed)
    assert applied(deployed) == 0
    assert "newer" in deployed.state(AWS)
    (PLANS / AWS / "entry.json").unlink()
    (PLANS / GOOGLE / "entry.json").unlink()
    assert deployed.run("plan", "--out", str(PLANS)) == 2
    assert "--out: plans exists and holds no saved plan" in capfd.readouterr().err
    assert deployed.run("deploy", "--plan", "nowhere") == 2
    assert "--plan: nowhere is not a folder" in capfd.readouterr().err


@pytest.mark.parametrize("name", ["notes.txt", "demo-aws/notes.txt", "other/plan"])
def test_a_file_that_somebody_put_next_to_a_plan_is_not_removed(
    deployed: Project, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (PLANS / name).parent.mkdir(exist_ok=True)
    (PLANS / name).touch()
    assert deployed.run("plan", "--out", str(PLANS)) == 2
    assert re.search(f"--out: plans also has .*{name}, which would be removed; allowed: ", capfd.readouterr().err)
    assert (PLANS / name).exists()


def test_the_plan_that_is_applied_is_printed(deployed: Project, capfd: pytest.CaptureFixture[str]) -> None:
    """As `terraform show` prints the file itself, and not what is written next to it."""
    assert applied(deployed) == 0
    assert capfd.readouterr().out.count("# terraform_data.more will be created") == 2


def test_a_provider_of_its_developers_makes_no_saved_plan(
    deployed: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It runs in place of the one that the lock names, and the lock says nothing of it."""
    rc = deployed.root / "terraform.rc"
    rc.write_text('provider_installation {\n  dev_overrides {\n    "hashicorp/aws" = "/nowhere"\n  }\n  direct {}\n}\n')
    for name, value, said in (
        ("TF_REATTACH_PROVIDERS", "{}", "TF_REATTACH_PROVIDERS is set"),
        ("TF_CLI_CONFIG_FILE", str(rc), "dev_overrides are configured"),
    ):
        with monkeypatch.context() as set_for_now:
            set_for_now.setenv(name, value)
            for arguments in (["plan", "--out", "others"], ["deploy", "--plan", str(PLANS)]):
                assert deployed.run(*arguments, answer=None) == 2
                assert f"demo-aws: {said}; allowed for saved plans: neither" in capfd.readouterr().err
            assert deployed.run("plan") == 0
    assert not Path("others").exists()
    assert len(deployed.state(AWS)) == 1


def test_a_first_deploy_takes_two_rounds(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    for stack, code in ((AWS, 6), (GOOGLE, 0)):
        planned(project, 4)
        (digest,) = re.findall(f"{stack}: --accept ([0-9a-f]+)", capfd.readouterr().out)
        assert applied(project) == 4
        capfd.readouterr()
        assert applied(project, "--accept", digest) == code
        said = capfd.readouterr()
    assert project.state(GOOGLE) == [["203.0.113.7/32"]]
    assert "plan again" not in said.err


def test_a_new_address_takes_two_rounds(deployed: Project, capfd: pytest.CaptureFixture[str]) -> None:
    deployed.configure(address=NEW)
    planned(deployed)
    assert applied(deployed) == 6
    assert "demo-google: not applied: the outputs of the state that it reads as 'aws' changed" in capfd.readouterr().err
    assert deployed.state(AWS) == [NEW]
    assert deployed.state(GOOGLE) == [["203.0.113.7/32"]]
    planned(deployed)
    assert applied(deployed) == 0
    assert deployed.state(GOOGLE) == [[NEW]]


def edit_settings(project: Project) -> None:
    project.settings().write_text(project.settings().read_text() + "\n")


def edit_main(project: Project) -> None:
    path = project.root / "main.py"
    path.write_text(path.read_text() + "(out / 'stacks/demo-aws/one-more.txt').touch()\n")


def apply_something_else(project: Project) -> None:
    text = project.settings().read_text()
    project.edit(AWS, {"output": {"one_more": {"value": 1}}})
    assert project.run("deploy") == 0
    project.settings().write_text(text)


def lose_the_state(project: Project) -> None:
    path = project.state_file(AWS)
    state = json.loads(path.read_text())
    path.write_text(json.dumps({**state, "lineage": "00000000-0000-0000-0000-000000000000"}))


def commit_a_lock(_: Project) -> None:
    put(b"# newer\n", Path("locks/test/demo-aws.hcl"))


@pytest.mark.parametrize(
    ("happened", "said"),
    [
        (edit_settings, "demo-aws: not applied: the settings file changed"),
        (edit_main, "demo-aws: not applied: what is synthesized changed"),
        (apply_something_else, "demo-aws: not applied: the serial of the stack's state changed"),
        (lose_the_state, "demo-aws: not applied: the lineage of the stack's state changed"),
        (commit_a_lock, "demo-aws: not applied: the provider lock changed"),
    ],
)
def test_a_difference_stops_before_anything_is_applied(
    deployed: Project, happened: Any, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    happened(deployed)
    before = deployed.state_file(AWS).read_text(), deployed.state_file(GOOGLE).read_text()
    capfd.readouterr()
    assert applied(deployed) == 6
    printed = capfd.readouterr()
    assert said in printed.err
    assert "plan again" in printed.err
    assert "terraform plan" not in printed.out
    assert before == (deployed.state_file(AWS).read_text(), deployed.state_file(GOOGLE).read_text())


def test_only_the_google_stacks_other_state_differs(deployed: Project, capfd: pytest.CaptureFixture[str]) -> None:
    """Terraform itself checks a stack's own state alone."""
    deployed.configure()
    deployed.edit(GOOGLE, {"resource": {"terraform_data": {"more": {"input": "new"}}}})
    planned(deployed)
    path = deployed.state_file(AWS)
    state = json.loads(path.read_text())
    state["outputs"]["egress_cidrs"]["value"] = [NEW]
    path.write_text(json.dumps(state))
    assert applied(deployed) == 6
    assert "the outputs of the state that it reads as 'aws' changed" in capfd.readouterr().err


def test_a_plan_of_another_environment(deployed: Project, capfd: pytest.CaptureFixture[str]) -> None:
    deployed.configure("other")
    assert deployed.run("deploy", "--plan", str(PLANS), environment="other") == 6
    assert "plans is a plan of environment 'test', not 'other': plan again" in capfd.readouterr().err


def test_a_plan_file_that_was_made_elsewhere(deployed: Project, capfd: pytest.CaptureFixture[str]) -> None:
    """Terraform would apply it to the state that the file itself names."""
    deployed.configure("other", NEW)
    assert deployed.run("plan", "--out", "theirs", environment="other") == 4
    planned(deployed)
    shutil.copy("theirs/demo-aws/plan", PLANS / AWS / "plan")
    capfd.readouterr()
    assert applied(deployed) == 6
    assert "was made from another configuration than this checkout's: plan again" in capfd.readouterr().err
    assert deployed.state(AWS, "other") == []


def test_a_plan_file_that_another_plan_took_the_place_of(deployed: Project, capfd: pytest.CaptureFixture[str]) -> None:
    """Of the same configuration and state, such as one that destroys everything."""
    reviewed = (PLANS / AWS / "plan").read_bytes()
    planned(deployed)
    (PLANS / AWS / "plan").write_bytes(reviewed)
    capfd.readouterr()
    assert applied(deployed) == 6
    assert "plans/demo-aws/plan is not the plan that was saved here: plan again" in capfd.readouterr().err
    assert len(deployed.state(AWS)) == 1


def test_a_plan_of_another_state(deployed: Project, capfd: pytest.CaptureFixture[str]) -> None:
    """The plan file itself names it; what is written next to it says otherwise."""
    path = PLANS / AWS / "entry.json"
    about = entry(AWS)
    state = deployed.root / "state/test/demo-aws.tfstate"
    other = {**json.loads(state.read_text()), "lineage": "11111111-2222-3333-4444-555555555555"}
    state.write_text(json.dumps(other))
    path.write_text(json.dumps({**about, "basis": {**about["basis"], "lineage": other["lineage"]}}))
    assert applied(deployed) == 6
    assert "plans/demo-aws/plan was made from another state: plan again" in capfd.readouterr().err


@pytest.mark.parametrize(("content", "code"), [(b"", 5), (b"{}", 5)])
def test_a_plan_file_that_cannot_be_read(deployed: Project, content: bytes, code: int) -> None:
    (PLANS / AWS / "plan").write_bytes(content)
    assert applied(deployed) == code


def test_a_refusal_is_more_than_a_plan_file_that_cannot_be_read(
    deployed: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = Refusal("terraform_data.more", "create", "this is a test", "some-heading")
    monkeypatch.setattr(deploy.judgement, "refusals", lambda *_: [refusal])
    (PLANS / GOOGLE / "plan").write_bytes(b"")
    assert applied(deployed) == 3
    (PLANS / AWS / "plan").write_bytes(b"")
    assert applied(deployed) == 5


def test_a_plan_that_is_not_decided_is_more_than_one_that_is_wider(
    deployed: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = iter([[Notice("wider")], [Notice("admits", missing=("a value",))]])
    monkeypatch.setattr(deploy.judgement, "notices", lambda _: next(said))
    assert applied(deployed) == 5


def test_a_plan_file_that_is_missing(deployed: Project) -> None:
    (PLANS / AWS / "plan").unlink()
    assert applied(deployed) == 5


@pytest.mark.parametrize("out", ["environments/test.toml", "environments/test.toml/plans", "environments"])
def test_a_folder_that_cannot_take_the_plans(deployed: Project, out: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert deployed.run("plan", "--out", out) == 2
    assert f"--out: {out} " in capfd.readouterr().err
    assert deployed.settings().is_file()


def test_what_changes_while_it_is_planned(
    deployed: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Terraform may have read either state: nobody knows which."""
    program = deployed.root / "count.py"
    program.write_text(
        "import json, pathlib\n"
        f"path = pathlib.Path({str(deployed.state_file(AWS))!r})\n"
        "state = json.loads(path.read_text())\n"
        "state['outputs']['egress_cidrs']['value'][0] += '0'\n"
        "path.write_text(json.dumps(state))\n"
    )
    while_it_runs(deployed, monkeypatch, "plan", f"{sys.executable} count.py")
    before = entry(AWS)
    assert deployed.run("plan", "--out", str(PLANS)) == 6
    assert (
        "demo-google: the outputs of the state that it reads as 'aws' changed while it was planned"
        in capfd.readouterr().err
    )
    assert entry(AWS) == before  # The older plans are still whole.


def without(*names: str) -> str:
    return json.dumps({name: value for name, value in entry(AWS).items() if name not in names})


@pytest.mark.parametrize(
    "text",
    [
        lambda: "",
        lambda: "{}",
        lambda: "[]",
        lambda: '{"format": 2}',
        lambda: without("basis"),
        lambda: without("environment"),
        lambda: without("waiting"),
        lambda: without("plan"),
        lambda: without()[:-20],
        lambda: json.dumps({**entry(AWS), "basis": []}),
        lambda: json.dumps({**entry(AWS), "basis": {**entry(AWS)["basis"], "reads": "x"}}),
    ],
)
def test_an_entry_that_was_not_written_by_plan(
    deployed: Project, text: Callable[[], str], capfd: pytest.CaptureFixture[str]
) -> None:
    (PLANS / AWS / "entry.json").write_text(text())
    assert applied(deployed) == 6
    assert re.search(r"plans/demo-aws.* is not .* saved here: plan again|plan again$", capfd.readouterr().err.strip())


def test_a_lock_that_is_missing_or_another_one(deployed: Project, capfd: pytest.CaptureFixture[str]) -> None:
    path = PLANS / AWS / "terraform.lock.hcl"
    path.write_text("# another one")
    assert applied(deployed) == 6
    assert "terraform.lock.hcl is not the provider lock that was saved here: plan again" in capfd.readouterr().err
    path.unlink()
    assert applied(deployed) == 6
    assert "plans/demo-aws is not what `plan --out` writes (FileNotFoundError" in capfd.readouterr().err


def test_a_folder_of_plans_that_is_empty(deployed: Project, capfd: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(PLANS)
    PLANS.mkdir()
    assert applied(deployed) == 6
    assert "plans has plans of no stack; the checkout has demo-aws, demo-google" in capfd.readouterr().err


def test_an_entry_that_is_missing(deployed: Project, capfd: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(PLANS / GOOGLE)
    assert applied(deployed) == 6
    assert "plans has plans of demo-aws; the checkout has demo-aws, demo-google" in capfd.readouterr().err


def test_the_plan_file_is_judged_and_not_what_is_next_to_it(
    deployed: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for stack in (AWS, GOOGLE):
        (PLANS / stack / "plan.json").write_text('{"format_version": "1.2"}')
        (PLANS / stack / "review.txt").write_text("nothing is wider")
    judged = []

    def refuse(plan: dict[str, Any], *_: object) -> list[Refusal]:
        judged.append([one["address"] for one in plan["resource_changes"]])
        return [Refusal("terraform_data.more", "create", "this is a test", "some-heading")] if len(judged) == 2 else []

    monkeypatch.setattr(deploy.judgement, "refusals", refuse)
    assert applied(deployed) == 3
    assert "terraform_data.more: refused to create: this is a test" in capfd.readouterr().err
    assert judged == [
        ["terraform_data.address", "terraform_data.more"],
        ["terraform_data.level", "terraform_data.more"],
    ]
    assert len(deployed.state(AWS)) == 1  # Every plan is judged before the first one is applied.


def test_another_checkout_applies_it(deployed: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A pipeline's next job: the same commit in another folder, and the state where it was."""
    there = tmp_path_factory.mktemp("job")
    for name in ("main.py", "environments", "state", "plans"):
        source = deployed.root / name
        shutil.copytree(source, there / name) if source.is_dir() else shutil.copy(source, there)
    deployed.root = there
    deployed._monkeypatch.chdir(there)
    assert applied(deployed) == 0
    assert len(deployed.state(GOOGLE)) == 2
