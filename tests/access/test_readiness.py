"""What a log says of a dry run: which calls it would deny, what would admit them, and what the log does not tell."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from access.bridges import BRIDGE
from access.errors import Unreadable
from access.inputs import part
from access.readiness import NEAR, SETTLED, STRANGER, UNTOLD, Log, NoDryRun, Readiness
from access.violations import entries
from access.world import World, world
from review.readiness import setting

STACK = Path(__file__).parent.parent / "snapshots" / "on-premises.google.json"
ADDRESSES = '"${try(data.terraform_remote_state.aws.outputs.egress_cidrs, [])}"'
KIND = "google_access_context_manager_service_perimeter"
WORKLOAD = "office-app@my-project.iam.gserviceaccount.com"
REPORTS = "reports@my-project.iam.gserviceaccount.com"
ROOT = "principal://iam.googleapis.com/projects/345678901234/locations/global/workloadIdentityPools/office-aws/subject"
Body = dict[str, Any]


def stack(**changes: Any) -> Body:
    """The on-premises environment as a dry run, its workloads at 192.0.2.7."""
    text = STACK.read_text().replace(ADDRESSES, '["192.0.2.7/32"]')
    body: Body = json.loads(text)
    (perimeter,) = body["resource"][KIND].values()
    perimeter |= {"spec": perimeter.pop("status"), "use_explicit_dry_run_spec": True}
    perimeter["spec"] |= changes
    return body


@cache
def dry_run() -> World:
    return world([part(stack(), "stack")])


def entry(
    caller: str, address: str, *, service: str = "aiplatform", at: str = "2026-11-25T10:00:00Z", **more: Any
) -> Body:
    """A violation of the dry run."""
    named = "principalSubject" if caller.startswith("principal") else "principalEmail"
    perimeter = f"accessPolicies/7/servicePerimeters/{more.get('perimeter', 'office_perimeter')}"
    metadata = {
        "@type": "type.googleapis.com/google.cloud.audit.VpcServiceControlAuditMetadata",
        "violationReason": "NO_MATCHING_ACCESS_LEVEL",
        "ingressViolations": [{"targetResource": more.get("target", "projects/345678901234"), "servicePerimeter": perimeter}],
        "securityPolicyInfo": {"servicePerimeterName": perimeter},
    }  # fmt: skip
    return {
        "logName": f"{more.get('place', 'projects/my-project')}/logs/cloudaudit.googleapis.com%2Fpolicy",
        "timestamp": at,
        "protoPayload": {
            "authenticationInfo": {named: caller} if caller else {},
            "requestMetadata": {"callerIp": address},
            "serviceName": f"{service}.googleapis.com",
            "methodName": "google.cloud.aiplatform.v1.PredictionService.GenerateContent",
            "metadata": metadata | ({"dryRun": True} if more.get("dry_run", True) else {}) | more.get("metadata", {}),
        },
    }


def call(caller: str, at: str = "2026-11-26T10:00:00Z", address: str = "", project: str = "my-project") -> Body:
    """A call that passed, in the log of data access, from where the caller is admitted unless an address is given."""
    address = address or ("203.0.113.3" if caller == REPORTS else "192.0.2.7")
    payload = {"authenticationInfo": {"principalEmail": caller}, "requestMetadata": {"callerIp": address},
               "serviceName": "aiplatform.googleapis.com", "methodName": "PredictionService.GenerateContent"}  # fmt: skip
    return {
        "logName": f"projects/{project}/logs/cloudaudit.googleapis.com%2Fdata_access",
        "timestamp": at,
        "protoPayload": payload,
    }


CALLS = [call(WORKLOAD, "2026-11-25T09:00:00Z"), call(REPORTS)]
"""What shows that the declared callers call, a day and more."""


def judged(*bodies: Body, known: World | None = None) -> Readiness:
    return Log(known or dry_run(), entries([*bodies, *CALLS], "log")).readiness()


def test_calls_without_a_violation_over_a_day_are_ready() -> None:
    assert judged().ready is True


@pytest.mark.parametrize(
    ("caller", "address", "kind", "proposal"),
    [
        ("operator@example.com", "198.51.100.9", NEAR, '[[on_premises]] osaka: add "198.51.100.9/32" to cidrs'),
        ("operator@example.com", "2001:db8:1::7", NEAR, '[[on_premises]] osaka: add "2001:db8:1::7/128" to cidrs'),
        (REPORTS, "8.8.8.8", NEAR, '[[on_premises]] osaka: add "8.8.8.8/32" to cidrs'),
        (WORKLOAD, "8.8.8.8", NEAR, 'egress_cidrs: add "8.8.8.8/32"; or route the caller through the NAT gateway'),
        ("clerk@example.com", "203.0.113.3", NEAR, '[[on_premises]] osaka: add "user:clerk@example.com" to identities'),
        ("clerk@example.com", "8.8.8.8", UNTOLD, '[[on_premises]] tokyo: add "8.8.8.8/32" to cidrs'),
        ("operator@example.com", "203.0.113.3", SETTLED, ""),
        ("operator@example.com", "gce-internal-ip", UNTOLD, ""),
        ("", "8.8.8.8", UNTOLD, ""),
    ],
)
def test_each_caller_is_judged_with_the_one_setting_that_would_admit_it(
    caller: str, address: str, kind: str, proposal: str
) -> None:
    (finding,) = judged(entry(caller, address)).findings
    assert (finding.kind, setting(finding.remedy, finding) if finding.remedy else "") == (kind, proposal), finding


def test_whom_nothing_names_is_a_stranger_and_no_reason_to_wait() -> None:
    without_groups = stack()
    for one in without_groups["resource"][KIND].values():
        one["spec"]["ingress_policies"] = [r for r in one["spec"]["ingress_policies"] if "tokyo" not in r["title"]]
    found = judged(entry("mallory@example.net", "8.8.8.8"), known=world([part(without_groups, "stack")]))
    assert [one.kind for one in found.findings] == [STRANGER]
    assert found.ready is True


def test_a_declared_caller_of_a_service_without_a_rule_is_denied() -> None:
    known = world([part(stack(restricted_services=["aiplatform.googleapis.com", "storage.googleapis.com"]), "stack")])
    (finding,) = judged(entry(WORKLOAD, "192.0.2.7", service="storage"), known=known).findings
    assert (finding.kind, finding.why) == (NEAR, "no rule is about storage.googleapis.com from there")


def test_equal_violations_are_one_group_and_different_ones_are_not() -> None:
    found = judged(
        *[entry("operator@example.com", "198.51.100.9")] * 3,
        entry("operator@example.com", "198.51.100.10"),
        entry("operator@example.com", "198.51.100.9", metadata={"violationReason": "OTHER"}),
    )
    assert [one.count for one in found.findings] == [3, 1, 1]
    assert found.ready is False


def test_a_token_exchange_is_whose_address_it_comes_from() -> None:
    known = world([part(stack(restricted_services=["aiplatform.googleapis.com", "sts.googleapis.com"]), "stack")])
    exchange = entry("", "8.8.8.8", service="sts")
    assert [one.kind for one in judged(exchange, known=known).findings] == [UNTOLD]
    both = judged(exchange, entry(WORKLOAD, "8.8.8.8"), known=known).findings
    assert [one.kind for one in both] == [NEAR, NEAR]
    assert both[0].why == f"it has no identity; {WORKLOAD} calls from the same address"


def test_a_workload_that_calls_directly_is_known_by_its_subject() -> None:
    """The grant on the service account names the role's principalSet, which the subject alone does not show."""
    known = world([part(stack(restricted_services=["iamcredentials.googleapis.com"]), "stack")])
    arn = "arn:aws:sts::123456789012:assumed-role"
    for subject, kind in ((f"{arn}/office-app/i-0", NEAR), (f"{arn}/other/i-0", STRANGER)):
        (finding,) = judged(entry(f"{ROOT}/{subject}", "8.8.8.8", service="iamcredentials"), known=known).findings
        assert finding.kind == kind


@pytest.mark.parametrize(
    ("body", "others", "enforced"),
    [
        (entry("operator@example.com", "8.8.8.8", target="projects/1"), 1, 0),
        (entry("operator@example.com", "8.8.8.8", perimeter="another"), 1, 0),
        (entry("operator@example.com", "8.8.8.8", dry_run=False), 0, 1),
    ],
)
def test_what_is_about_another_project_or_perimeter_is_counted_and_not_judged(
    body: Body, others: int, enforced: int
) -> None:
    found = judged(body)
    assert (found.findings, found.others, found.enforced, found.ready) == ((), others, enforced, True)


def test_the_target_counts_and_not_the_project_whose_log_has_the_entry() -> None:
    found = judged(entry("operator@example.com", "8.8.8.8", place="projects/another"))
    assert len(found.findings) == 1


GONE = {"ingressViolations": [], "egressViolations": [{"source": "projects/345678901234", "targetResource": "projects/1",
        "servicePerimeter": "accessPolicies/7/servicePerimeters/office_perimeter"}]}  # fmt: skip
LEAVES = {"title": "out", "egress_from": {"identity_type": "ANY_IDENTITY"},
          "egress_to": {"resources": ["projects/1"], "operations": [{"service_name": "*"}]}}  # fmt: skip


def test_what_leaves_the_perimeter_is_denied() -> None:
    (finding,) = judged(entry(WORKLOAD, "private", metadata=GONE)).findings
    assert (finding.kind, finding.why) == (NEAR, "it leaves the perimeter, and no egress rule or bridge here admits it")


def bridged(*projects: str) -> Body:
    """The environment, and a bridge as gcloud or a state has it."""
    body = stack()
    found = {
        "name": "accessPolicies/7/servicePerimeters/b",
        "perimeter_type": BRIDGE,
        "status": {"resources": list(projects)},
    }
    body["resource"][KIND]["b"] = found
    return body


@pytest.mark.parametrize(
    ("body", "kind", "why"),
    [
        (stack(egress_policies=[LEAVES]), SETTLED, 'egress rule "out" of '),
        (bridged("projects/345678901234", "projects/1"), SETTLED, "bridge b has both ends"),
        (bridged("projects/345678901234", "projects/2"), NEAR, "no egress rule or bridge here admits it"),
        (bridged("projects/345678901234", "${x.number}"), UNTOLD, "missing: whether bridge b has both ends"),
    ],
    ids=["a rule", "a bridge", "another bridge", "a bridge that is not known"],
)
def test_what_leaves_the_perimeter_may_be_admitted_by_now(body: Body, kind: str, why: str) -> None:
    (finding,) = judged(entry(WORKLOAD, "private", metadata=GONE), known=world([part(body, "stack")])).findings
    assert finding.kind == kind
    assert why in finding.why


def test_one_group_is_as_bad_as_the_worst_of_its_methods() -> None:
    """The method that is admitted by now must not hide another one of the same caller, address and service."""
    body = stack()
    for one in body["resource"][KIND].values():
        for rule in one["spec"]["ingress_policies"]:
            rule["ingress_to"]["operations"][0]["method_selectors"] = [{"method": "PredictionService.GenerateContent"}]
    one, other = entry(WORKLOAD, "192.0.2.7"), entry(WORKLOAD, "192.0.2.7")
    other["protoPayload"]["methodName"] = "google.cloud.aiplatform.v1.PredictionService.Predict"
    found = judged(one, other, known=world([part(body, "stack")]))
    assert ([(one.kind, one.count) for one in found.findings], found.ready) == ([(NEAR, 2)], False)


def test_a_call_that_passed_an_older_dry_run_is_judged_by_what_is_tested_now() -> None:
    found = judged(call(WORKLOAD, address="8.8.8.8"))
    assert [(one.kind, one.reason, one.address) for one in found.findings] == [(NEAR, "a call that passed", "8.8.8.8")]
    assert found.ready is False


def test_a_caller_who_passed_may_be_in_a_group_that_a_rule_admits_from_there() -> None:
    found = judged(call("clerk@example.com", address="198.51.100.3"))
    assert (found.findings, found.ready) == ((), True)


def test_restricted_services_without_an_entry_are_named() -> None:
    known = world([part(stack(restricted_services=["aiplatform.googleapis.com", "sts.googleapis.com"]), "stack")])
    assert judged(known=known).silent == ("sts.googleapis.com",)


def test_calls_to_another_project_say_nothing_of_this_one() -> None:
    elsewhere = [call(WORKLOAD, "2026-11-25T09:00:00Z", project="other"), call(REPORTS, project="other")]
    found = Log(dry_run(), entries(elsewhere, "log")).readiness()
    assert (found.ready, len(found.missing)) == (None, 2)


@pytest.mark.parametrize(("resource", "kind"), [("projects/345678901234/locations/us", NEAR), ("", UNTOLD)])
def test_a_violation_without_a_target_is_about_its_resource(resource: str, kind: str) -> None:
    body = entry("operator@example.com", "8.8.8.8", metadata={"ingressViolations": []})
    body["protoPayload"]["resourceName"] = resource
    assert [one.kind for one in judged(body).findings] == [kind]


def test_a_log_that_proves_nothing_is_not_decided() -> None:
    empty = Log(dry_run(), []).readiness()
    assert (empty.ready, empty.missing[0].partition(":")[0]) == (None, "an entry")
    short = Log(dry_run(), entries([call(WORKLOAD), call(REPORTS)], "log")).readiness()
    assert (short.ready, short.missing) == (None, ("a day of entries: these cover 0 hours",))
    quiet = Log(dry_run(), entries([call(REPORTS, "2026-11-24T09:00:00.123456789Z"), call(REPORTS)], "log")).readiness()
    assert quiet.ready is None
    assert [one.partition(":")[0] + one.partition(":")[2].partition(":")[0] for one in quiet.missing] == [
        f"a call by serviceAccount{WORKLOAD}"
    ]


def test_an_address_that_is_not_known_yet_is_not_told() -> None:
    body = json.loads(STACK.read_text())
    (perimeter,) = body["resource"][KIND].values()
    perimeter |= {"spec": perimeter.pop("status"), "use_explicit_dry_run_spec": True}
    (finding,) = judged(entry(WORKLOAD, "8.8.8.8"), known=world([part(body, "stack")])).findings
    assert finding.kind == UNTOLD
    assert "is not known" in finding.why


def test_a_perimeter_without_a_dry_run_is_not_judged() -> None:
    with pytest.raises(NoDryRun, match="got 0 perimeters with a dry run"):
        Log(world([part(json.loads(STACK.read_text()), "stack")]), [])


@pytest.mark.parametrize("body", [{}, 7, "x", [7], {"entries": 7}])
def test_what_is_no_log_is_refused(body: Any) -> None:
    with pytest.raises(Unreadable, match="a list of entries"):
        entries(body, "log")


def test_an_entry_of_another_kind_is_left_out_and_a_time_that_is_none_is_refused() -> None:
    assert entries([{"textPayload": "x"}, {"jsonPayload": {}}], "log") == []
    with pytest.raises(Unreadable, match="RFC 3339"):
        entries([call(WORKLOAD, "yesterday")], "log")
    assert entries({"entries": [call(WORKLOAD)]}, "log") == entries([call(WORKLOAD)], "log")


JOINER = STACK.with_name("joiner.google.json").read_text()


def joined(**sides: str) -> World:
    """The joiner; `sides` are kinds that are copied to others, as what is enforced."""
    body = json.loads(JOINER.replace(ADDRESSES, '["192.0.2.7/32"]'))
    for kind, other in sides.items():
        body["resource"][f"{KIND}_{other}"] = body["resource"][f"{KIND}_{kind}"]
    return world([part(body, "stack")])


def test_what_is_attached_to_a_perimeter_of_others_is_tested_too() -> None:
    caller = "joiner-app@my-project.iam.gserviceaccount.com"
    calls = [entry(caller, "8.8.8.8", perimeter="shared"), entry(caller, "192.0.2.7", perimeter="shared")]
    found = {one.address: one for one in judged(*calls, known=joined()).findings if one.caller == caller}
    assert {address: one.kind for address, one in found.items()} == {"8.8.8.8": NEAR, "192.0.2.7": SETTLED}
    first = found["8.8.8.8"]
    assert first.remedy
    assert setting(first.remedy, first).startswith('egress_cidrs: add "8.8.8.8/32"')


def test_a_dry_run_that_is_enforced_already_has_nothing_to_tell() -> None:
    enforced = joined(dry_run_resource="resource", dry_run_ingress_policy="ingress_policy")
    with pytest.raises(NoDryRun, match="got perimeter shared, whose dry run equals what is enforced"):
        judged(known=enforced)
