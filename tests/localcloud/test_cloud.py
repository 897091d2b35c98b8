"""The clouds as processes meet them: by their environment alone."""

import os
import subprocess
import sys

import pytest
import requests

from localcloud.cloud import LocalCloud
from localcloud.proxy import Request
from tests.localcloud.account import Account, ask

pytestmark = pytest.mark.xdist_group("localcloud-cloud")


def session(environment: dict[str, str]) -> requests.Session:
    """A client with the variables that a process would have."""
    made = requests.Session()
    made.trust_env = False
    made.proxies = {"https": environment["HTTPS_PROXY"], "http": environment["HTTP_PROXY"]}
    made.verify = environment["REQUESTS_CA_BUNDLE"]
    return made


def test_a_process_leaves_from_the_address_in_its_environment(cloud: LocalCloud) -> None:
    program = "import urllib.request; print(urllib.request.urlopen('https://checkip.amazonaws.com').read().decode())"
    environment = {**os.environ, **cloud.environment("198.51.100.9")}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "198.51.100.9"


def test_an_unknown_host_is_a_clear_error_and_no_connection(cloud: LocalCloud) -> None:
    outside = session(cloud.environment("203.0.113.7"))
    for url in ("https://example.com/", "https://amazonaws.com.example.com/", "https://127.0.0.1/"):
        with pytest.raises(requests.exceptions.ProxyError, match="403 no such host in the local cloud"):
            outside.get(url, timeout=10)
    answer = outside.get("http://example.com/", timeout=10)
    assert (answer.status_code, answer.text) == (404, "no such host or path in the local cloud: example.com/\n")


def test_without_google_its_hosts_say_so(cloud: LocalCloud) -> None:
    assert ask(cloud, "203.0.113.7", "https://sts.googleapis.com/v1/token").status == 501


def test_an_instance_is_routed_at_each_request_and_told_why_not(cloud: LocalCloud, account: Account) -> None:
    instance = account.instance()
    on_it = session(cloud.instance_environment(instance))
    assert on_it.get("https://checkip.amazonaws.com", timeout=10).text.strip() == account.address["PublicIp"]
    put = on_it.put(
        "http://169.254.169.254/latest/api/token", headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"}, timeout=10
    )
    assert put.status_code == 200
    in_a_container = session(cloud.instance_environment(instance, hops=1))
    with pytest.raises(requests.exceptions.ConnectionError):
        in_a_container.put(
            "http://169.254.169.254/latest/api/token",
            headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"},
            timeout=10,
        )
    account.ec2.terminate_instances(InstanceIds=[instance])
    for gone in (on_it, session(cloud.instance_environment(instance))):
        with pytest.raises(requests.exceptions.ConnectionError):
            gone.get("https://checkip.amazonaws.com", timeout=10)
    assert "no internet route: " in cloud.journal.requests[-1]["lost"]


def test_the_deployer_is_somebody_whom_both_clouds_know(cloud: LocalCloud) -> None:
    variables = cloud.deployer_environment()
    assert variables["GOOGLE_OAUTH_ACCESS_TOKEN"] == "ya29.deployer"
    assert variables["AWS_ACCESS_KEY_ID"].startswith("AKIA")
    assert cloud.deployer_environment() == variables


def test_google_gets_the_request_with_the_address_that_the_internet_sees(cloud: LocalCloud, account: Account) -> None:
    seen: list[Request] = []
    whole, cloud.google = cloud.google, lambda request: seen.append(request) or whole(request)
    try:
        ask(cloud, account.instance(), "https://sts.googleapis.com/v1/token", "POST")
    finally:
        cloud.google = whole
    assert seen[0].egress == account.address["PublicIp"]


def test_google_s_verification_is_aws_s(cloud: LocalCloud) -> None:
    caller = cloud.as_caller("demo", address="203.0.113.1", session="i-0abc", account="210987654321")
    signed = caller.signed("//iam.googleapis.com/x")
    headers = {one["key"]: one["value"] for one in signed["headers"]}
    assert cloud.aws.verify(signed["method"], signed["url"], headers) == {
        "account": "210987654321",
        "arn": "arn:aws:sts::210987654321:assumed-role/demo/i-0abc",
        "userid": caller.key.userid,
    }
