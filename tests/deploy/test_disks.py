"""Disks of instances in plans: what is refused, and what is noted."""

import shlex
from typing import Any

import pytest

from deploy.disks import notices
from deploy.guard import refusals
from deploy.judgement import judge
from tests.deploy.planned import Body, change, plan
from tests.deploy.project import AWS, Project
from tests.terraform import support

KIND, OLD, NEW = "aws_instance", "arn:aws:kms:eu-central-1:1:key/old", "arn:aws:kms:eu-central-1:1:key/new"


def disk(size: int = 20, key: str = OLD) -> Body:
    return {"root_block_device": [{"volume_size": size, "kms_key_id": key}]}


def configured(*changes: Body, key: Any = NEW) -> Body:
    """A plan whose configuration names a key; None for a configuration that names none."""
    device = {"kms_key_id": {"constant_value": key}} if key else {}
    resource = {"address": f"{KIND}.it", "expressions": {"root_block_device": [device]}}
    return plan(*changes) | {"configuration": {"root_module": {"resources": [resource]}}}


def test_a_disk_that_would_shrink_is_refused() -> None:
    (refusal,) = refusals(plan(change(KIND, disk(20), disk(10))))
    assert "refused to shrink its disk from 20 to 10 GiB" in str(refusal)
    assert "docs/runbooks/deploy.md#the-disk-of-an-instance" in str(refusal)


def test_a_disk_may_grow_stay_and_be_smaller_in_a_new_instance() -> None:
    replaced = change(KIND, disk(20), disk(10))
    replaced["change"]["actions"] = ["delete", "create"]
    unknown = change(KIND, disk(20), {"root_block_device": []}, {"root_block_device": True})
    for one in (
        change(KIND, disk(20), disk(30)),
        change(KIND, disk(), disk()),
        change(KIND, None, disk(8)),
        replaced,
        unknown,
    ):
        assert refusals(plan(one)) == []


def test_a_key_that_waits_for_a_new_instance_is_noted_with_the_command() -> None:
    for one in (change(KIND, disk(), disk()), change(KIND, disk(20), disk(30))):
        (note,) = notices("prod", "demo-aws", configured(one))
        assert f"{KIND}.it: its disk keeps the key {OLD}. {NEW} of the settings counts when" in note
        taint = f"./keyperim -e prod terraform demo-aws -- taint {KIND}.it"
        assert note.endswith(f"{taint} && ./keyperim -e prod deploy")


@support.needs()
@pytest.mark.usefixtures("deployed")
def test_the_commands_of_the_note_rebuild_through_the_guard(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    (note,) = judge("test", AWS, configured(change(KIND, disk(), disk()))).information
    commands = note.rpartition(": ")[2].replace(f"{KIND}.it", "terraform_data.address").split(" && ")
    assert [project.run(*shlex.split(one)[3:]) for one in commands] == [0, 0]
    assert "terraform_data.address is tainted, so must be replaced" in capfd.readouterr().out


def test_nothing_is_noted_of_the_same_key_of_none_and_of_a_new_or_deleted_instance() -> None:
    replaced = change(KIND, disk(), disk(key=NEW))
    replaced["change"]["actions"] = ["delete", "create"]
    for made in (
        configured(change(KIND, disk(), disk()), key=OLD),
        configured(change(KIND, disk(), disk()), key=None),
        configured(change(KIND, None, disk(key=NEW))),
        configured(change(KIND, disk(), None)),
        configured(replaced),
        plan(change(KIND, disk(), disk())),
    ):
        assert list(notices("prod", "demo-aws", made)) == []
