"""A perimeter that others own: what is said of it before a plan, and after an apply."""

import copy
import dataclasses
import json
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy import described, joinable, joining
from deploy.attachments import of_stack, of_state
from deploy.described import Described
from deploy.errors import DeployError, Refused
from deploy.google_api import NotRead
from deploy.stacks import Stack
from localcloud.google import seed
from tests.stacks.test_join import ENFORCED, NAME, stack
from tests.terraform.google_cloud import GoogleCloud, google_cloud

Body = dict[str, Any]
PROJECT = f"projects/{seed.NUMBER}"
OTHER = "accessPolicies/987654321/servicePerimeters/other"
WANTED = of_stack(stack(ENFORCED))
EXISTS = of_stack(stack(f'{ENFORCED}\nmember = "exists"'))
OLD = [dataclasses.replace(one, key="old") if one.content else one for one in WANTED]
MOVED = [dataclasses.replace(one, perimeter=OTHER) for one in WANTED]
RULE = next(one for one in WANTED if one.content)


def perimeter(*projects: str, rules: list[Body] | None = None) -> Body:
    config = {"resources": list(projects), "restrictedServices": ["aiplatform.googleapis.com"]}
    config |= {"ingressPolicies": rules or []}
    return {"name": NAME, "status": config, "spec": copy.deepcopy(config), "useExplicitDryRunSpec": True}


def rule(**more: Any) -> Body:
    return {"title": RULE.key, **json.loads(RULE.content), **more}


def before(body: Body, wanted: list[Any] = WANTED, applied: list[Any] | None = None, **others: Body) -> list[str]:
    found = Described({NAME: body, **{f"{OTHER}": one for one in others.values()}})
    return list(joinable.problems(NAME, wanted, applied or [], found))


def edit(**more: Any) -> Body:
    return {**perimeter(), **more}


UNRESTRICTED = {"restrictedServices": ["storage.googleapis.com"]}
PROBLEMS: dict[str, tuple[Callable[[], list[str]], int, str]] = {
    "none": (lambda: before(perimeter()), 0, ""),
    "a bridge": (lambda: before(edit(perimeterType="PERIMETER_TYPE_BRIDGE")), 1, "is a bridge"),
    "no dry run": (lambda: before(edit(useExplicitDryRunSpec=False)), 1, "has no dry run configuration"),
    "Gemini is open": (lambda: before(edit(status=UNRESTRICTED, spec=UNRESTRICTED)), 2, "a join would protect nothing"),
    "a member": (lambda: before(perimeter(PROJECT)), 2, 'set perimeter.member = "exists"'),
    "our member": (lambda: before(perimeter(PROJECT), applied=WANTED), 0, ""),
    "not a member": (lambda: before(perimeter(), EXISTS), 2, 'perimeter.member: got "exists"'),
    "a member that exists": (lambda: before(perimeter(PROJECT), EXISTS), 0, ""),
    "a member that this environment added": (lambda: before(perimeter(PROJECT), EXISTS, WANTED), 2, "let Terraform forget its membership first"),
    "in another": (lambda: before(perimeter(), other=perimeter(PROJECT)), 2, f"of {OTHER}, and Google admits a project in one"),
    "in another by this environment": (lambda: before(perimeter(), other=perimeter(PROJECT), applied=MOVED), 2, f"this environment added it: name {OTHER} again"),
    "a bridge in addition": (lambda: before(perimeter(), other={**perimeter(PROJECT), "perimeterType": joinable.BRIDGE}), 0, ""),
    "a title that is taken": (lambda: before(perimeter(rules=[rule()])), 2, "give this environment another prefix"),
    "our title": (lambda: before(perimeter(PROJECT, rules=[rule()]), applied=WANTED), 0, ""),
    "our old rule, edited": (lambda: before(perimeter(PROJECT, rules=[rule(title="old", ingressFrom={})]), applied=OLD), 2, "the rule 'old' in"),
    "our old rule": (lambda: before(perimeter(PROJECT, rules=[rule(title="old")]), applied=OLD), 0, ""),
    "our rule, edited": (lambda: before(perimeter(PROJECT, rules=[rule(ingressFrom={})]), applied=WANTED), 2, "was edited outside of Terraform"),
}  # fmt: skip


@pytest.mark.parametrize("name", PROBLEMS)
def test_before_a_plan(name: str) -> None:
    found, count, text = PROBLEMS[name]
    sentences = found()
    assert len(sentences) == count, sentences
    assert all(text in one for one in sentences)


def test_a_perimeter_that_does_not_exist_is_named_with_those_that_do() -> None:
    (said,) = joinable.problems(NAME, WANTED, [], Described({OTHER: perimeter()}))
    assert said.endswith(f"there are: {OTHER}")


def after(*rules: Body) -> list[str]:
    return list(joinable.broken(NAME, WANTED, Described({NAME: perimeter(PROJECT, rules=list(rules))})))


def test_after_an_apply() -> None:
    assert after(rule()) == []
    assert all("is missing in" in one for one in after())
    assert all("was edited outside" in one for one in after(rule(ingressTo={})))
    assert all("has the same rule as 'more' too" in one for one in after(rule(), rule(title="more")))
    assert [len(after()), len(after(rule(ingressTo={}))), len(after(rule(), rule(title="more")))] == [2, 2, 2]


def test_after_an_apply_the_perimeter_still_protects() -> None:
    """Somebody unrestricted Gemini, or took the project out that was inside already, after the look before."""

    def said(wanted: list[Any], body: Body) -> list[str]:
        return list(joinable.broken(NAME, wanted, Described({NAME: body})))

    body = perimeter(PROJECT, rules=[rule()])
    assert said(EXISTS, body) == []
    assert ["is not in" in one for one in said(EXISTS, perimeter(rules=[rule()]))] == [True, True]
    for side in ("status", "spec"):
        body[side]["restrictedServices"] = []
    assert ["a join would protect nothing" in one for one in said(WANTED, body)] == [True, True]


def test_before_a_destroy() -> None:
    def said(*rules: Body) -> list[str]:
        return list(joinable.edited(NAME, WANTED, Described({NAME: perimeter(PROJECT, rules=list(rules))})))

    assert said(rule()) == said() == []
    assert ["was edited outside" in one for one in said(rule(ingressTo={}))] == [True, True]


def test_a_state_and_a_stack_are_read_alike() -> None:
    document = stack(ENFORCED)
    resources = [
        {"mode": "managed", "type": kind, "name": name, "instances": [{"attributes": _listed(body)}]}
        for kind, named in document["resource"].items()
        for name, body in named.items()
    ]
    assert sorted(map(str, of_state({"resources": resources}))) == sorted(map(str, WANTED))


def _listed(body: Body) -> Body:
    """Blocks as a state has them."""
    return {name: [value] if name in ("ingress_from", "ingress_to") else value for name, value in body.items()}


@pytest.fixture(scope="module")
def cloud() -> Iterator[GoogleCloud]:
    with google_cloud() as cloud:
        seed.access_policy(cloud.state, "987654321")
        seed.service_perimeter(cloud.state, NAME, PROJECT)
        seed.service_account(cloud.state, ACCOUNT)
        cloud.enable("accesscontextmanager", "iamcredentials")
        yield cloud


ORGANIZATION = f"organizations/{seed.ORGANIZATION}"
ACCOUNT = "terraform@my-project.iam.gserviceaccount.com"
VARIABLES = ("GOOGLE_OAUTH_ACCESS_TOKEN", "GOOGLE_CREDENTIALS", "GOOGLE_APPLICATION_CREDENTIALS")


def read(cloud: GoogleCloud, monkeypatch: pytest.MonkeyPatch, provider: Body, **variables: str) -> Described:
    for name, value in {**cloud.environment, **variables}.items():
        monkeypatch.setenv(name, value)
    for name in VARIABLES:
        if name not in variables:
            monkeypatch.delenv(name, raising=False)
    return described.read(Stack("google", Path("google"), (), {"provider": {"google": [provider]}}), NAME)


@pytest.mark.parametrize(
    "variables",
    [
        {"GOOGLE_OAUTH_ACCESS_TOKEN": seed.TOKEN},
        {"GOOGLE_CREDENTIALS": json.dumps(seed.CREDENTIALS)},
    ],
    ids=["token", "key"],
)
def test_it_is_read_as_the_provider_reads(
    cloud: GoogleCloud, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    found = read(cloud, monkeypatch, {"billing_project": "my-project"}, **variables)
    assert found.perimeters[NAME]["status"]["resources"] == [PROJECT]


def test_an_authority_of_the_system_is_enough(cloud: GoogleCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = ssl.get_default_verify_paths()._replace(cafile=cloud.environment["SSL_CERT_FILE"])
    monkeypatch.setattr("ssl.get_default_verify_paths", lambda: paths)
    bundles = {"SSL_CERT_FILE": "", "REQUESTS_CA_BUNDLE": "", "CURL_CA_BUNDLE": ""}
    provider = {"billing_project": "my-project"}
    assert NAME in read(cloud, monkeypatch, provider, GOOGLE_OAUTH_ACCESS_TOKEN=seed.TOKEN, **bundles).perimeters


@pytest.mark.parametrize("setting", [True, False], ids=["setting", "variable"])
def test_it_is_read_as_the_account_that_the_provider_impersonates(
    cloud: GoogleCloud, monkeypatch: pytest.MonkeyPatch, setting: bool
) -> None:
    provider = {"billing_project": "my-project", **({"impersonate_service_account": ACCOUNT} if setting else {})}
    variables = {} if setting else {"GOOGLE_IMPERSONATE_SERVICE_ACCOUNT": ACCOUNT}
    policies = cloud.state.iam_policies
    kept = copy.deepcopy(policies)
    account = f"projects/my-project/serviceAccounts/{ACCOUNT}"
    for refused, resource, role, member in (
        ("'iam.serviceAccounts.getAccessToken' denied", account, "iam.serviceAccountTokenCreator", f"user:{seed.DEPLOYER}"),
        ("required permission to use project my-project", "projects/my-project", "serviceusage.serviceUsageConsumer", f"serviceAccount:{ACCOUNT}"),
        ("'accesscontextmanager.servicePerimeters.list' denied", ORGANIZATION, "accesscontextmanager.policyEditor", f"serviceAccount:{ACCOUNT}"),
    ):  # fmt: skip
        with pytest.raises(NotRead, match=refused):
            read(cloud, monkeypatch, provider, GOOGLE_OAUTH_ACCESS_TOKEN=seed.TOKEN, **variables)
        grant(cloud, resource, f"roles/{role}", member)
    assert NAME in read(cloud, monkeypatch, provider, GOOGLE_OAUTH_ACCESS_TOKEN=seed.TOKEN, **variables).perimeters
    policies.clear()
    policies.update(kept)


def grant(cloud: GoogleCloud, resource: str, role: str, member: str) -> None:
    policy = cloud.state.iam_policies.setdefault(resource, {"version": 1, "etag": "BwX0AAAAAAA=", "bindings": []})
    policy["bindings"].append({"role": role, "members": [member]})


@pytest.mark.parametrize("name", ["GOOGLE_CREDENTIALS", "GOOGLE_APPLICATION_CREDENTIALS"])
def test_what_cannot_be_read_is_said(cloud: GoogleCloud, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(NotRead, match=f"{name}: .o such file"):
        read(cloud, monkeypatch, {}, **{name: "/absent.json"})


FILES = {
    "YAML": ("name: shared\nstatus: {}", "got no JSON"),
    "a list": ("[]", "got the perimeter None"),
    "another": (json.dumps({**perimeter(), "name": OTHER}), f"got the perimeter {OTHER!r}"),
    "a rule that is a text": (json.dumps({**perimeter(), "status": {"ingressPolicies": ["x"]}}), "status is not that of a perimeter"),
    "no services": (json.dumps({**perimeter(), "spec": {"restrictedServices": None}}), "spec is not that of a perimeter"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_does_not_describe_the_perimeter(name: str, tmp_path: Path) -> None:
    text, said = FILES[name]
    file = tmp_path / "perimeter.json"
    file.write_text(text)
    with pytest.raises(DeployError) as error:
        described.from_file(file, NAME)
    assert said in str(error.value)
    assert str(file) in str(error.value)


def test_what_google_says_comes_before_a_file(
    cloud: GoogleCloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file from before the project was inside: `plan` would find nothing wrong."""
    file = tmp_path / "perimeter.json"
    file.write_text(json.dumps(perimeter()))
    for name, value in {**cloud.environment, "GOOGLE_OAUTH_ACCESS_TOKEN": seed.TOKEN}.items():
        monkeypatch.setenv(name, value)
    google = Stack("google", Path("google"), (), stack(ENFORCED))
    with pytest.raises(Refused, match="already: set perimeter.member"):
        joining.before(google, None, file, applies=False)
    assert "is not used" in capsys.readouterr().err


def test_a_rule_of_a_perimeter_that_is_joined_no_longer_was_edited(
    cloud: GoogleCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**cloud.environment, "GOOGLE_OAUTH_ACCESS_TOKEN": seed.TOKEN}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(cloud.state.service_perimeters[NAME]["status"], "ingressPolicies", [rule(ingressFrom={})])
    document = stack(ENFORCED)
    state = {
        "resources": [
            {"mode": "managed", "type": kind, "name": name, "instances": [{"attributes": _listed(body)}]}
            for kind, named in document["resource"].items()
            for name, body in named.items()
        ]
    }
    left = Stack("google", Path("google"), (), {"provider": document["provider"], "resource": {}})
    with pytest.raises(Refused, match="was edited outside of Terraform"):
        joining.before(left, state, None, applies=False)
