"""Instance, container, function, environment: who one is, for how long, and in which region."""

import datetime
import json

import pytest

from client import published
from client.supplier import Supplier
from localcloud.proxy import Response
from tests.cloud.google import error

KEYS = {
    "AWS_ACCESS_KEY_ID": "ASIAQ3EGUXK7N2VTBL4D",
    "AWS_SECRET_ACCESS_KEY": "8hT/x2Qm+VfW0dJk7Lr5ZpYc3NsAoE9uGiBtRw1X",
}


def services(world):
    return [service for service, *_ in world.cloud.log]


def test_eight_round_trips_or_seven_with_a_region(world):
    world.run("--no-egress")
    assert services(world) == ["metadata"] * 4 + ["aws-sts", "sts", "iamcredentials", "gemini"]
    world.cloud.log.clear()
    world.env(AWS_REGION="ap-northeast-1")
    world.run("--no-egress")
    assert services(world) == ["metadata"] * 3 + ["aws-sts", "sts", "iamcredentials", "gemini"]


def test_environment_shadows_the_role(world):
    world.env(**KEYS, AWS_SESSION_TOKEN=world.cloud.keys.token, AWS_REGION="ap-northeast-1")
    outcome = world.run("--json", "--no-egress")
    assert outcome.code == 0
    assert outcome.json["identity"]["source"] == "environment"
    assert any("shadow the instance's role" in w for w in outcome.json["warnings"])
    assert outcome.checks["metadata"]["status"] == "skipped"
    assert services(world) == ["aws-sts", "sts", "iamcredentials", "gemini"]


def test_function(world):
    world.env(
        **KEYS, AWS_SESSION_TOKEN=world.cloud.keys.token, AWS_REGION="ap-northeast-1", AWS_LAMBDA_FUNCTION_NAME="f"
    )
    outcome = world.run("--json", "--no-egress")
    assert outcome.code == 0
    assert outcome.json["identity"]["source"] == "function"
    assert not any("shadow" in w for w in outcome.json["warnings"])


def test_expired_keys_in_the_environment(world):
    world.env(**KEYS, AWS_SESSION_TOKEN=world.cloud.keys.token, AWS_REGION="ap-northeast-1")
    world.cloud.keys.lifetime = 0
    outcome = world.run("--json")
    assert outcome.code == 12
    assert "security token is expired" in outcome.fault["cause"]


def test_container(world):
    world.env(
        AWS_CONTAINER_CREDENTIALS_RELATIVE_URI="/v2/credentials/6e1a",
        AWS_REGION="ap-northeast-1",
        AWS_CONTAINER_AUTHORIZATION_TOKEN=world.cloud.keys.container,
    )
    world.planted.append(world.cloud.keys.container)
    outcome = world.run("--json", "--no-egress")
    assert outcome.code == 0
    assert outcome.json["identity"]["source"] == "container"
    assert "role demo-app-role from the container" in outcome.checks["aws-identity"]["detail"]
    assert services(world) == ["container", "aws-sts", "sts", "iamcredentials", "gemini"]


@pytest.mark.parametrize(
    ("arn", "role"),
    [
        ("arn:aws:iam::123456789012:role/x'; curl evil", "ROLE"),
        ("arn:aws:iam::123456789012:role/path/app", "app"),
        ("arn:aws:iam::123456789012:role/ａpp", "ROLE"),
        (7, "ROLE"),
    ],
)
def test_role_of_a_container_enters_commands_only_if_it_is_a_name(world, arn, role):
    world.env(AWS_CONTAINER_CREDENTIALS_RELATIVE_URI="/v2/x", AWS_REGION="ap-northeast-1")
    keys = world.cloud.keys
    answer = {"RoleArn": arn, "AccessKeyId": keys.id, "SecretAccessKey": keys.secret, "Token": keys.token}
    world.cloud.faults["container"] = Response(
        200, json.dumps(answer | {"Expiration": "2099-01-01T00:00:00Z"}).encode()
    )
    world.cloud.faults["aws-sts"] = Response(500)
    world.cloud.faults["iamcredentials"] = error(403, "PERMISSION_DENIED", "no")
    assert f"/attribute.aws_role/{role}'" in world.run("--json", "--no-egress").fault["fix"]


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        (
            {
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.2/x",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": "line\nX-Other: 1",
            },
            ["AWS_CONTAINER_AUTHORIZATION_TOKEN is no authorization token"],
        ),
        ({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "@evil.example/x"}, ["RELATIVE_URI leads elsewhere"]),
        ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://evil.example/x"}, ["FULL_URI leads elsewhere"]),
        (
            {
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.2/x",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/nonexistent",
            },
            ["TOKEN_FILE", "cannot be read"],
        ),
        (
            {
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.2/x",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": "wrong-token",
            },
            ["answered 403"],
        ),
    ],
)
def test_container_endpoints_elsewhere(world, variables, words):
    world.env(AWS_REGION="ap-northeast-1", **variables)
    outcome = world.run("--json", "--no-egress")
    assert outcome.code == 11
    assert all(word in outcome.fault["cause"] for word in words)
    assert "evil.example" not in world.cloud.hosts


def test_empty_region_is_reported_and_ignored(world):
    world.env(AWS_REGION="")
    outcome = world.run("--json")
    assert outcome.code == 0
    assert any("https://sts..amazonaws.com" in w for w in outcome.json["warnings"])


@pytest.mark.parametrize(
    ("zone", "region", "noted"),
    [
        ("us-west-2-lax-1a", "us-west-2", True),
        ("ap-northeast-1a", "ap-northeast-1", False),
        ("us-gov-west-1b", "us-gov-west-1", False),
    ],
)
def test_local_zones(world, zone, region, noted):
    world.cloud.zone = zone
    outcome = world.run("--json")
    assert outcome.code == 0
    assert f"region {region}" in outcome.checks["metadata"]["detail"]
    assert any("is a Local Zone" in w and f"AWS_REGION={region}" in w for w in outcome.json["warnings"]) is noted


@pytest.mark.parametrize("region", ["evil.example/", "ap-northeast-1a", "x", "AP-NORTHEAST-1"])
def test_region_that_is_none(world, region):
    world.env(AWS_REGION=region)
    assert world.run("--json", "--no-egress").code == 2
    assert set(services(world)) <= {"metadata"}


def test_keys_are_kept_until_five_minutes_before_they_expire(monkeypatch):
    now = [datetime.datetime(2026, 11, 22, 12)]
    monkeypatch.setattr(published, "utcnow", lambda: now[0])
    calls = []

    def request(url, *_):
        calls.append(url)
        expiry = (now[0] + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return _Answer(
            json.dumps(
                {"AccessKeyId": "A" * 20, "SecretAccessKey": "s" * 40, "Token": "t" * 40, "Expiration": expiry}
            ).encode()
        )

    supplier = Supplier({}, {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x", "AWS_REGION": "eu-west-1"})
    for minutes, expected in ((0, 1), (54, 1), (56, 2), (60, 2)):
        now[0] = datetime.datetime(2026, 11, 22, 12) + datetime.timedelta(minutes=minutes)
        supplier.get_aws_security_credentials(None, request)
        assert len(calls) == expected, minutes


class _Answer:
    status = 200

    def __init__(self, data):
        self.data = data


def test_explains_with_the_role_that_aws_knows(world):
    """Keys in the environment have no name; the fix must have one all the same."""
    world.env(**KEYS, AWS_SESSION_TOKEN=world.cloud.keys.token, AWS_REGION="ap-northeast-1")
    world.cloud.faults["iamcredentials"] = error(403, "PERMISSION_DENIED", "no")
    assert "/attribute.aws_role/demo-app-role'" in world.run("--json", "--no-egress").fault["fix"]


def test_explains_with_the_arn_that_aws_knows(world):
    """With keys in the environment only AWS knows who they belong to."""
    world.env(**KEYS, AWS_SESSION_TOKEN=world.cloud.keys.token, AWS_REGION="ap-northeast-1")
    world.cloud.condition = lambda arn: False  # noqa: ARG005
    outcome = world.run("--json", "--no-egress")
    assert world.cloud.arn in outcome.fault["cause"]
    assert outcome.json["identity"]["arn"] == world.cloud.arn
    assert services(world) == ["aws-sts", "sts"]
    world.cloud.faults["aws-sts"] = Response(500)
    assert world.run("--json", "--no-egress").code == 12
