"""The credential document is untrusted: anything that gcloud cannot have written is refused before a byte is sent."""

import copy
import hashlib
import json
import os
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client.document import load, validate
from client.fault import Fault, Layer
from client.transport import Transport
from tests.client.conftest import document

IMDS = "http://169.254.169.254"
URL_FIELDS = ["token_url", "token_info_url", "service_account_impersonation_url"]
SOURCE_FIELDS = ["region_url", "url", "imdsv2_session_token_url", "regional_cred_verification_url"]
EVIL = [
    "https://evil.example/v1/token", "https://sts.googleapis.com.evil.example/v1/token", "https://sts.googleapis.com@evil.example/v1/token",
    "https://evil.example#sts.googleapis.com/v1/token", "http://sts.googleapis.com/v1/token", "https://sts.googleapis.com:8443/v1/token",
    "https://sts.googleapis.com/v1/../x", "https://xsts.googleapis.com/v1/token", "HTTPS://STS.GOOGLEAPIS.COM/v1/token", "https://sts.googleapis.com/v1/token?x=1",
    "https://sts.googleapis.com/v1/token\n", "https://sts。googleapis.com/v1/token", "//sts.googleapis.com/v1/token", "file:///etc/passwd", "", 7,
    "https://sts.googleapis.com./v1/token", "https://sts.googleapis.com\\@evil.example/v1/token", "https://evil.example\\sts.googleapis.com/v1/token",
    "https://sts.googleapis.com:443@evil.example/v1/token", "https://sts.googleapis.com:/v1/token", "https://sts.googleapis.com:0443/v1/token", "https://sts.googleapis.com/v1/token#x",
    "https://sts.googleapis.com/v1/token\t", " https://sts.googleapis.com/v1/token", "https://sts%2egoogleapis.com/v1/token", "https://ſts.googleapis.com/v1/token",
    "https://[::ffff:8.8.8.8]/v1/token", "https://sts.mtls.googleapis.com/v1/token", "https://sts.us-east-1.amazonaws.com/v1/token", "https:sts.googleapis.com/v1/token",
    "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/aé@x.iam.gserviceaccount.com:generateAccessToken", [], {},
]  # fmt: skip
EVIL_IMDS = [
    "http://169.254.169.254.evil.example/latest/api/token", "http://169.254.169.254@evil.example/latest/api/token", "http://169.254.169.253/latest/api/token",
    "http://127.0.0.1/latest/api/token", "http://metadata/latest/api/token", "http://0xA9FEA9FE/latest/api/token", "http://2852039166/latest/api/token",
    "http://[::ffff:169.254.169.254]/latest/api/token", "https://169.254.169.254/latest/api/token", "http://169.254.169.254:8080/latest/api/token",
    "http://169.254.169.254./latest/api/token", "http://169.254.169.254\\@evil.example/latest/api/token", "http://169.254.169.254:080/latest/api/token",
    "http://[fd00:ec2:0::254]/latest/api/token", "http://[fd00:ec2::254%25eth0]/latest/api/token", "http://169.254.169.254/latest/api/token/../../user-data",
    "https://sts.us-east-1.amazonaws.com.evil.example?Action=GetCallerIdentity&Version=2011-06-15", "https://sts.us-east-١.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15",
    "https://sts.evil.example/x.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15", "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15&x=1",
    "http://169.254.170.2/latest/api/token", "http://169.254.169.254/latest/user-data", "http://169.254.169.254/latest/api/token?u=1", 7,
]  # fmt: skip


def refused(info, *words):
    with pytest.raises(Fault) as caught:
        validate(info)
    assert caught.value.layer is Layer.CONFIGURATION
    for word in words:
        assert word in caught.value.cause
    return caught.value


def test_what_gcloud_writes():
    found = validate(document())
    assert (found.number, found.pool, found.provider) == ("345678901234", "demo-aws", "demo-aws-app")
    assert found.service_account == "demo-app@my-project.iam.gserviceaccount.com"
    assert validate(document(service_account_impersonation_url=None)).service_account == ""
    validate(document(service_account_impersonation={"token_lifetime_seconds": 900}, quota_project_id="my-project"))
    validate(
        document(
            source={
                k: "http://[fd00:ec2::254]" + urlsplit(document()["credential_source"][k]).path
                for k in SOURCE_FIELDS[:3]
            }
        )
    )
    assert (
        validate(
            document(
                source={
                    "regional_cred_verification_url": "https://sts.eu-west-1.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"
                }
            )
        ).region
        == "eu-west-1"
    )


@pytest.mark.parametrize("field", URL_FIELDS)
@pytest.mark.parametrize("url", EVIL)
def test_foreign_google_urls(field, url):
    refused(document(**{field: url}), field)


@pytest.mark.parametrize("field", SOURCE_FIELDS)
@pytest.mark.parametrize("url", EVIL_IMDS)
def test_foreign_metadata_urls(field, url):
    refused(document(source={field: url}), f"credential_source.{field}")


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"type": "service_account", "private_key": "-----BEGIN"}, "service account key"),
        ({"type": "authorized_user"}, "'authorized_user'"),
        ({"client_id": "x", "client_secret": "y"}, "'client_secret'"),
        ({"aws_security_credentials_supplier": {}}, "aws_security_credentials_supplier"),
        ({"workforce_pool_user_project": "x"}, "workforce_pool_user_project"),
        (
            {
                "audience": "//iam.googleapis.com/projects/my-project/locations/global/workloadIdentityPools/p/providers/q"
            },
            "audience",
        ),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:jwt"}, "subject_token_type"),
        ({"universe_domain": "evil.example"}, "universe_domain"),
        ({"universe_domain": ["googleapis.com"]}, "universe_domain is a list"),
        ({"quota_project_id": "x\r\nAuthorization: y"}, "quota_project_id"),
        ({"service_account_impersonation": {"token_lifetime_seconds": 599}}, "600 to 43200"),
        ({"service_account_impersonation": {"token_lifetime_seconds": 43_201}}, "600 to 43200"),
        ({"service_account_impersonation": {"other": 1}}, "600 to 43200"),
        (
            {"service_account_impersonation": None, "token_info_url": "https://sts.googleapis.com/v1/token"},
            "token_info_url",
        ),
        ({"source": {"url": None}}, "credential_source.url is missing"),
        ({"service_account_impersonation": {"token_lifetime_seconds": 10**9}}, "600 to 43200"),
        ({"service_account_impersonation": {"token_lifetime_seconds": True}}, "600 to 43200"),
        ({"credential_source": {"executable": {"command": "/bin/sh"}}}, "executable"),
        ({"credential_source": {"file": "/etc/passwd"}}, "credential_source.file"),
        ({"source": {"environment_id": "aws2"}}, "'aws2'"),
        ({"source": {"executable": {"command": "x"}}}, "no executable"),
        (
            {
                "source": {
                    "regional_cred_verification_url": "https://sts.{region}.amazonaws.com.cn?Action=GetCallerIdentity&Version=2011-06-15"
                }
            },
            "regional_cred",
        ),
    ],
)
def test_what_gcloud_does_not_write(changes, word):
    refused(document(**changes), word)


@pytest.mark.parametrize("info", [None, [], "x", 7, True])
def test_no_object(info):
    refused(info, "allowed is an object")


def test_private_endpoints_only_by_explicit_option(world):
    info = document(token_url="https://sts-corp.p.googleapis.com/v1/token", universe_domain="googleapis.com")
    refused(info, "token_url")
    assert validate(info, hosts=frozenset({"sts-corp.p.googleapis.com"}))
    world.write(info)
    assert world.run("--no-egress").code == 2
    assert world.cloud.log == []
    assert world.run("--check", "document", "--allow-host", "sts-corp.p.googleapis.com").code == 0
    refused(
        document(universe_domain="example.goog", token_url="https://sts.example.goog/v1/token"),
        "universe_domain",
        "--allow-host sts.DOMAIN",
    )
    assert validate(
        document(universe_domain="example.goog", token_url="https://sts.example.goog/v1/token"),
        hosts=frozenset({"sts.example.goog"}),
    )


def test_refused_before_a_byte_is_sent(world):
    world.write(document(token_url="https://user:hunter2secret@evil.example/v1/token"))
    world.planted.append("hunter2secret")
    outcome = world.run("--json")
    assert outcome.code == 2
    assert {service for service, *_ in world.cloud.log} <= {"checkip"}


def test_files(tmp_path):
    path = tmp_path / "c.json"
    with pytest.raises(Fault, match="cannot be read: no such file"):
        load(str(path))
    with pytest.raises(Fault, match="not a file name"):
        load("a\0b")
    with pytest.raises(Fault, match="cannot be read: is a directory|not a regular file"):
        load(str(tmp_path))
    for content, word in [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON|larger"),
        ("[" * 60_000, "not JSON"),
        ("\xff", "object|not JSON"),
        (" " * 70_000, "larger than 65536"),
    ]:
        path.write_bytes(content.encode("latin-1"))
        with pytest.raises(Fault, match=word):
            load(str(path))
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(Fault, match="not a regular file"):
        load(str(tmp_path / "fifo"))
    path.write_text(json.dumps(document()))
    with pytest.raises(Fault, match="not the document that was delivered"):
        load(str(path), digest="0" * 64)
    path.chmod(0o644)
    assert load(str(path), digest=hashlib.sha256(path.read_bytes()).hexdigest()).warnings == []


def test_reports_what_others_can_change(tmp_path):
    path, link = tmp_path / "c.json", tmp_path / "link.json"
    path.write_text(json.dumps(document()))
    path.chmod(0o666)
    link.symlink_to(path)
    warnings = load(str(link)).warnings
    assert any("symbolic link" in w for w in warnings)
    assert any("world-writable" in w and "chmod 644" in w for w in warnings)
    path.chmod(0o644)
    tmp_path.chmod(0o777)
    assert any("the folder of" in w for w in load(str(path)).warnings)


def test_lifetimes_at_their_limits():
    for seconds in (600, 43_200):
        validate(document(service_account_impersonation={"token_lifetime_seconds": seconds}))


def test_says_at_most_five_errors(tmp_path):
    fault = refused({"type": "external_account"} | {f"x{n}": n for n in range(9)})
    assert fault.cause.count(";") == 5
    assert " more" in fault.cause
    (tmp_path / "big").write_text(json.dumps(document()).ljust(65_536))
    assert load(str(tmp_path / "big")).pool == "demo-aws"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/", "http://sts.googleapis.com/", "https://sts.googleapis.com:8443/", "http://169.254.169.254:8080/", "https://169.254.169.254/",
        "http://169.254.169.253/", "https://sts.googleapis.com@evil.example/", "https://sts.evil.example/", "https://sts.a.b.amazonaws.com/",
        "https://x.us-east-1.amazonaws.com/", "https://sts.us-east-1.amazonaws.com.evil.example/", "https://googleapis.com/", "//sts.googleapis.com/", "http:///x",
    ],
)  # fmt: skip
def test_the_transport_holds_the_allow_list_too(guard, url):  # noqa: ARG001
    """Whatever a library asks it for, and whatever a document said."""
    with pytest.raises(Fault, match=r"is no host of this chain"):
        Transport(1, frozenset({"allowed.example"}))(url)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from([u for u in EVIL + EVIL_IMDS if isinstance(u, str)]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*document(), *SOURCE_FIELDS, "executable", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(VALUES)
@settings(max_examples=300, deadline=None)
def test_arbitrary_json_is_refused_or_leads_nowhere_else(info):
    _safe(info)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_real_document_with_arbitrary_changes(data):
    info = copy.deepcopy(document())
    for _ in range(data.draw(st.integers(1, 3))):
        target = (
            data.draw(st.sampled_from([info, info["credential_source"]]))
            if isinstance(info["credential_source"], dict)
            else info
        )
        target[data.draw(st.sampled_from([*document(), *SOURCE_FIELDS, "token_info_url", "x"]))] = data.draw(VALUES)
    _safe(info)


def _safe(info):
    try:
        found = validate(info)
    except Fault:
        return
    for field in URL_FIELDS:
        if field in found.info:
            assert urlsplit(found.info[field]).hostname in ("sts.googleapis.com", "iamcredentials.googleapis.com")
            assert urlsplit(found.info[field]).scheme == "https"
    for field in SOURCE_FIELDS[:3]:
        if field in found.source:
            assert urlsplit(found.source[field]).hostname in ("169.254.169.254", "fd00:ec2::254")
