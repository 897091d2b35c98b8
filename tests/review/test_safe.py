"""Nothing forged, nothing leaked: planted secrets appear in no format, and no value writes a line, a link or a mention."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from review.diff.data import data
from review.diff.text import lines as text_lines
from review.safe import Secrets, markdown, secret_name, text
from review.summary import lines, summary
from tests.review.changes import MEMBER, answer, enforced, shown, stacks

FORGED = "ok\n nothing widens **safe** <img src=x> @security | [a](https://example.com) ``x`` \x1b[31m\u202e\u200b"
PLANTED = "PLANTED-7f3a"


def everything(old: dict[str, Any], new: dict[str, Any]) -> dict[str, str]:
    """All that people can read of a change, by format."""
    found = answer(old, new)
    google = new["google"]
    shown_stacks = {"google": google} if "resource" in google else {}
    return {
        "markdown": shown(found),
        "text": "\n".join(text_lines(found, 4)),
        "json": json.dumps(data(found, 4)),
        **({"review": summary("prod", shown_stacks), "inventory": lines(shown_stacks)} if shown_stacks else {}),
    }


def secret(kind: str, body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    made = stacks(enforced())
    made["google"]["resource"].setdefault(kind, {})["planted"] = body
    return made


BODIES: list[tuple[str, dict[str, Any]]] = [
    ("google_service_account_key", {"service_account_id": "a", "private_key": PLANTED}),
    ("google_service_account_key", {"service_account_id": "a", "privateKey": PLANTED}),
    ("aws_db_instance", {"master": {"password": PLANTED}}),
    ("aws_secretsmanager_secret_version", {"secret_string": PLANTED}),
    ("google_secret_manager_secret_version", {"secret_data": PLANTED}),
    ("aws_lambda_function", {"environment": {"variables": {"API_TOKEN": PLANTED}}}),
    ("google_cloud_run_service", {"env": [{"name": "DB_PASSWORD", "value": PLANTED}]}),
    ("aws_ssm_parameter", {"value": f"-----BEGIN RSA PRIVATE KEY-----{PLANTED}"}),
    ("aws_iam_policy", {"policy": json.dumps({"client_secret": PLANTED})}),
    ("aws_iam_access_key", {"secret": [PLANTED, PLANTED]}),
    ("google_project_iam_custom_role", {"role_id": "x", "permissions": ["a.b.c"], "token": PLANTED}),
    (MEMBER, {"project": "p", "role": "roles/owner", "member": "user:a@example.com", "password": PLANTED}),
]


@pytest.mark.parametrize(("kind", "body"), BODIES, ids=[f"{kind}-{'-'.join(body)}" for kind, body in BODIES])
def test_a_planted_secret_is_nowhere_and_its_change_is(kind: str, body: dict[str, Any]) -> None:
    changed = json.loads(json.dumps(body).replace(PLANTED, f"{PLANTED}-again"))
    for form, said in everything(secret(kind, body), secret(kind, changed)).items():
        assert PLANTED not in said, form
        if form in ("markdown", "text", "json"):
            assert "(sensitive value" in said or "${sensitive value" in said, form
    assert answer(secret(kind, body), secret(kind, body)).same == 1


@pytest.mark.parametrize("section", ["output", "variable"])
def test_a_sensitive_output_and_variable_are_hidden(section: str) -> None:
    def made(value: str, **more: Any) -> dict[str, Any]:
        new = stacks(enforced())
        new["google"].setdefault(section, {}).update({"odd": {"value": value, "default": value, **more}})
        return new

    for form, said in everything(made(PLANTED, sensitive=True), made(f"{PLANTED}x", sensitive=True)).items():
        assert PLANTED not in said, form
    assert PLANTED in everything(made("x"), made(PLANTED))["text"]


def plan(value: str, *, marked: bool) -> dict[str, Any]:
    """A plan that makes a grant, with a condition, a secret and a drifted key."""
    condition = [{"title": "t", "expression": value}]
    values = {"project": "p", "role": "roles/owner", "member": "user:a@example.com", "condition": condition}
    marks = {"condition": [{"expression": True}]} if marked else {}
    change = {"actions": ["create"], "before": None, "after": values, "after_sensitive": marks, "after_unknown": {}}
    item = {"address": f"{MEMBER}.a", "type": MEMBER, "mode": "managed", "name": "a", "change": change}
    drifted = {"actions": ["update"], "before": {"private_key": value}, "after": {"private_key": value}}
    key = {"address": "google_service_account_key.k", "type": "google_service_account_key", "mode": "managed"}
    return {
        "format_version": "1.2",
        "planned_values": {},
        "resource_changes": [item, {**key, "change": drifted}],
        "resource_drift": [{**key, "change": drifted}],
    }


def state(value: str, *, marked: bool) -> dict[str, Any]:
    """The same, as `terraform show -json` writes a state."""
    (item, _) = plan(value, marked=marked)["resource_changes"]
    one = {**item, "values": item["change"]["after"], "sensitive_values": item["change"]["after_sensitive"]}
    return {"format_version": "1.0", "values": {"root_module": {"resources": [one]}}}


def file(value: str, *, marked: bool) -> dict[str, Any]:
    """The same, as the state file has it."""
    (item, _) = plan(value, marked=marked)["resource_changes"]
    sensitive = [[{"type": "get_attr", "value": "condition"}]] if marked else []
    instance = {"attributes": item["change"]["after"], "sensitive_attributes": sensitive}
    return {"version": 4, "resources": [{"mode": "managed", "type": MEMBER, "name": "a", "instances": [instance]}]}


@pytest.mark.parametrize("form", [plan, state, file])
def test_what_terraform_marks_sensitive_is_hidden(form: Any) -> None:
    old, new = {"google": form("x", marked=True)}, {"google": form(PLANTED, marked=True)}
    for name, said in everything(old, new).items():
        assert PLANTED not in said, name
    found = shown(answer(old, new))
    assert "(sensitive value 2)" in found
    assert ("cannot be decided" in found) == (form is not file)  # it marks the whole block
    unmarked = {"google": form(PLANTED, marked=False)}
    assert PLANTED in "\n".join(text_lines(answer({"google": form("x", marked=False)}, unmarked), 4))


def test_no_value_writes_a_line_a_link_or_a_mention() -> None:
    """Markdown's own parser is the oracle: what is forged ends as the text of code spans."""
    new = stacks(enforced())
    grant = {"project": FORGED, "role": FORGED, "member": f"user:{FORGED}"}
    new["google"]["resource"][MEMBER][FORGED] = grant
    new["aws"]["resource"][FORGED] = {FORGED: {FORGED: FORGED}}
    plain = stacks(enforced())
    plain["google"]["resource"][MEMBER]["x"] = {"project": "p", "role": "r", "member": "user:m m"}
    plain["aws"]["resource"]["aws_x"] = {"x": {"y": "z"}}
    comment, other = (shown(answer(stacks(enforced()), each)) for each in (new, plain))
    assert len(comment.splitlines()) == len(other.splitlines())
    tokens = [
        inner
        for token in MarkdownIt("gfm-like", {"linkify": False}).parse(comment)
        for inner in [token, *(token.children or [])]
    ]
    outside = "".join(token.content for token in tokens if token.type in ("text", "html_inline", "html_block"))
    assert not {"img", "@security", "https://example.com", "safe"} & set(outside.replace("<", " ").split())
    assert not any(token.type in ("link_open", "image", "table_open") for token in tokens)
    assert any("@security" in token.content for token in tokens if token.type == "code_inline")
    for form, said in everything(stacks(enforced()), new).items():
        assert not {"\x1b", "\u202e", "\u200b"} & set(said), form
        assert "\n nothing widens" not in said, form


@given(st.text(max_size=80))
def test_a_code_span_ends_where_the_value_does(value: str) -> None:
    (block,) = [token for token in MarkdownIt().parse(f"- {markdown(value)}") if token.type == "inline"]
    (span,) = block.children or []
    assert span.type == "code_inline"
    assert span.content.strip() == text(value).strip()
    assert text(value).isprintable()


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("private_key", True),
        ("secretString", True),
        ("auth-token", True),
        ("passwords", True),
        ("http_tokens", False),
        ("token_url", False),
        ("secret_id", False),
        ("service_account_id", False),
        ("monkey", False),
    ],
)
def test_names_of_secrets(name: str, hidden: bool) -> None:
    assert secret_name(name) is hidden


def test_the_document_itself_is_not_changed() -> None:
    document = secret(*BODIES[0])["google"]
    before = copy.deepcopy(document)
    Secrets().hidden(document)
    assert document == before
