"""What is printed of a plan: nothing that it marks or names as secret, and nothing that a terminal obeys."""

from typing import Any

import pytest

from access.changes import PERIMETER
from deploy.judgement import Judgement, judge
from tests.deploy.planned import Body, change, plan

SECRET = 'hunter2-"quoted"-secret'
ODD = "\x1b]0;owned\x07\u202e\nwider: nothing"
MEMBER = "google_project_iam_member"
CHANNEL = "google_monitoring_notification_channel"
GRANT = {"project": "my-project", "role": "roles/owner"}


def judged(*items: Body) -> Judgement:
    return judge("test", "google", {"applyable": True, **plan(*items)})


def marked(item: Body, marks: Any) -> Body:
    return {**item, "change": {**item["change"], "before_sensitive": marks, "after_sensitive": marks}}


def member(value: str) -> Body:
    return change(MEMBER, GRANT | {"member": "user:a@b"}, GRANT | {"member": value})


def perimeter(*projects: str) -> Body:
    return {"name": "p", "status": {"resources": list(projects), "restricted_services": ["aiplatform.googleapis.com"]}}


CASES: dict[str, tuple[Body, str, str]] = {
    "a widening": (marked(member(f"user:{SECRET}"), {"member": True}), "widenings", "to (sensitive value 2)"),
    "an undocumented spelling": (marked(member(SECRET), {"member": True}), "widenings", "newly names '(sensitive value 2)'"),
    "a refusal": (marked(change(PERIMETER, perimeter("projects/1", SECRET), perimeter("projects/1")), {"status": True}),
                  "refusals", "would leave the enforced perimeter"),
    "a change that is no access": (marked(change(CHANNEL, {"type": "a"}, {"type": SECRET * 9}), {"type": True}), "information", "type is another one"),
    "a name": (change(CHANNEL, {"labels": {"password": "x"}, "type": "a"}, {"labels": {"password": SECRET}, "sensitive_labels": {"auth_token": SECRET}}),
               "information", '"auth_token": "(sensitive value 2)"'),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_planted_secret_is_not_printed(name: str) -> None:
    item, part, said = CASES[name]
    found = judged(item)
    assert any(said in line for line in getattr(found, part)), list(found.lines)
    assert "hunter2" not in "\n".join(found.lines)


def test_another_secret_is_another_digest() -> None:
    first, second = (judged(marked(member(f"user:{name}"), {"member": True})) for name in ("mallory", "trudy"))
    assert first.widenings == second.widenings
    assert first.digest != second.digest


@pytest.mark.parametrize(
    "item",
    [
        member(f"user:{ODD}"),
        change(PERIMETER, perimeter("projects/1", ODD), perimeter("projects/1")),
        change(CHANNEL, {"display_name": "a", "type": "a"}, {"display_name": ODD, "type": ODD}),
        {**member("user:b"), "address": f'{MEMBER}.a["{ODD}"]'},
    ],
    ids=["a widening", "a refusal", "a note", "an address"],
)
def test_a_title_moves_no_cursor_and_writes_no_line(item: Body) -> None:
    lines = list(judged(item).lines)
    assert any("\\x1b]0;owned\\x07\\u202e\\nwider: nothing" in line.replace("\\\\", "\\") for line in lines), lines
    assert all(line.isprintable() for line in lines)
