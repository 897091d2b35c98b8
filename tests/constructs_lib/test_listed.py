"""The lists of names against those who know them, and every hint against its own limit."""

import json
import re
from importlib.resources import files

import botocore.loaders
import pytest
from googleapiclient import discovery_cache

from client import places
from constructs_lib import limits
from constructs_lib.limits.listed import REGIONS, SERVICES
from tests.constructs_lib.test_limits import EDGES

DOCUMENTS = files(discovery_cache).joinpath("documents")
# Services that have no public discovery document.
UNPUBLISHED = """
adsdatahub agentcommunication apigeeconnect automl bigquerymigration bigquerystorage bigtable cloudaicompanion
confidentialcomputing connectgateway containerregistry containerthreatdetection edgecontainer financialservices gkeconnect
gkemulticloud iaptunnel livestream lustre meshca modelarmor opsconfigmonitoring privilegedaccessmanager
securitycentermanagement servicehealth speakerid storageinsights translate videostitcher visionai
""".split()  # noqa: SIM905


def test_the_regions_are_those_of_botocore() -> None:
    partitions = botocore.loaders.create_loader().load_data("endpoints")["partitions"]
    known = {region for one in partitions if one["partition"] in ("aws", "aws-us-gov") for region in one["regions"]}
    assert set(REGIONS) == known
    assert all(map(limits.aws_region.holds, REGIONS)), "the grammar takes each of them"


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_the_locations_and_their_hosts_are_those_of_the_discovery_document(version: str) -> None:
    endpoints = json.loads(DOCUMENTS.joinpath(f"aiplatform.{version}.json").read_text())["endpoints"]
    hosts = {
        (one["location"], one["endpointUrl"].split("/")[2]) for one in endpoints if "preprod" not in one["endpointUrl"]
    }
    assert {(name, places.gemini_host(name)) for name in places.LOCATIONS if name != "global"} == hosts


def test_each_service_is_one_that_google_publishes() -> None:
    roots = [
        json.loads(path.read_text()).get("rootUrl", "") for path in DOCUMENTS.iterdir() if path.name.endswith(".json")
    ]
    published = {root.removeprefix("https://").strip("/") for root in roots}
    assert {name for name in SERVICES if name not in published} == {f"{name}.googleapis.com" for name in UNPUBLISHED}
    assert all(map(limits.restricted_service.holds, SERVICES))


MORE = {
    "vpc_cidr": ["8.8.8.8/16", "10.20.0.0", "10.20.5.7", "10.20.0.0/8", "0.0.0.0", "172.16.0.1/30", "2001:db8::1"],
    "allow_cidr": ["10.1.1.1/24", "8.8.8.8", "8.8.8.8/0", "::1", "2600::1/16"],
    "egress_cidr": ["10.1.1.1/24", "8.8.8.8/0", "2600::1"],
    "cidr": ["192.0.2.1/24", "192.0.2.1"],
    "instance_profile_name": [
        "arn:aws:iam::1:instance-profile/p/",
        "arn:aws:iam::1:instance-profile/a b",
        "arn:aws:iam::1:instance-profile/p/a",
    ],
    "state_prefix": ["/", "/../", "/a/../b/", "/state/"],
    "aws_region": [" EU-West-1", "us-east-9a", "us-east-1a", "cn-north-1a", "ap-northeast-1\u200b"],
    "aws_role_name": [f"arn:aws:iam::1:role/{'r' * 65}", "arn:aws:iam::123456789012:role/path/app"],
    "s3_bucket_name": ["s3://ab/", "s3://my_state/", "s3://my-state/a"],
    "gcs_bucket_name": ["gs://goog-state", "gs://my-state/"],
    "gemini_location": ["asia", "EU", "us-central", "northamerica"],
    "listed_region": ["us-east-9"],
    "restricted_service": [
        "https://Storage.googleapis.com ",
        "bigquery",
        "generativelanguage.googleapis.com",
        "generativelanguage",
    ],
}


@pytest.mark.parametrize("rule", sorted(EDGES))
def test_a_hint_names_nothing_that_is_refused(rule: str) -> None:
    """The text in quotes after 'did you mean' or 'only' can be pasted."""
    limit, suggested = getattr(limits, rule), []
    for value in [*EDGES[rule][1], *MORE.get(rule, [])]:
        try:
            limit(value)
        except limits.LimitError as error:
            found = re.search(r"(did you mean|only) ('[^']+'( or '[^']+')*)", error.hint)
            suggested += re.findall("'([^']+)'", found[2]) if found else []
    assert [value for value in suggested if not limit.holds(value)] == []
    if rule in (
        "instance_profile_name",
        "state_prefix",
        "vpc_cidr",
        "allow_cidr",
        "s3_bucket_name",
        "aws_role_name",
        "gemini_location",
        "listed_region",
    ):
        assert suggested, "the rule has a hint for one of these"


def test_a_character_that_no_editor_shows_is_the_first_thing_said() -> None:
    with pytest.raises(limits.LimitError) as caught:
        limits.aws_region("ap-northeast-1\u200b\u202e")
    assert caught.value.hint == "it contains U+200B, U+202E, which an editor does not show"
    with pytest.raises(limits.LimitError) as caught:
        limits.security_group_ids(["sg-0123456789abcdef0\u200b"])
    assert caught.value.hint == "it contains U+200B, which an editor does not show"
