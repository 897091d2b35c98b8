"""Signatures made by botocore and by google-auth are verified as AWS would: anything altered is refused."""

import time
from datetime import datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from google.auth import aws

from localcloud.aws.sigv4 import Key, Refused, verify

ARN = "arn:aws:sts::123456789012:assumed-role/demo-app/i-0123456789abcdef0"
TOMORROW = time.time() + 86_400
KEY = Key("ASIAEXAMPLE", "secret", "123456789012", ARN, "AROAEXAMPLE:i-0123456789abcdef0", "session", TOMORROW)
URL = "https://sts.ap-northeast-1.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"


def keys(id: str) -> Key | None:
    return KEY if id == KEY.id else None


def signed(method: str = "POST", url: str = URL, **more: Any) -> dict[str, Any]:
    """What google-auth puts into its subject token."""
    credentials = aws.AwsSecurityCredentials(KEY.id, KEY.secret, more.pop("token", KEY.token))
    signer = aws.RequestSigner("ap-northeast-1")
    made = signer.get_request_options(
        credentials, url, method, additional_headers={"x-goog-cloud-target-resource": "//x"}
    )
    return {"method": made["method"], "url": made["url"], "headers": {**made["headers"], **more}, "keys": keys}


def refusal(**request: Any) -> str:
    with pytest.raises(Refused) as refused:
        verify(**request)
    return refused.value.code


def test_the_callers_identity_is_that_of_its_key() -> None:
    assert verify(**signed()) == {"account": "123456789012", "arn": ARN, "userid": KEY.userid}


def test_botocores_signature_over_a_body_holds_for_this_body_only() -> None:
    request = AWSRequest("POST", "https://iam.amazonaws.com/", data=b"Action=ListRoles", headers={"X-Amz-Foo": "a  b"})
    SigV4Auth(Credentials(KEY.id, KEY.secret, KEY.token), "iam", "us-east-1").add_auth(request)
    headers = {**dict(request.headers.items()), "host": "iam.amazonaws.com"}
    sent = {"method": "POST", "url": request.url, "headers": headers, "keys": keys}
    assert verify(**sent, body=b"Action=ListRoles")["arn"] == ARN
    assert refusal(**sent, body=b"Action=DeleteRole") == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"method": "GET"}, "SignatureDoesNotMatch"),
        ({"url": URL.replace("GetCallerIdentity", "AssumeRole")}, "SignatureDoesNotMatch"),
        ({"url": URL.replace("sts.ap-northeast-1", "sts.us-east-1")}, "SignatureDoesNotMatch"),
        ({"url": URL.replace("sts.", "iam.")}, "SignatureDoesNotMatch"),
        ({"body": b"more"}, "SignatureDoesNotMatch"),
        ({"keys": lambda _: None}, "InvalidClientTokenId"),
        ({"now": KEY.expires}, "ExpiredToken"),
    ],
)
def test_a_changed_request_or_clock_is_refused(change: dict[str, Any], code: str) -> None:
    assert refusal(**{**signed(), **change}) == code


@pytest.mark.parametrize("sign", [1, -1])
def test_a_signature_is_good_for_five_minutes_either_way(sign: int) -> None:
    request = signed()
    at = datetime.strptime(request["headers"]["x-amz-date"], "%Y%m%dT%H%M%S%z").timestamp()
    assert verify(**request, now=at + sign * 300)["arn"] == ARN
    assert refusal(**request, now=at + sign * 301) == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("x-goog-cloud-target-resource", "//y", "SignatureDoesNotMatch"),
        ("x-amz-security-token", "another", "InvalidClientTokenId"),
        ("x-amz-security-token", "", "InvalidClientTokenId"),
        ("x-amz-date", "20269999T000000Z", "IncompleteSignature"),
        ("host", "sts.example.com", "SignatureDoesNotMatch"),
        ("Authorization", "Bearer x", "IncompleteSignature"),
        ("x-amz-content-sha256", "0" * 64, "SignatureDoesNotMatch"),
    ],
)
def test_a_changed_header_is_refused(header: str, value: str, code: str) -> None:
    assert refusal(**signed(**{header: value})) == code


@pytest.mark.parametrize("host", ["sts.us-east-1", "sts"])
def test_a_right_signature_for_another_region_is_refused(host: str) -> None:
    assert refusal(**signed(url=URL.replace("sts.ap-northeast-1", host))) == "SignatureDoesNotMatch"


def test_a_right_signature_for_another_service_is_refused() -> None:
    request = AWSRequest("GET", "https://iam.amazonaws.com/", headers={"host": "iam.amazonaws.com"})
    SigV4Auth(Credentials(KEY.id, KEY.secret, KEY.token), "sts", "us-east-1").add_auth(request)
    sent = {"method": "GET", "url": request.url, "headers": dict(request.headers.items())}
    assert refusal(**sent, keys=keys) == "SignatureDoesNotMatch"


def test_a_request_to_another_host_than_the_signed_one_is_refused() -> None:
    elsewhere = URL.replace("sts.", "other.sts.")
    assert refusal(**{**signed(), "url": elsewhere}) == "SignatureDoesNotMatch"


def test_no_signature_is_another_error_than_a_wrong_one() -> None:
    assert refusal(method="GET", url=URL, headers={}, keys=keys) == "MissingAuthenticationToken"


def test_what_is_not_signed_does_not_count_as_signed() -> None:
    request = signed()
    authorization = request["headers"]["Authorization"].replace("host;", "")
    assert refusal(**{**request, "headers": {**request["headers"], "Authorization": authorization}}) == (
        "IncompleteSignature"
    )


@pytest.mark.parametrize(("service", "taken"), [("s3", True), ("sts", False)])
def test_s3_alone_takes_a_body_that_is_not_signed(service: str, taken: bool) -> None:
    url = f"https://{service}.ap-northeast-1.amazonaws.com/"
    request = AWSRequest("PUT", url, headers={"host": url.split("/")[2], "X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    SigV4Auth(Credentials(KEY.id, KEY.secret, KEY.token), service, "ap-northeast-1").add_auth(request)
    sent = {"method": "PUT", "url": url, "headers": dict(request.headers.items()), "keys": keys, "body": b"anything"}
    if taken:
        assert verify(**sent)["arn"] == ARN
    else:
        assert refusal(**sent) == "SignatureDoesNotMatch"
