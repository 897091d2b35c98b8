"""Filters find what the Logging query language says that they find."""

import json
from pathlib import Path

import pytest

from localcloud.google.logging_query import QueryError, parse

SNAPSHOTS = Path(__file__).parents[2] / "snapshots"
METADATA = "type.googleapis.com/google.cloud.audit.VpcServiceControlAuditMetadata"
ENTRY = {
    "logName": "projects/my-project/logs/cloudaudit.googleapis.com%2Fpolicy",
    "severity": "ERROR",
    "timestamp": "2026-11-22T10:00:00.123456789Z",
    "insertId": "1abc",
    "resource": {"type": "audited_resource", "labels": {"method": "M", "project_id": "my-project"}},
    "protoPayload": {
        "serviceName": "aiplatform.googleapis.com",
        "status": {"code": 7, "details": [{"violations": [{"description": "Uid-1"}, {"description": "other"}]}]},
        "requestMetadata": {"callerIp": "198.51.100.9"},
        "metadata": {"@type": METADATA, "dryRun": True, "vpcServiceControlsUniqueId": "Uid-1", "odd.key": "x"},
    },
}


def enforced(entry=ENTRY):
    """The same entry of an enforced violation: it has no dryRun."""
    copy = json.loads(json.dumps(entry))
    del copy["protoPayload"]["metadata"]["dryRun"]
    return copy


def kit_filter(name):
    """A filter as the kit prints it."""
    return json.loads((SNAPSHOTS / "example.google.json").read_text())["output"][name]["value"]


def test_the_kits_filters_tell_enforced_from_dry_run():
    for name, dry_run, denied in (
        ("dry_run_violations_filter", True, False),
        ("enforced_violations_filter", False, True),
    ):
        assert (parse(kit_filter(name))(ENTRY), parse(kit_filter(name))(enforced())) == (dry_run, denied)


def test_the_alerts_filter_finds_both_and_nothing_else():
    matches = parse(kit_filter_of_both())
    assert matches(ENTRY)
    assert matches(enforced())
    assert not matches(ENTRY | {"logName": "projects/my-project/logs/cloudaudit.googleapis.com%2Fdata_access"})
    assert not matches(ENTRY | {"severity": "INFO"})


def kit_filter_of_both():
    """The filter of the alert."""
    for path in sorted(SNAPSHOTS.glob("*.google.json")):
        for text in _filters(json.loads(path.read_text()).get("resource", {})):
            return text
    raise AssertionError("no snapshot has an alert")


def _filters(value):
    if isinstance(value, dict):
        if isinstance(value.get("filter"), str):
            yield value["filter"]
        value = list(value.values())
    for item in value if isinstance(value, list) else ():
        yield from _filters(item)


MATCH = [
    "",
    'log_id("cloudaudit.googleapis.com/policy") severity="error"',  # what the client prints
    'protoPayload.metadata.vpcServiceControlsUniqueId="Uid-1"',
    'protoPayload.metadata.vpcServiceControlsUniqueId="uid-1"',  # text knows no case
    "protoPayload.metadata.vpcServiceControlsUniqueId=Uid-1",
    'protoPayload.serviceName:"PLATFORM"',
    'protoPayload.metadata."@type"="' + METADATA + '"',
    'protoPayload.metadata."odd.key"=x',
    'protoPayload.metadata.dryRun="true"',
    "protoPayload.metadata.dryRun=TRUE",
    "protoPayload.metadata.dryRun=true",
    'protoPayload.metadata.dryRun!="false"',
    "protoPayload.metadata.dryRun:*",
    "NOT protoPayload.metadata.absent:*",
    "-protoPayload.metadata.absent=x",
    "protoPayload.status.code=7",
    'protoPayload.status.code="7"',
    "protoPayload.status.code>6 protoPayload.status.code<=7.0 protoPayload.status.code>-1",
    'protoPayload.status.details.violations.description="other"',  # any of a repeated field
    "protoPayload.status.code<10",  # as numbers
    "severity>=warning",
    "severity = ERROR -- comment\nAND insertId:abc",
    'timestamp>"2026-11-22T09:59:59Z" timestamp<"2026-11-22T10:00:01+00:00"',
    'insertId=("x" OR "1abc")',
    'protoPayload.serviceName:("aiplatform" AND "googleapis")',
    'protoPayload.requestMetadata.callerIp=~"^198\\\\.51"',
    'protoPayload.requestMetadata.callerIp!~"^203"',
    '"198.51.100.9"',
    "AUDITED_resource",
    'insertId="no" OR severity=ERROR AND insertId:1',
    'severity=ERROR OR insertId="no" AND insertId:1',
    '(insertId="no" AND severity=INFO) OR severity=ERROR',
    'trace=""',  # a field of every entry has its default
]
MISS = [
    'log_id("cloudaudit.googleapis.com")',
    'log_id("CLOUDAUDIT.googleapis.com/policy")',
    'protoPayload.metadata.vpcServiceControlsUniqueId="Uid"',
    'protoPayload.metadata.absent!="x"',  # each comparison with a missing field fails
    'protoPayload.metadata.dryRun="yes"',
    'protoPayload.metadata.dryRun="false"',
    "severity>ERROR",
    "severity=LOUD",
    "protoPayload.status.code=seven",
    "protoPayload.status.code!=seven",  # what cannot be converted fails, whatever the operator
    'timestamp<"2026-11-22T11:30:00+02:00"',  # as times
    'timestamp>"2026-11-22T10:00:01Z"',
    'timestamp>"yesterday"',
    "NOT severity=ERROR",
    'insertId="1abc"\nseverity=INFO',
    # OR binds closer than AND: a OR (b) AND c is (a OR b) AND c
    "severity=ERROR OR severity=INFO AND insertId=no",
    'protoPayload.requestMetadata.callerIp=~"^203"',
    '"203.0.113.7"',
    'protoPayload.metadata="x"',
]
ERRORS = [
    'protoPayload.metadata."@type',
    "severity=",
    "severity=ERROR AND",
    "(severity=ERROR",
    "severity=ERROR)",
    "thud=1",
    "NOT",
    "severity==ERROR",
    "resource.type=gce:x",
    "sample(insertId, 0.1)",
    "source(projects)",
    "severity=ERROR & insertId=x",
    "x" * 20_001,
]


@pytest.mark.parametrize("query", MATCH)
def test_it_matches(query):
    assert parse(query)(ENTRY)


@pytest.mark.parametrize("query", MISS)
def test_it_does_not_match(query):
    assert not parse(query)(ENTRY)


@pytest.mark.parametrize("query", ERRORS)
def test_it_is_no_query(query):
    with pytest.raises(QueryError, match="filter: "):
        parse(query)


def test_false_never_matches_an_enforced_violation():
    assert not parse('protoPayload.metadata.dryRun="false"')(enforced())
