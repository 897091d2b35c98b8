"""entries.list: whose entries, in which order, how many."""

import pytest

from localcloud.google import tokens
from policy import identity

from .world import NUMBER, PROJECT


@pytest.fixture
def logged(world):
    """Five entries of two logs, and one of another project."""
    for number in range(5):
        log = "data_access" if number == 4 else "policy"
        world.state.log_entries.append({
            "logName": f"projects/{PROJECT}/logs/cloudaudit.googleapis.com%2F{log}", "severity": "ERROR",
            "timestamp": f"2026-11-22T10:00:0{9 - number}Z", "insertId": str(number),
        })  # fmt: skip
    world.state.log_entries.append(world.state.log_entries[0] | {"logName": "projects/other/logs/x", "insertId": "9"})
    return world


def listed(world, **body):
    """The insert ids, and the next page's token."""
    body = {"resourceNames": [f"projects/{PROJECT}"], **body}
    status, answer = world.send("logging", "/v2/entries:list", body)
    assert status == 200, answer
    return "".join(entry["insertId"] for entry in answer.get("entries", [])), answer.get("nextPageToken")


def test_oldest_first_or_last(logged):
    assert listed(logged) == ("43210", None)
    assert listed(logged, orderBy="timestamp desc") == ("01234", None)


def test_pages(logged):
    first, token = listed(logged, pageSize=2)
    second, more = listed(logged, pageSize=2, pageToken=token)
    assert (first, second) == ("43", "21")
    assert listed(logged, pageSize=2, pageToken=more) == ("0", None)


def test_a_filter(logged):
    assert listed(logged, filter='log_id("cloudaudit.googleapis.com/policy") insertId>="2"') == ("32", None)
    assert listed(logged, filter="insertId=none") == ("", None)


def test_a_project_by_its_number(logged):
    assert listed(logged, resourceNames=[f"projects/{NUMBER}"])[0] == "43210"
    assert listed(logged, resourceNames=[], projectIds=[PROJECT])[0] == "43210"


@pytest.mark.parametrize(
    "body",
    [
        {"resourceNames": []},
        {"resourceNames": [f"projects/{PROJECT}"], "filter": 'severity="'},
        {"resourceNames": [f"projects/{PROJECT}"], "filter": "thud=1"},
        {"resourceNames": [f"projects/{PROJECT}"], "orderBy": "severity"},
        {"resourceNames": [f"projects/{PROJECT}"], "pageSize": -1},
        {"resourceNames": [f"projects/{PROJECT}"], "pageToken": "next"},
    ],
)
def test_what_it_refuses(logged, body):
    status, answer = logged.send("logging", "/v2/entries:list", body)
    assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_who_may_read(logged):
    query = {"resourceNames": [f"projects/{PROJECT}"]}
    reader = identity.user("reader@example.com")
    token = tokens.issue(logged.state, reader, lifetime=60, scopes=[tokens.CLOUD_PLATFORM])
    assert logged.send("logging", "/v2/entries:list", query, token=token)[0] == 403
    role = f"projects/{PROJECT}/roles/reader"
    logged.state.roles[role] = {"includedPermissions": ["logging.logEntries.list"]}
    bindings = logged.state.iam_policies[f"projects/{PROJECT}"]["bindings"]
    bindings.append({"role": role, "members": ["user:reader@example.com"]})
    status, answer = logged.send("logging", "/v2/entries:list", query, token=token)
    assert status == 200
    assert {entry["insertId"] for entry in answer["entries"]} == set("0123")  # no Data Access entries
    logged.state.roles[role]["includedPermissions"].append("logging.privateLogEntries.list")
    assert len(logged.send("logging", "/v2/entries:list", query, token=token)[1]["entries"]) == 5
    assert logged.send("logging", "/v2/entries:list", {"resourceNames": ["projects/other"]}, token=token)[0] == 403
