"""JSON of a shape that the checks do not know ends with a sentence and exit code 1: taken for empty, it would pass them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.errors import Unreadable
from deploy.guard import refusals
from deploy.judgement import judge
from deploy.notices import notices
from deploy.stacks import synthesized
from tests.deploy.project import GOOGLE, Project

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("section", "value", "named"),
    [
        ("resource", [{"terraform_data": {}}], "resource in"),
        ("resource", None, "resource in"),
        ("resource", {"terraform_data": [{}]}, "resource.terraform_data in"),
        ("resource", {"terraform_data": {"a": None}}, "resource.terraform_data.a in"),
        ("data", [], "data in"),
        ("provider", "google", "provider in"),
        ("output", {"a": [1]}, "output.a in"),
    ],
)
def test_a_stack_whose_blocks_are_no_objects(project: Project, section: str, value: Any, named: str) -> None:
    project.synthesize()
    file = project.root / f"cdktf.out/stacks/{GOOGLE}/cdk.tf.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), section: value}))
    done = subprocess.run(
        [sys.executable, "-m", "cli", "review"],
        env={**os.environ, "ENVIRONMENT": "test", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "cdktf.out is not what cdktf writes" in done.stderr
    assert named in done.stderr
    assert "Traceback" not in done.stderr


def test_cdktf_out_as_a_file_has_no_stacks(project: Project) -> None:
    (project.root / "file").write_text("")
    with pytest.raises(Exception, match="has not been synthesized") as raised:
        synthesized("test", project.root / "file")
    assert raised.value.code == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize("part", ["resource_changes", "resource_drift"])
@pytest.mark.parametrize(
    "value",
    [None, {}, "none", [None], [[]], [{}], [{"type": "a", "address": "a.b", "change": None}]]
    + [[{"type": "a", "address": "a.b", "change": {"actions": None}}], [{"type": "a", "change": {"actions": []}}]],
)
def test_a_plan_whose_changes_cannot_be_read(part: str, value: Any) -> None:
    with pytest.raises(Unreadable, match=f"the plan's {part}.*plan again") as raised:
        judge("test", "google", {part: value})
    assert raised.value.code == 1


def test_a_plan_without_changes_has_none() -> None:
    assert refusals({}) == notices({}) == []
