"""What is wider needs its digest, or a yes at a terminal; AUTO_APPROVE=1 is enough for the rest alone."""

import re

import pytest

from access.changes import LEVEL, PERIMETER
from deploy.consent import confirm, confirm_all, still_needed
from deploy.errors import NotConfirmed
from deploy.exit_codes import ExitCode
from deploy.judgement import Judgement, judge
from tests.deploy.planned import Body, change, level, plan, ranges
from tests.deploy.project import AWS, GOOGLE, Project
from tests.terraform import support

OFFICE, HOME = "198.51.100.0/28", "203.0.113.9/32"
STATUS = {"restricted_services": ["aiplatform.googleapis.com"], "resources": ["projects/1"]}


def widened(*cidrs: str, environment: str = "prod", stack: str = GOOGLE) -> Judgement:
    """A level that had one address, and gets these as well."""
    before, after = level(ranges("203.0.113.7/32")), level(ranges("203.0.113.7/32", *cidrs))
    return judge(environment, stack, {"applyable": True, **plan(change(LEVEL, before, after))})


@pytest.fixture
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    monkeypatch.setenv("AUTO_APPROVE", "1")


@pytest.mark.usefixtures("no_terminal")
def test_auto_approve_applies_what_is_not_wider_and_nothing_else() -> None:
    confirm("apply", widened(), [])
    with pytest.raises(NotConfirmed, match="AUTO_APPROVE=1 does not accept that") as stopped:
        confirm("apply", widened(OFFICE), [])
    assert stopped.value.code == ExitCode.WIDER


@pytest.mark.usefixtures("no_terminal")
def test_the_digest_that_was_printed_is_accepted() -> None:
    judgement = widened(OFFICE)
    (line,) = [line for line in judgement.lines if "--accept" in line]
    digest = re.findall("--accept ([0-9a-f]{32}) ", line)
    confirm("apply", judgement, digest)
    assert still_needed(judgement, digest) == ExitCode.CHANGES


@pytest.mark.usefixtures("no_terminal")
@pytest.mark.parametrize(
    "other",
    [
        widened(HOME),
        widened(OFFICE, HOME),
        widened(OFFICE, environment="staging"),
        widened(OFFICE, stack="prod-google"),
    ],
    ids=["stale", "one widening is added", "another environment's", "another stack's"],
)
def test_no_other_digest_is(other: Judgement) -> None:
    for now, digest in ((widened(OFFICE), other.digest), (other, widened(OFFICE).digest)):
        with pytest.raises(NotConfirmed):
            confirm("apply", now, [digest])


def test_an_accepted_digest_still_needs_a_yes_to_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    monkeypatch.delenv("AUTO_APPROVE", raising=False)
    judgement = widened(OFFICE)
    with pytest.raises(NotConfirmed, match="set AUTO_APPROVE=1"):
        confirm("apply", judgement, [judgement.digest])
    confirm("apply", judgement, [judgement.digest], reviewed=True)
    with pytest.raises(NotConfirmed, match="set --accept"):
        confirm("apply", judgement, [], reviewed=True)


@pytest.mark.parametrize("answer", ["yes", "no", "", "y", "YES"])
def test_a_terminal_asks_whatever_auto_approve_says(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    asked = []
    monkeypatch.setenv("AUTO_APPROVE", "1")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or answer)
    if answer == "yes":
        confirm("apply", widened(OFFICE), [])
    else:
        with pytest.raises(NotConfirmed):
            confirm("apply", widened(OFFICE), [])
    assert len(asked) == 1


def test_a_plan_that_is_not_complete_cannot_be_decided() -> None:
    """Terraform marks a plan with deferred changes; what is in them cannot be read."""
    before = level(ranges("203.0.113.7/32"))
    found = {"applyable": True, **plan(change(LEVEL, before, before))}
    assert judge("prod", GOOGLE, {**found, "complete": True}).code == ExitCode.CHANGES
    assert judge("prod", GOOGLE, {**found, "complete": False}).code == ExitCode.UNDECIDED


UNKNOWN = {"basic": [{"conditions": [{"ip_subnetworks": True}]}]}
LATER = judge("prod", GOOGLE, plan(change(LEVEL, level(ranges(HOME)), level({}), UNKNOWN)))
OTHER = change("google_project_service", {"service": "a"}, {"service": "a"}, name="other")


@pytest.mark.usefixtures("no_terminal")
def test_of_several_plans_the_strongest_code_is_returned_and_each_one_named() -> None:
    assert LATER.code == ExitCode.UNDECIDED
    with pytest.raises(NotConfirmed) as stopped:
        confirm_all("apply", [widened(OFFICE, stack=AWS), LATER, widened()], [], reviewed=True)
    assert stopped.value.code == ExitCode.UNDECIDED
    assert str(stopped.value).count("not applied") == 2


def test_a_terminal_is_asked_no_further_question_after_a_no(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or "no")
    with pytest.raises(NotConfirmed):
        confirm_all("apply", [widened(OFFICE), widened(HOME)], [], reviewed=True)
    assert len(asked) == 1


def perimeter(before: Body | None, after: Body | None, drift: Body | None = None) -> Judgement:
    """A plan for a perimeter; `drift` is what became of `before` outside of Terraform."""
    found = plan(change(PERIMETER, before if drift is None else drift, after), OTHER)
    if drift is not None:
        found["resource_drift"] = [change(PERIMETER, before, drift or None)]
    return judge("prod", GOOGLE, {"applyable": True, **found})


ENFORCED = {"status": [STATUS], "spec": []}
DRY = {"status": [], "spec": [STATUS]}


@pytest.mark.parametrize(
    ("judgement", "code"),
    [
        (perimeter(DRY, ENFORCED), ExitCode.CHANGES),
        (perimeter(ENFORCED, DRY), ExitCode.WIDER),
        (perimeter(ENFORCED, ENFORCED, DRY), ExitCode.CHANGES),
        (perimeter(ENFORCED, DRY, DRY), ExitCode.WIDER),
        (perimeter(ENFORCED, None), ExitCode.REFUSED),
    ],
    ids=["enforcement begins", "enforcement ends", "drift that is closed", "drift that stays", "deleted"],
)
def test_each_notice_is_wider_or_information(judgement: Judgement, code: ExitCode) -> None:
    assert judgement.code == code
    assert any(" spec is another one" not in text for text in judgement.information) == (code == ExitCode.CHANGES)


@pytest.mark.parametrize(
    ("kind", "before", "wider"),
    [(PERIMETER, ENFORCED, True), (PERIMETER, DRY, False), (LEVEL, level(ranges(HOME)), False)],
    ids=["enforced", "dry run", "level"],
)
def test_what_was_deleted_outside_and_is_not_created_again(kind: str, before: Body, wider: bool) -> None:
    """Only where something was enforced does anything more get in."""
    found = judge("prod", GOOGLE, {"applyable": True, **plan(OTHER), "resource_drift": [change(kind, before, None)]})
    (said,) = found.information
    assert said.endswith("was deleted outside of Terraform; this plan does not create it again")
    start = "happened outside of Terraform, and this plan leaves it so: "
    assert [text.startswith(start) for text in found.widenings] == [True] * wider


def test_what_is_known_only_after_apply_cannot_be_decided() -> None:
    before, after = level(ranges("203.0.113.7/32")), level(ranges())
    unknown = {"basic": [{"conditions": [{"ip_subnetworks": True}]}]}
    judgement = judge("prod", GOOGLE, {"applyable": True, **plan(change(LEVEL, before, after, unknown))})
    assert judgement.code == ExitCode.UNDECIDED
    assert still_needed(judgement, [judgement.digest]) == ExitCode.CHANGES


def test_a_first_plan_is_wider_as_a_whole_and_has_one_digest() -> None:
    def first(*cidrs: str) -> Judgement:
        return judge("prod", GOOGLE, {"applyable": True, **plan(change(LEVEL, None, level(ranges(*cidrs))))})

    assert first(OFFICE).widenings == ("this is a first plan: everything in it is new",)
    assert first(OFFICE).digest == first(OFFICE).digest != first(OFFICE, HOME).digest


def test_a_first_plans_digest_is_about_its_outputs_too() -> None:
    """Google's stack takes the addresses that it admits from an output of AWS."""

    def first(address: str) -> Judgement:
        outputs = {"egress_cidrs": {"actions": ["create"], "before": None, "after": [address], "after_unknown": False}}
        return judge("prod", AWS, {"applyable": True, **plan(change(LEVEL, None, level())), "output_changes": outputs})

    assert first(HOME).digest == first(HOME).digest != first(OFFICE).digest


@pytest.mark.parametrize("text", ["", "yes", "0" * 31, "G" * 32, "0" * 33])
def test_what_is_no_digest(project: Project, text: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert project.run("deploy", "--accept", text) == 2
    assert f"--accept: got {text!r}; allowed: the 32 hexadecimal digits" in capfd.readouterr().err


@support.needs()
def test_a_first_deploy_in_a_pipeline(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUTO_APPROVE", "1")
    accepted: list[str] = []
    for stack in (AWS, GOOGLE):
        assert project.run("deploy", *accepted, answer=None) == 4
        said = capfd.readouterr().err
        (digest,) = re.findall(rf"{stack}: not applied: .*--accept ([0-9a-f]{{32}})", said)
        assert project.state(GOOGLE) == []
        accepted += ["--accept", digest]
    assert project.run("deploy", *accepted, answer=None) == 0
    assert project.state(GOOGLE) == [["203.0.113.7/32"]]
    project.configure(address=HOME)
    capfd.readouterr()
    assert project.run("deploy", *accepted, answer=None) == 0  # A line that a pipeline repeats does no harm.
    assert capfd.readouterr().err.count("is the digest of no plan here") == 2
    assert project.state(GOOGLE) == [[HOME]]


GRANT = "google_project_iam_member"


def grant(member: str) -> Body:
    return {"project": "p", "role": "roles/aiplatform.user", "member": member, "condition": []}


def test_the_digest_of_what_cannot_be_decided_is_about_the_whole_plan() -> None:
    """Whose account a member that is known later will be, another change of the plan decides."""

    def for_account(project: str) -> Judgement:
        account = change("google_service_account", None, {"account_id": "x", "project": project}, {"member": True})
        return judge("prod", GOOGLE, plan(OTHER, account, change(GRANT, None, grant(""), {"member": True})))

    assert for_account("p").code == ExitCode.UNDECIDED
    assert for_account("p").digest == for_account("p").digest != for_account("another").digest


def test_the_digest_is_about_changes_that_terraform_put_off() -> None:
    def putting_off(member: str) -> Judgement:
        later = [{"reason": "x", "resource_change": change(GRANT, None, grant(member))}]
        return judge("prod", GOOGLE, {"complete": False, "deferred_changes": later, **plan(OTHER)})

    assert putting_off("user:a").digest == putting_off("user:a").digest != putting_off("user:b").digest


def test_the_digest_of_a_key_is_about_which_key_it_is() -> None:
    def uploaded(key: str) -> Judgement:
        return judge("prod", GOOGLE, plan(OTHER, change("google_service_account_key", None, {"public_key_data": key})))

    assert uploaded("a").digest == uploaded("a").digest != uploaded("b").digest


def test_a_grant_that_is_imported_was_not_accepted_before() -> None:
    imported = change(GRANT, grant("user:a"), grant("user:a"))
    imported["change"]["importing"] = {"id": "p roles/aiplatform.user user:a"}
    assert judge("prod", GOOGLE, plan(OTHER, imported)).code == ExitCode.WIDER


def test_a_program_that_an_apply_runs_cannot_be_decided() -> None:
    """A provisioner has the credentials of Terraform."""
    found = plan(OTHER, change("terraform_data", None, {}, name='it["a.b"]'))
    written = {"address": "terraform_data.it", "provisioners": [{"type": "local-exec"}]}
    assert judge("prod", GOOGLE, found).code == ExitCode.CHANGES
    assert judge("prod", GOOGLE, {**found, "configuration": {"root_module": {"resources": [written]}}}).code == (
        ExitCode.UNDECIDED
    )
    found["resource_changes"][1]["address"] = "module.m[0].terraform_data.it"
    module = {"module_calls": {"m": {"module": {"resources": [written]}}}}
    assert judge("prod", GOOGLE, {**found, "configuration": {"root_module": module}}).code == ExitCode.UNDECIDED
