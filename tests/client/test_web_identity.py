"""EKS and Lambda: web identity by one unsigned call, Pod Identity and SnapStart at local addresses, and no other identity instead."""

import os
from urllib.parse import parse_qs

import botocore.session
import pytest

import client
from client import web_identity
from localcloud.proxy import Response
from tests.cloud.aws import sts_error

ARN = "arn:aws:iam::123456789012:role/demo-app-role"
SUBJECT = "system:serviceaccount:shop:app"
ISSUER = "https://oidc.eks.ap-northeast-1.amazonaws.com/id/EXAMPLE"


@pytest.fixture
def pod(world):
    """What EKS's webhook sets for a service account with a role: a projected token is a link to a link."""
    (world.folder / "..data").mkdir()
    (world.folder / "..data" / "token").write_text(world.cloud.keys.web_identity)
    (world.folder / "token").symlink_to("..data/token")
    world.env(AWS_ROLE_ARN=ARN, AWS_WEB_IDENTITY_TOKEN_FILE=str(world.folder / "token"), AWS_REGION="ap-northeast-1")
    world.env(
        AWS_DEFAULT_REGION="ap-northeast-1", AWS_STS_REGIONAL_ENDPOINTS="regional", KUBERNETES_SERVICE_HOST="10.0.0.1"
    )
    world.planted.append(world.cloud.keys.web_identity)
    return world


def services(world):
    return [service for service, *_ in world.cloud.log]


def test_one_unsigned_call_to_the_regional_sts(pod):
    given = []
    pod.cloud.faults["aws-sts"] = lambda request: given.append(request)
    outcome = pod.run("--json", "--no-egress")
    assert outcome.code == 0
    assert services(pod) == ["aws-sts", "sts", "iamcredentials", "gemini"]
    assert outcome.json["identity"] == {
        "source": "web-identity",
        "arn": "arn:aws:sts::123456789012:assumed-role/demo-app-role/keyless",
    }
    assert "role demo-app-role from the web identity, until" in outcome.checks["aws-identity"]["detail"]
    (request,) = given
    assert (request.host, request.method, request.path) == ("sts.ap-northeast-1.amazonaws.com", "POST", "/")
    assert "authorization" not in request.headers


def test_the_call_is_botocores(pod):
    pod.env(AWS_ROLE_SESSION_NAME="shop-app")
    client.credentials().refresh(None)
    botocore.session.Session().get_credentials().get_frozen_credentials()
    ours, botocores = pod.cloud.bodies["aws-sts"]
    assert parse_qs(ours.decode()) == parse_qs(botocores.decode())
    assert len({call for call in pod.cloud.log if call[0] == "aws-sts"}) == 1


def test_the_token_is_read_again_at_each_renewal(pod):
    credentials = client.credentials()
    credentials.refresh(None)
    pod.cloud.keys.web_identity = "eyJhbGciOiJSUzI1NiJ9.e30.another-signature"
    (pod.folder / "..data" / "token").write_text(pod.cloud.keys.web_identity)
    credentials.refresh(None)
    assert len(pod.cloud.bodies["aws-sts"]) == 1, "kept while they last"
    credentials.supplier.forget()
    credentials.refresh(None)
    assert b"another-signature" in pod.cloud.bodies["aws-sts"][1]


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda pod: (pod.folder / "token").unlink(), "no such file"),
        (lambda pod: (pod.folder / "..data" / "token").write_text(" \n"), "is empty"),
        (lambda pod: (pod.folder / "..data" / "token").write_text("two words"), "holds no token"),
        (lambda pod: (pod.folder / "..data" / "token").write_bytes(b"\xff"), "it is not text"),
        (lambda pod: (pod.folder / "..data" / "token").write_text("x" * 20_001), "larger than 20000 bytes"),
        (lambda pod: pod.env(AWS_WEB_IDENTITY_TOKEN_FILE=str(pod.folder)), "it is not a regular file"),
        (lambda pod: (os.mkfifo(pod.folder / "fifo"), pod.env(AWS_WEB_IDENTITY_TOKEN_FILE=str(pod.folder / "fifo"))), "regular file"),
        (lambda pod: pod.env(AWS_ROLE_ARN="demo-app-role"), "AWS_ROLE_ARN is 'demo-app-role'"),
        (lambda pod: pod.env(AWS_ROLE_SESSION_NAME="a b"), "AWS_ROLE_SESSION_NAME is 'a b'"),
        (lambda pod: pod.env(AWS_ROLE_ARN=""), "AWS_WEB_IDENTITY_TOKEN_FILE is set without AWS_ROLE_ARN"),
    ],
)  # fmt: skip
def test_broken_variables_never_make_the_node_the_caller(pod, broken, words):
    broken(pod)
    outcome = pod.run("--json", "--no-egress")
    assert outcome.code == 11
    assert words in outcome.fault["cause"]
    assert "the node's role is not used in its place (EKS Fargate has no node role" in outcome.fault["fix"]
    assert pod.cloud.log == []


@pytest.mark.parametrize(
    ("status", "code", "cause", "fix"),
    [
        (400, "InvalidIdentityToken", f"does not accept the token of {ISSUER}", "associate-iam-oidc-provider"),
        (400, "ExpiredTokenException", f"the token of {SUBJECT} has expired", "start the pod again"),
        (403, "AccessDenied", f"AWS does not let {SUBJECT} be {ARN}", f":sub = {SUBJECT}"),
        (403, "IDPRejectedClaim", f"{ISSUER} has revoked or rejected", "another token"),
        (400, "IDPCommunicationError", f"AWS could not reach {ISSUER}", "openid-configuration"),
        (403, "RegionDisabledException", "not activated in ap-northeast-1", "enable-region --region-name ap-northeast-1"),
        (400, "Throttling", "throttles this account's calls", "try again later"),
        (400, "ValidationError", "finds the request wrong", "AWS_ROLE_SESSION_NAME"),
        (400, "MalformedPolicyDocument", f"gives no keys for {ARN} (MalformedPolicyDocument: what AWS says)", "what AWS says"),
    ],
)  # fmt: skip
def test_refusals_each_with_its_own_fix(pod, status, code, cause, fix):
    pod.cloud.faults["aws-sts"] = sts_error(status, code, "what AWS says")
    outcome = pod.run("--json", "--no-egress")
    assert outcome.code == 11
    assert cause in outcome.fault["cause"]
    assert f"{code}: what AWS says" in outcome.fault["cause"]
    assert fix in outcome.fault["fix"]
    assert "EKS Fargate" in outcome.fault["fix"]
    assert services(pod) == ["aws-sts"]


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><r><AccessKeyId>&b;</AccessKeyId></r>'


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>", b"{}", BOMB.encode(), BOMB.encode("utf-16"), b"<r>" * 9000, b"<r>" + b"x" * 70_000 + b"</r>",
        b"<r><AccessKeyId>A</AccessKeyId></r>", b"\xff\xfe",
        b"<r><AccessKeyId>A B</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></r>",
    ],
)  # fmt: skip
def test_answers_that_are_none(pod, body):
    pod.cloud.faults["aws-sts"] = Response(200, body)
    outcome = pod.run("--json", "--no-egress")
    assert (outcome.code, "not what AWS sends" in outcome.fault["cause"]) == (11, True)


def test_no_entity_is_expanded():
    assert web_identity._fields(BOMB.encode()) == {}
    assert web_identity._fields(b"<r><Code>x</Code></r>")["Code"] == "x"


def test_nothing_answers_at_sts(pod):
    pod.proxy.refused.add("sts.ap-northeast-1.amazonaws.com")
    outcome = pod.run("--json", "--no-egress")
    assert outcome.code == 30
    assert services(pod) == []


@pytest.mark.parametrize("token", ["no.jwt.at-all", "eyJhbGciOiJSUzI1NiJ9.W10.x", "plain-token-of-something"])
def test_a_token_that_cannot_be_read_is_explained_without_its_names(pod, token):
    (pod.folder / "..data" / "token").write_text(token)
    pod.cloud.faults["aws-sts"] = sts_error(403, "AccessDenied", "no")
    assert "AWS does not let this service account be" in pod.run("--json", "--no-egress").fault["cause"]


def test_a_pod_without_a_region(pod, guard):
    pod.env(AWS_REGION=None, AWS_DEFAULT_REGION=None, HTTP_PROXY=None, http_proxy=None)
    guard.redirects["169.254.169.254"] = ConnectionRefusedError()
    outcome = pod.run("--json", "--no-egress")
    assert (outcome.code, outcome.fault["fix"]) == (10, "set AWS_REGION")
    assert "AWS_REGION is not set" in outcome.fault["cause"]


URLS = [
    "http://127.0.0.1:{port}/x",
    "http://localhost:{port}/x",
    "http://169.254.170.23/v1/credentials",
    "http://[fd00:ec2::23]/v1/credentials",
]


@pytest.fixture
def local(world, guard):
    """Pod Identity's agent and Lambda's, reached directly: the proxy would be another host's loopback."""
    guard.redirects |= dict.fromkeys(("169.254.170.23", "fd00:ec2::23"), world.proxy.port)
    world.env(HTTP_PROXY="http://127.0.0.1:9", http_proxy="http://127.0.0.1:9", ALL_PROXY="http://127.0.0.1:9")
    world.env(AWS_REGION="ap-northeast-1", AWS_CONTAINER_AUTHORIZATION_TOKEN=world.cloud.keys.container)
    return world


@pytest.mark.parametrize("url", URLS)
def test_full_uri(local, url):
    local.env(AWS_CONTAINER_CREDENTIALS_FULL_URI=url.format(port=local.proxy.port))
    outcome = local.run("--json", "--no-egress")
    assert outcome.code == 0
    assert outcome.json["identity"]["source"] == "container"
    assert services(local) == ["container", "aws-sts", "sts", "iamcredentials", "gemini"]
    assert not any("HTTP_PROXY covers" in w for w in outcome.json["warnings"])


def test_a_token_file_is_read_again_at_each_renewal(local):
    file = local.folder / "pod-token"
    file.write_text(local.cloud.keys.container + "\n")
    local.env(
        AWS_CONTAINER_CREDENTIALS_FULL_URI=URLS[2],
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(file),
        AWS_CONTAINER_AUTHORIZATION_TOKEN=None,
    )
    credentials = client.credentials()
    credentials.refresh(None)
    local.cloud.keys.container = "Another-Authorization-7f3a9c5e1b2d"
    file.write_text(local.cloud.keys.container)
    credentials.supplier.forget()
    credentials.refresh(None)
    assert services(local).count("container") == 2


@pytest.mark.parametrize(
    ("url", "fix"), [(URLS[0], "AWS_CONTAINER_CREDENTIALS_FULL_URI"), (URLS[2], "create-pod-identity-association")]
)
def test_nothing_answers_there(local, guard, url, fix):
    guard.redirects["169.254.170.23"] = ConnectionRefusedError()
    local.env(AWS_CONTAINER_CREDENTIALS_FULL_URI=url.format(port=9))
    outcome = local.run("--json", "--no-egress")
    assert (outcome.code, fix in outcome.fault["fix"]) == (11, True)
    assert "gives no credentials" in outcome.fault["cause"]


def test_what_the_endpoint_says(local):
    local.cloud.faults["container"] = Response(404, b'{"message": "no association for the pod"}')
    local.env(AWS_CONTAINER_CREDENTIALS_FULL_URI=URLS[2])
    outcome = local.run("--json", "--no-egress")
    assert "answered 404 (no association for the pod)" in outcome.fault["cause"]
    assert "create-pod-identity-association" in outcome.fault["fix"]
