"""Which AWS identity the environment names: the order of the AWS SDKs, with botocore as the oracle."""

import itertools
import json

import botocore.session
import botocore.utils
import pytest
from hypothesis import given
from hypothesis import strategies as st

import client
from client.hosts import container_host
from client.source import choose
from tests.cloud.google import error

KEYS = {
    "AWS_ACCESS_KEY_ID": "ASIAQ3EGUXK7N2VTBL4D",
    "AWS_SECRET_ACCESS_KEY": "8hT/x2Qm+VfW0dJk7Lr5ZpYc3NsAoE9uGiBtRw1X",
    "AWS_SESSION_TOKEN": "IQoJb3JpZ2luX2VjEKz//////////wEaDmFwLW5vcnRoZWFzdC0x",
}
WEB = {"AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/demo-app-role", "AWS_WEB_IDENTITY_TOKEN_FILE": "/token"}
RELATIVE = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/6e1a"}
FULL = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.2/v1/credentials"}
KINDS = {
    "env": "environment",
    "assume-role-with-web-identity": "web-identity",
    "container-role": "container",
    "iam-role": "instance",
}


def botocores():
    return botocore.session.Session().get_credentials()


@pytest.mark.parametrize("named", list(itertools.product([False, True], repeat=4)))
def test_order_is_botocores(world, guard, named):
    guard.redirects["169.254.170.2"] = world.proxy.port
    variables = {}
    for chosen, group in zip(named, (KEYS, WEB, RELATIVE, FULL), strict=True):
        variables |= group if chosen else {}
    world.env(**variables, AWS_DEFAULT_REGION="ap-northeast-1")
    source = choose({**variables, "HOME": str(world.folder)})
    assert source.fault is None
    assert source.kind == KINDS[botocores().method]


@pytest.mark.parametrize(
    ("file", "text", "method"),
    [
        ("credentials", "[default]\naws_access_key_id = AKIAQ3EGUXK7N2VTBL4D\naws_secret_access_key = s\n", "shared-credentials-file"),
        ("config", "[default]\naws_access_key_id = AKIAQ3EGUXK7N2VTBL4D\naws_secret_access_key = s\n", "config-file"),
        ("config", "[default]\ncredential_process = cat KEYS\n", "custom-process"),
        ("config", "[profile default]\ncredential_process = cat KEYS\n", "custom-process"),
        ("config", "[default]\nsso_start_url = https://x.awsapps.com/start\nsso_region = us-east-1\nsso_account_id = 1\nsso_role_name = r\n", "sso"),
        ("config", "[default]\nrole_arn = arn:aws:iam::1:role/r\nweb_identity_token_file = /token\n", "assume-role-with-web-identity"),
        ("config", "[default]\nlogin_session = arn:aws:iam::1:user/u\n", "login"),
        ("config", "[profile  'default']\ncredential_process = cat KEYS\n", "custom-process"),
        ("credentials", "[default]\naws_access_key_id =\naws_secret_access_key =\n", "shared-credentials-file"),
        ("credentials", "[profile default]\naws_access_key_id = AKIAQ3EGUXK7N2VTBL4D\naws_secret_access_key = s\n", "iam-role"),
        ("config", "[profile 'default]\ncredential_process = cat KEYS\n", "iam-role"),
        ("config", "[default]\nregion = ap-northeast-1\n\n[profile other]\ncredential_process = /bin/echo\n", "iam-role"),
        ("config", "[sso-session x]\nsso_start_url = https://x\n[profile dev]\nsso_session = x\n", "iam-role"),
    ],
)  # fmt: skip
def test_a_default_profile_is_refused_where_the_sdks_would_be_it(world, file, text, method):
    keys = {"Version": 1, "AccessKeyId": "AKIAQ3EGUXK7N2VTBL4D", "SecretAccessKey": "s"}
    (world.folder / "keys").write_text(json.dumps(keys))
    (world.folder / ".aws").mkdir()
    (world.folder / ".aws" / file).write_text(text.replace("KEYS", str(world.folder / "keys")))
    world.env(AWS_DEFAULT_REGION="ap-northeast-1")
    try:
        used = botocores().method
    except botocore.exceptions.MissingDependencyException:  # only `login` needs another package
        used = "login"
    assert used == method
    source = choose({"HOME": str(world.folder)})
    if method == "iam-role":
        assert source.kind == "instance"
        return
    assert f"in {world.folder}/.aws/{file} gives AWS keys" in source.fault.cause
    assert 'eval "$(aws configure export-credentials --profile default --format env)"' in source.fault.fix
    for others in (KEYS, WEB):
        assert choose({"HOME": str(world.folder), **others}).fault is None
    assert choose({"HOME": str(world.folder), **RELATIVE}).fault
    empty = {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}
    assert choose({"HOME": str(world.folder), **empty}).kind == "instance"


def test_a_file_of_keys_is_refused_where_botocore_would_read_it(world):
    (world.folder / "keys").write_text("AWSAccessKeyId=AKIAQ3EGUXK7N2VTBL4D\nAWSSecretKey=s\n")
    variables = {"AWS_CREDENTIAL_FILE": str(world.folder / "keys")}
    world.env(**variables)
    assert botocores().method == "ec2-credentials-file"
    environ = {"HOME": str(world.folder), **variables}
    assert "AWS_CREDENTIAL_FILE is" in choose(environ).fault.cause
    assert choose(environ | RELATIVE).fault
    assert choose(environ | KEYS).kind == "environment"


@pytest.mark.parametrize("content", [b"no section\n", b"\xff\xfe", b"[default\n"])
def test_a_file_that_the_sdks_cannot_read_is_refused(world, content):
    (world.folder / "config").write_bytes(content)
    environ = {"HOME": str(world.folder), "AWS_CONFIG_FILE": str(world.folder / "config")}
    assert "is no file of profiles" in choose(environ).fault.cause


@pytest.mark.parametrize("name", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
def test_a_profile_is_refused_with_the_command_that_exports_it(world, name):
    world.env(**{name: "it's mine"})
    outcome = world.run("--json", "--no-egress")
    assert outcome.code == 11
    assert f'{name} names the profile "it\'s mine"' in outcome.fault["cause"]
    assert """aws configure export-credentials --profile 'it'"'"'s mine' --format env""" in outcome.fault["fix"]
    assert outcome.json["identity"] == {"source": None, "arn": None}
    assert world.cloud.log == []
    world.env(**KEYS | {"AWS_SESSION_TOKEN": world.cloud.keys.token}, AWS_REGION="ap-northeast-1")
    outcome = world.run("--json", "--no-egress")
    assert outcome.code == 0
    assert any(
        f"set and not used: {name}; the AWS keys come from the environment" in w for w in outcome.json["warnings"]
    )


@pytest.mark.parametrize(
    ("variables", "cause", "fix"),
    [
        ({"AWS_ACCESS_KEY_ID": "AKIAQ3EGUXK7N2VTBL4D"}, "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY", "unset AWS_ACCESS_KEY_ID"),
        ({"AWS_SECRET_ACCESS_KEY": "s" * 40}, "AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID", "set AWS_ACCESS_KEY_ID too"),
        ({"AWS_SESSION_TOKEN": "t" * 40}, "AWS_SESSION_TOKEN is set without AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", "unset AWS_SESSION_TOKEN"),
        (KEYS | {"AWS_SESSION_TOKEN": ""}, "are set without AWS_SESSION_TOKEN", "set AWS_SESSION_TOKEN too"),
        ({"AWS_ROLE_ARN": WEB["AWS_ROLE_ARN"]}, "AWS_ROLE_ARN is set without AWS_WEB_IDENTITY_TOKEN_FILE", "EKS Fargate"),
        ({"AWS_WEB_IDENTITY_TOKEN_FILE": "/token"}, "AWS_WEB_IDENTITY_TOKEN_FILE is set without AWS_ROLE_ARN", "EKS Fargate"),
        (WEB | {"AWS_WEB_IDENTITY_TOKEN_FILE": ""}, "AWS_ROLE_ARN is set without", "the node's role is not used in its place"),
        ({"AWS_ENDPOINT_URL_STS": "https://evil.example"}, "AWS_ENDPOINT_URL_STS is 'https://evil.example'", "unset AWS_ENDPOINT_URL_STS"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, "AWS_ENDPOINT_URL is 'http://127.0.0.1:4566'", "AWS_ENDPOINT_URL_<SERVICE>"),
        (WEB | {"AWS_ENDPOINT_URL_STS": "https://evil.example"}, "AWS_ENDPOINT_URL_STS is", "unset"),
        ({"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://evil.example/"}, "AWS_EC2_METADATA_SERVICE_ENDPOINT is 'http://evil.example/'", "http://169.254.169.254"),
        ({"AWS_EC2_METADATA_DISABLED": "True"}, "AWS_EC2_METADATA_DISABLED is true", "unset it"),
        (RELATIVE | {"AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": ""}, "AWS_EC2_METADATA_DISABLED is true", "set AWS_REGION"),
        ({"AWS_LAMBDA_FUNCTION_NAME": "f"}, "Lambda gave this function no keys", "AWS_ACCESS_KEY_ID"),
        ({"AWS_EXECUTION_ENV": "AWS_ECS_FARGATE"}, "ECS gave this task no credentials", "task role"),
    ],
)  # fmt: skip
def test_refused_before_anything_is_sent(world, variables, cause, fix):
    world.env(**variables)
    outcome = world.run("--json", "--no-egress")
    assert outcome.code == 11
    assert cause in outcome.fault["cause"]
    assert fix in outcome.fault["fix"]
    assert world.cloud.log == []
    with pytest.raises(Exception, match="fix: "):
        client.credentials().refresh(None)
    assert world.cloud.log == []


@pytest.mark.parametrize(
    ("variables", "kind", "unused"),
    [
        ({"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://169.254.169.254/"}, "instance", ""),
        ({"AWS_EC2_METADATA_DISABLED": "false"}, "instance", ""),
        ({"AWS_ENDPOINT_URL": "http://x", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, "instance", "AWS_ENDPOINT_URL"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_ROLE_ARN": "", "AWS_PROFILE": ""}, "instance", ""),
        ({"AWS_ROLE_SESSION_NAME": "s"}, "instance", "AWS_ROLE_SESSION_NAME"),
        (KEYS | WEB | RELATIVE, "environment", ", ".join([*WEB, *RELATIVE])),
        (KEYS | {"AWS_SECURITY_TOKEN": "t"}, "environment", "AWS_SECURITY_TOKEN"),
        (KEYS | {"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://x"}, "environment", "AWS_EC2_METADATA_SERVICE_ENDPOINT"),
        (KEYS | {"AWS_LAMBDA_FUNCTION_NAME": "f"}, "function", ""),
        (WEB | FULL | {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/t"}, "web-identity", "AWS_CONTAINER_CREDENTIALS_FULL_URI, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
        (RELATIVE | FULL, "container", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        (FULL | {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "a", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/t"}, "container", "AWS_CONTAINER_AUTHORIZATION_TOKEN"),
    ],
)  # fmt: skip
def test_what_is_set_and_not_used_is_told(world, variables, kind, unused):
    source = choose({"HOME": str(world.folder), **variables})
    assert (source.kind, source.fault) == (kind, None)
    told = source.notes[0].partition(";")[0].removeprefix("set and not used: ") if source.notes else ""
    assert told == unused


@pytest.mark.parametrize(
    ("name", "words"),
    [("KUBERNETES_SERVICE_HOST", "its node's role"), ("ECS_CONTAINER_METADATA_URI_V4", "container instance")],
)
def test_who_is_somebody_elses_instance_is_told(world, name, words):
    world.env(**{name: "10.0.0.1"})
    outcome = world.run("--json", "--no-egress")
    assert outcome.code == 0
    assert any(words in w for w in outcome.json["warnings"])


def test_a_pod_on_fargate_without_a_role(world, guard):
    world.env(KUBERNETES_SERVICE_HOST="10.0.0.1", HTTP_PROXY=None, http_proxy=None)
    guard.redirects["169.254.169.254"] = ConnectionRefusedError()
    outcome = world.run("--json", "--no-egress")
    assert outcome.code == 10
    assert any("EKS Fargate has no metadata service" in w for w in outcome.json["warnings"])


HOSTS = {
    "http://169.254.170.2/v2/x": "169.254.170.2",
    "http://169.254.170.23/v1/credentials": "169.254.170.23",
    "http://[fd00:ec2::23]/v1/credentials": "fd00:ec2::23",
    "http://[FD00:EC2::23]:80/v1/credentials": "fd00:ec2::23",
    "http://localhost:1338/x": "localhost",
    "http://127.0.0.1:9001/2021-04-23/credentials": "127.0.0.1",
    "http://127.1.2.3/x": "127.1.2.3",
    "http://[::1]:8080/x?a=b": "::1",
}


@pytest.mark.parametrize("url", HOSTS)
def test_hosts_of_containers(url):
    assert container_host(url) == HOSTS[url]
    botocore.utils.ContainerMetadataFetcher()._validate_allowed_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x", "https://evil.example/x", "http://evil.example/x", "http://169.254.169.254/x", "http://169.254.170.3/x",
        "http://169.254.170.2:8080/x", "http://169.254.170.2@evil.example/x", "http://127.0.0.1\\@evil.example/x", "http://localhost.evil.example/",
        "http://localhost#@evil.example/", "http://2130706433/x", "http://127.1/x", "http://[::ffff:127.0.0.1]/x", "http://[fe80::1]/x",
        "http://[::1%25eth0]/x", "http://localhost/x\r\nHost: y", "ftp://localhost/x", "http://localhost:99999999/x", "//localhost/x", "", "http://",
    ],
)  # fmt: skip
def test_hosts_that_are_nobodys_own(url):
    assert container_host(url) == ""


@given(st.from_regex(r"\Ahttp://(\[[0-9a-f:.]{2,20}\]|[0-9.]{4,15}|localhost)(:[0-9]{1,4})?/[a-z]*\Z"))
def test_no_host_that_botocore_refuses(url):
    if container_host(url):
        botocore.utils.ContainerMetadataFetcher()._validate_allowed_url(url)


def test_keys_that_change_in_a_running_process(world):
    """The next renewal signs with the new ones, and a source that appears is the one."""
    keys = world.cloud.keys
    world.env(**KEYS, AWS_REGION="ap-northeast-1")
    world.env(AWS_SESSION_TOKEN=keys.token)
    credentials = client.credentials()
    credentials.refresh(None)
    keys.id, keys.secret = "ASIAQ3EGUXK7N2VTBL99", "another/x2Qm+VfW0dJk7Lr5ZpYc3NsAoE9uGiBtRw"
    world.env(AWS_ACCESS_KEY_ID=keys.id, AWS_SECRET_ACCESS_KEY=keys.secret)
    credentials.refresh(None)
    assert credentials.valid
    for name in KEYS:
        world.env(**{name: None})
    world.env(**RELATIVE)
    credentials.refresh(None)
    assert (credentials.supplier.source.kind, credentials.valid) == ("container", True)


@pytest.mark.parametrize(
    ("text", "words"),
    [("2020-01-01T00:00:00+00:00", "expired at 2020-01-01T00:00:00Z"), ("soon", "AWS_CREDENTIAL_EXPIRATION is 'soon'")],
)
def test_exported_keys_say_when_they_end(world, text, words):
    world.env(**KEYS, AWS_REGION="ap-northeast-1", AWS_CREDENTIAL_EXPIRATION=text)
    outcome = world.run("--json", "--no-egress")
    assert (outcome.code, words in outcome.fault["cause"]) == (11, True)
    assert world.cloud.log == []


def test_keys_that_were_rejected_are_asked_for_again(world):
    """A role that was replaced, or keys that outlived a clock that was set back: the second renewal heals."""
    credentials = client.credentials()
    credentials.refresh(None)
    world.cloud.keys.id = "ASIAQ3EGUXK7N2VTBL99"
    with pytest.raises(Exception, match="not valid|invalid|credential"):
        credentials.refresh(None)
    credentials.refresh(None)
    assert credentials.valid


def test_an_arn_that_is_not_told_breaks_nothing(world):
    world.cloud.faults["aws-sts"] = error(503, "UNAVAILABLE", "x")
    outcome = world.run("--json", "--no-egress")
    assert (outcome.code, outcome.json["identity"]["arn"]) == (0, None)
