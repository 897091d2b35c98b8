"""What a change does that is no access, on the kit's own stacks, each changed in one place."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from access.objects import of_stack
from access.other_changes import differences
from tests.synthesis import environment

Body = dict[str, Any]
STACKS = {side: json.loads(json.dumps(getattr(environment("example"), side))) for side in ("aws", "google")}
ALERT = {"google_monitoring_alert_policy": {"a": {"display_name": "denials", "enabled": True}}}
EXCLUSION = {"google_logging_project_exclusion": {"e": {"name": "e", "filter": "severity < ERROR"}}}
TRAIL = {"aws_cloudwatch_log_group": {"g": {"name": "g", "retention_in_days": 400}}}
JOINED = {"google_access_context_manager_service_perimeter_dry_run_resource": {"m": {"resource": "projects/1"}}}


def one(document: Body, kind: str) -> Body:
    return dict.__getitem__(document["resource"], kind)[next(iter(document["resource"][kind]))]  # type: ignore[no-any-return]


def add(resources: Body) -> Callable[[Body], None]:
    return lambda document: document["resource"].update(json.loads(json.dumps(resources)))


def replaced(kind: str, **values: Any) -> Callable[[Body], None]:
    return lambda document: one(document, kind).update(values)


Edit = Callable[[Body], object]
CASES: dict[str, tuple[str, Edit, Edit, str]] = {
    "a deleted alert": ("google", add(ALERT), lambda found: found["resource"].pop("google_monitoring_alert_policy"), "an alert is deleted: violations raise no alert any more"),
    "an alert that is off": ("google", add(ALERT), replaced("google_monitoring_alert_policy", enabled=False), "an alert changes: enabled is false, was true"),
    "a log exclusion": ("google", dict.copy, add(EXCLUSION), "a log exclusion is new: filter severity < ERROR, name e"),
    "a shorter retention": ("aws", add(TRAIL), replaced("aws_cloudwatch_log_group", retention_in_days=1), "a log changes: retention_in_days is 1, was 400"),
    "another access policy": ("google", dict.copy, replaced("google_access_context_manager_service_perimeter", parent="accessPolicies/8"), "a perimeter changes: parent is another one"),
    "another dry run": ("google", add(JOINED), replaced("google_access_context_manager_service_perimeter_dry_run_resource", resource="projects/2"), "a dry run changes: resource is projects/2, was projects/1"),
    "another image": ("aws", replaced("aws_instance", ami="ami-1"), replaced("aws_instance", ami="ami-2"), "an instance changes: the instance gets another image: ami-1 -> ami-2"),
    "another first boot": ("aws", dict.copy, replaced("aws_instance", user_data_base64="x"), "an instance changes: user_data_base64 is another one"),
    "two settings": ("aws", replaced("aws_instance", metadata_options={"a": 1, "b": 2}), replaced("aws_instance", metadata_options={"a": 2, "b": 3}), 'metadata_options is {"a": 2, "b": 3}, was {"a": 1, "b": 2}'),
    "other commands": ("aws", dict.copy, replaced("aws_ssm_document", content="x"), "what runs on instances changes: content is another one"),
    "egress": ("aws", dict.copy, replaced("aws_vpc_security_group_egress_rule", from_port=1), "egress changes: where instances may connect to: from_port 443 -> 1"),
    "public routes": ("aws", dict.copy, replaced("aws_route_table_association", route_table_id="rtb-1"), "egress changes: route_table_id is another one"),
    "another backend": ("google", dict.copy, lambda found: found["terraform"].update(backend={"s3": {}}), "backend and versions changes: the state moves from"),
    "another version": ("google", dict.copy, lambda found: found["terraform"]["required_providers"]["google"].update(version="> 1"), "another provider may be installed: required_providers.google.version ~> 7.45 -> > 1"),
    "no guard of the account": ("aws", replaced("aws_eip"), lambda found: found["provider"]["aws"][0].pop("allowed_account_ids"), "Terraform signs in elsewhere or as another: allowed_account_ids [\"123456789012\"] -> null"),
    "no guard of the project": ("google", dict.copy, lambda found: found["data"]["google_project"].popitem()[1].clear(), "data.google_project"),
    "ignored changes": ("google", dict.copy, lambda found: one(found, "google_service_account").setdefault("lifecycle", {}).update(ignore_changes=["disabled", "x"]), "it changes: lifecycle is"),
    "an order that goes": ("google", dict.copy, lambda found: one(found, "google_project_iam_member").pop("depends_on"), "it changes: depends_on is null"),
    "an output": ("google", dict.copy, lambda found: found["output"][min(found["output"])].update(value="x"), "an output changes"),
    "what others add": ("aws", dict.copy, add({"aws_s3_bucket": {"b": {"bucket": "b"}}}), "changes of types that decide no call: aws_s3_bucket.b (new)"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_change_is_one_sentence_and_the_same_thing_is_none(name: str) -> None:
    side, first, then, text = CASES[name]
    before = json.loads(json.dumps(STACKS[side]))
    first(before)
    after = json.loads(json.dumps(before))
    then(after)
    found = list(differences(of_stack(before), of_stack(after)))
    assert len(found) == 1
    assert text in found[0], found
    assert list(differences(of_stack(after), of_stack(after))) == []


def test_what_is_made_or_destroyed_as_a_whole_is_not_listed() -> None:
    world = of_stack(STACKS["aws"])
    assert list(differences((), world)) == list(differences(world, ())) == []
