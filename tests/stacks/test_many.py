"""Many workloads: what their command documents have in common is in the JSON once, and nothing changes in AWS."""

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import cdktf
import pytest

from localcloud.apply.document import blocks
from localcloud.apply.expressions import evaluate
from review.blocks import blocks as read
from review.summary import lines
from stacks import aws as aws_stack
from stacks.aws import MANY, AwsStack
from stacks.settings.derived import Settings
from tests.synthesis import tables
from tests.terraform import support

ADDRESS = "198.51.100.7"
MEGABYTES = 1.5


@cache
def made(number: int, many: int = MANY, note: str = "") -> str:
    """The AWS stack's JSON, without the checks between settings: Google's condition holds fewer roles than AWS instances."""
    found = tables() | ({"client": {"variables": {"NOTE": note}}} if note else {})
    found["workload"] = [
        {"name": f"app{n}", "auth": "direct" if n % 10 == 3 else "impersonation"} for n in range(number)
    ]
    app = cdktf.App(outdir=tempfile.mkdtemp())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aws_stack, "MANY", many)
        AwsStack(app, Settings.model_validate(found), "test")
    app.synth()
    return Path(app.outdir, "stacks", "demo-aws", "cdk.tf.json").read_text()


def contents(stack: dict[str, Any]) -> dict[str, str]:
    """Each command document's text by its resource's name, with the one address known."""
    (eip,) = stack["resource"]["aws_eip"]
    known = {"aws_eip": {eip: {"public_ip": ADDRESS}}}
    held = {name: evaluate(value, known) for name, value in stack.get("locals", {}).items()}
    documents = stack["resource"]["aws_ssm_document"]
    return {name: evaluate(body["content"], {**known, "local": held}) for name, body in documents.items()}


def test_a_shared_text_gives_the_same_documents_as_literals() -> None:
    literal, shared = (json.loads(made(MANY + 1, many)) for many in (1000, MANY))
    assert "locals" not in literal
    assert len(shared["locals"]) == 2, "one with a service account, one for direct access"
    assert contents(shared) == contents(literal)
    assert len({json.loads(text)["description"] for text in contents(shared).values()}) == 2
    assert "${" not in json.dumps([text for text in contents(shared).values() if "public_ip" in text])


@pytest.mark.parametrize(
    "note",
    [
        "KEYLESS_RELEASE=000000000000",
        '"KEYLESS_RELEASE=000000000000"',
        '"  "service_account_impersonation_url": "x"',
        "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"
        "demo-app0@my-project.iam.gserviceaccount.com:generateAccessToken",
        "@RELEASE@",
    ],
)
def test_a_variable_that_looks_like_a_workloads_own_text_stays_as_it_is(note: str) -> None:
    literal, shared = (json.loads(made(MANY, many, note)) for many in (1000, MANY))
    assert contents(shared) == contents(literal)


@support.needs()
def test_terraform_gives_the_same_documents(tmp_path: Path) -> None:
    literal, shared = (json.loads(made(MANY + 1, many)) for many in (1000, MANY))
    found = []
    for stack in (literal, shared):
        (eip,) = stack["resource"]["aws_eip"]
        text = json.dumps({"content": {n: b["content"] for n, b in stack["resource"]["aws_ssm_document"].items()},
                           "locals": stack.get("locals", {})}).replace(f"aws_eip.{eip}.public_ip", "local.address")  # fmt: skip
        one = json.loads(text)
        folder = tmp_path / str(len(found))
        folder.mkdir()
        workspace = support.workspace(folder, [], {})
        outputs = {"content": {"value": one["content"]}}
        workspace.write(
            json.dumps({"terraform": {}, "locals": {**one["locals"], "address": ADDRESS}, "output": outputs})
        )
        workspace.apply()
        found.append(workspace.outputs()["content"])
    assert found[0] == found[1] == contents(literal)


def test_a_document_waits_for_the_address_that_the_shared_text_names() -> None:
    stack = json.loads(made(MANY + 1))
    needs = [
        block.needs for block in blocks(stack).values() if "delivery_" in block.address and "document" in block.address
    ]
    assert all(any(one.startswith("aws_eip.") for one in each) for each in needs)


def test_170_workloads_are_below_a_megabyte_and_a_half_and_growth_is_linear() -> None:
    sizes = {number: len(made(number)) for number in (40, 80, 170)}
    assert sizes[170] < MEGABYTES * 1e6
    each = (sizes[80] - sizes[40]) / 40
    assert abs((sizes[170] - sizes[80]) / 90 - each) < 0.02 * each


def test_a_few_workloads_keep_whole_documents() -> None:
    assert "locals" not in json.loads(made(MANY - 1))


def test_the_review_knows_and_checks_the_shared_text() -> None:
    stack = json.loads(made(MANY + 1))
    before = lines({"stack": stack})
    assert "UNEXPECTED" not in before
    assert [block.kind for block in read(stack)].count("locals") == 1
    for name in stack["locals"]:
        stack["locals"][name] += "x"
        changed = lines({"stack": stack})
        assert changed != before
        before = changed
