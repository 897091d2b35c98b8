"""The metadata service of an instance that exists, and of nothing else."""

import json
import time

import pytest

from localcloud.cloud import LocalCloud
from localcloud.proxy import Response
from tests.localcloud.account import REGION, TRUST, Account, ask, client

pytestmark = pytest.mark.xdist_group("localcloud-metadata")

IMDS = "http://169.254.169.254/latest"
ROLES = "meta-data/iam/security-credentials"


def token(cloud: LocalCloud, caller: str, seconds: str = "60", host: str = IMDS) -> str:
    """A session token, "" if nobody answers."""
    answer = ask(cloud, caller, f"{host}/api/token", "PUT", x_aws_ec2_metadata_token_ttl_seconds=seconds)
    return "" if answer.raw is not None else answer.body.decode()


def get(cloud: LocalCloud, caller: str, path: str, session: str = "") -> Response:
    """An answer within a new session, or the one given."""
    return ask(cloud, caller, f"{IMDS}/{path}", x_aws_ec2_metadata_token=session or token(cloud, caller))


@pytest.fixture(scope="module")
def instance(account: Account) -> str:
    account.profile("demo-app")
    return account.instance("demo-app")


def test_it_describes_the_instance_that_asks(cloud: LocalCloud, instance: str) -> None:
    assert get(cloud, instance, "meta-data/placement/availability-zone").body == f"{REGION}c".encode()
    assert get(cloud, instance, "meta-data/placement/region").body == REGION.encode()
    assert get(cloud, instance, "user-data").body == b"#!/bin/sh"
    document = json.loads(get(cloud, instance, "dynamic/instance-identity/document").body)
    assert document["accountId"] == "123456789012"
    assert (document["instanceId"], document["region"]) == (instance, REGION)
    assert "iam/" in get(cloud, instance, "meta-data/").body.decode().split("\n")
    assert get(cloud, instance, "meta-data/nothing").status == 404


@pytest.mark.parametrize("path", [ROLES, f"{ROLES}/"])
def test_the_role_s_keys_are_such_as_sts_knows(cloud: LocalCloud, instance: str, path: str) -> None:
    assert get(cloud, instance, path).body == b"demo-app"
    keys = json.loads(get(cloud, instance, f"{ROLES}/demo-app").body)
    assert keys["Code"] == "Success"
    named = {
        "AWS_ACCESS_KEY_ID": "AccessKeyId",
        "AWS_SECRET_ACCESS_KEY": "SecretAccessKey",
        "AWS_SESSION_TOKEN": "Token",
    }
    identity = client(cloud, "sts", {name: keys[field] for name, field in named.items()}).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::123456789012:assumed-role/demo-app/{instance}"
    assert identity["UserId"].startswith("AROA")
    assert json.loads(get(cloud, instance, f"{ROLES}/demo-app").body)["AccessKeyId"] == keys["AccessKeyId"]


def test_without_a_session_it_answers_401(cloud: LocalCloud, account: Account, instance: str) -> None:
    path = f"{IMDS}/meta-data/instance-id"
    assert ask(cloud, instance, path).status == 401
    assert get(cloud, instance, "meta-data/instance-id", "wrong").status == 401
    other = account.instance()
    assert get(cloud, other, "meta-data/instance-id", token(cloud, instance)).status == 401
    lenient = account.instance(HttpTokens="optional")
    assert ask(cloud, lenient, path).body == lenient.encode()
    assert get(cloud, lenient, "meta-data/instance-id", "wrong").status == 401


def test_a_session_ends(cloud: LocalCloud, instance: str, monkeypatch: pytest.MonkeyPatch) -> None:
    session, now = token(cloud, instance, "60"), time.time()
    monkeypatch.setattr(time, "time", lambda: now + 59)
    assert get(cloud, instance, "meta-data/instance-id", session).status == 200
    monkeypatch.setattr(time, "time", lambda: now + 61)
    assert get(cloud, instance, "meta-data/instance-id", session).status == 401


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("PUT", {}, 400),
        ("PUT", {"x_aws_ec2_metadata_token_ttl_seconds": "1"}, 200),
        ("PUT", {"x_aws_ec2_metadata_token_ttl_seconds": "21600"}, 200),
        ("PUT", {"x_aws_ec2_metadata_token_ttl_seconds": "0"}, 400),
        ("PUT", {"x_aws_ec2_metadata_token_ttl_seconds": "60s"}, 400),
        ("PUT", {"x_aws_ec2_metadata_token_ttl_seconds": "21601"}, 400),
        ("PUT", {"x_aws_ec2_metadata_token_ttl_seconds": "60", "x_forwarded_for": "10.0.0.1"}, 403),
        ("GET", {"x_aws_ec2_metadata_token_ttl_seconds": "60"}, 405),
    ],
)
def test_a_session_begins_with_a_put_that_says_how_long(
    cloud: LocalCloud, instance: str, method: str, headers: dict[str, str], status: int
) -> None:
    assert ask(cloud, instance, f"{IMDS}/api/token", method, **headers).status == status


def test_the_hop_limit_keeps_sessions_from_containers(cloud: LocalCloud, account: Account, instance: str) -> None:
    assert token(cloud, f"{instance}~1") == ""
    wider = account.instance(HttpPutResponseHopLimit=2)
    assert token(cloud, f"{wider}~1")
    assert token(cloud, f"{wider}~2") == ""


def test_it_can_be_turned_off_and_is_ipv4_only_unless_told(cloud: LocalCloud, account: Account, instance: str) -> None:
    assert token(cloud, instance, host="http://[fd00:ec2::254]/latest") == ""
    account.ec2.modify_instance_metadata_options(InstanceId=instance, HttpProtocolIpv6="enabled")
    assert token(cloud, instance, host="http://[fd00:ec2::254]/latest")
    account.ec2.modify_instance_metadata_options(InstanceId=instance, HttpEndpoint="disabled")
    assert ask(cloud, instance, f"{IMDS}/meta-data/instance-id").status == 403
    account.ec2.modify_instance_metadata_options(InstanceId=instance, HttpEndpoint="enabled")


def test_a_role_that_ec2_may_not_assume_has_no_keys(cloud: LocalCloud, account: Account) -> None:
    account.profile("mistrusted")
    trust = json.dumps(TRUST).replace("ec2.", "lambda.")
    account.iam.update_assume_role_policy(RoleName="mistrusted", PolicyDocument=trust)
    answer = get(cloud, account.instance("mistrusted"), f"{ROLES}/mistrusted")
    assert json.loads(answer.body)["Code"] == "AssumeRoleUnauthorizedAccess"


def test_without_a_profile_there_is_no_role(cloud: LocalCloud, account: Account, instance: str) -> None:
    assert get(cloud, account.instance(), ROLES).status == 404
    assert get(cloud, instance, f"{ROLES}/other").status == 404
    account.profile("emptied")
    emptied = account.instance("emptied")
    assert get(cloud, emptied, f"{ROLES}/emptied").status == 200
    account.iam.remove_role_from_instance_profile(InstanceProfileName="emptied", RoleName="emptied")
    assert get(cloud, emptied, f"{ROLES}/emptied").status == 404


def test_nobody_answers_a_stopped_instance_or_who_is_none(cloud: LocalCloud, account: Account) -> None:
    stopped = account.instance()
    session = token(cloud, stopped)
    account.ec2.stop_instances(InstanceIds=[stopped])
    assert get(cloud, stopped, "meta-data/instance-id", session).raw == b""
    account.ec2.terminate_instances(InstanceIds=[stopped])
    assert token(cloud, stopped) == ""
    assert token(cloud, "203.0.113.7") == ""
    assert token(cloud, "i-0123456789abcdef0") == ""
