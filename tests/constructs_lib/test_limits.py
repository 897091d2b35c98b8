"""Every limit holds at its edge, refuses one step past it, and says so in one sentence."""

import base64

import pytest
import trustme

from constructs_lib import limits

ARN = "arn:aws:iam::123456789012:policy/"
POOL = "iam.googleapis.com/projects/345678901234/locations/global/workloadIdentityPools/demo-pool"
WORKFORCE = "iam.googleapis.com/locations/global/workforcePools/people"

KMS, UUID = "arn:aws:kms:eu-central-1:123456789012:key/", "1234abcd-12ab-34cd-56ef-1234567890ab"
PEM = trustme.CA().cert_pem.bytes().decode()
KEY = trustme.CA().private_key_pem.bytes().decode()


def mapping(**custom: str) -> dict[str, str]:
    return {"google.subject": "assertion.arn"} | {f"attribute.{key}": value for key, value in custom.items()}


def addresses(count: int) -> list[str]:
    return [f"198.51.{100 + number // 250}.{number % 250}/32" for number in range(count)]


# rule: (values at the limit, values one step past it)
EDGES = {
    "pool_id": (["abcd", "a" * 32, "0-9-", "agcp-", "gcp0"], ["abc", "a" * 33, "gcp-pool", "Pool", "a_bc", "abcd\n",
    ""]),
    "provider_id": (["abcd", "a" * 32], ["abc", "a" * 33, "gcp-aws", "aws.1"]),
    "pool_display_name": (["", "é" * 32], ["é" * 33]),
    "pool_description": (["", "é" * 256], ["é" * 257]),
    "service_account_id": (["abcdef", "a" * 30, "a-0-b1"], ["abcde", "a" * 31, "0bcdef", "abcde-", "-bcdef", "abcDef"]),
    "service_account_display_name": (["é" * 50, "a" * 100], ["é" * 50 + "a", "a" * 101]),
    "service_account_description": (["é" * 128, "a" * 256], ["é" * 128 + "a", "a" * 257]),
    "access_level_name": (["a", "A" * 50, "a_9"], ["", "A" * 51, "_a", "9a", "a-b", "á"]),
    "perimeter_name": (["a", "A" * 50, "a_9"], ["", "A" * 51, "_a", "9a", "demo-perimeter"]),
    "service_perimeter": (["accessPolicies/1/servicePerimeters/a_9"], ["shared", "accessPolicies/0/servicePerimeters/a", "accessPolicies/1/servicePerimeters/a-b"]),
    "rule_attributes": ([0, 6000], [6001, "1"]),
    "egress_method": (["google.storage.objects.get", "*"], ["get", "", "a.*", "**"]),
    "accessible_service": (["RESTRICTED-SERVICES", "storage.googleapis.com"], ["restricted-services", "storage", "generativelanguage.googleapis.com"]),
    "rule_title": (["a", "a" * 100], ["", "a" * 101]),
    "access_policy_title": (["a", "é" * 300], ["", " "]),
    "custom_role_id": (["abc", "A" * 64, "a_.9"], ["ab", "A" * 65, "a-bc", "a bc"]),
    "custom_role_title": (["", "é" * 50], ["é" * 50 + "a"]),
    "custom_role_description": (["", "é" * 128], ["é" * 128 + "a"]),
    "attribute_mapping": (
        [
            mapping(),
            mapping(**{"a" * 100: "x"}),
            mapping(a="x" * 2048),
            mapping(**{f"a{number}": "x" for number in range(50)}),
            # 13 bytes of 'assertion.arn', three of 2,048 and the rest: 8,192 in all
            mapping(a="x" * 2048, b="x" * 2048, c="x" * 2048, d="x" * 2035),
        ],
        [
            {},
            {"attribute.a": "x"},
            mapping(**{"a" * 101: "x"}),
            mapping(**{"A": "x"}),
            mapping(**{"": "x"}),
            mapping(a="x" * 2049),
            mapping(a=""),
            mapping(**{f"a{number}": "x" for number in range(51)}),
            mapping(a="x" * 2048, b="x" * 2048, c="x" * 2048, d="x" * 2036),
            mapping() | {"google.other": "x"},
            mapping() | {1: 2},
        ],
    ),
    "service_account_email": (
        ["abcdef@abcdef.iam.gserviceaccount.com", f"{'a' * 30}@{'a' * 30}.example.com.iam.gserviceaccount.com"],
        [
            "abcde@abcdef.iam.gserviceaccount.com",
            f"{'a' * 31}@abcdef.iam.gserviceaccount.com",
            "Abcdef@abcdef.iam.gserviceaccount.com",
            "abcdef@abcde.iam.gserviceaccount.com",
            "abcdef@example.com",
            "service-123@gcp-sa-aiplatform.iam.gserviceaccount.com",
            "service-123@compute-system.iam.gserviceaccount.com",
            "1-compute@developer.gserviceaccount.com",
            "serviceAccount:abcdef@abcdef.iam.gserviceaccount.com",
        ],
    ),
    "granted_role": (
        ["projects/example.com:my-project/roles/Gemini", "custom", "roles/aiplatform.user", "projects/abcdef/roles/abc", "organizations/1/roles/a_.9"],
        ["", "roles/owner", "roles/aiplatform.admin", "projects/abcdef/roles/ab", "organizations/0/roles/abc", "folders/1/roles/abc"],
    ),
    "role_arn": (
        ["arn:aws:iam::123456789012:role/a", f"arn:aws-us-gov:iam::123456789012:role/path/{'a' * 64}"],
        ["a", "arn:aws:iam::12345678901:role/a", f"arn:aws:iam::123456789012:role/{'a' * 65}", "arn:aws:iam::123456789012:user/a"],
    ),
    "external_id": (["ab", "a" * 1224, "a:/-"], ["a", "a" * 1225, "a b"]),
    "environment_name": (["a", "2-prod", "a-"], ["", "-a", "A", "a.toml", "environments/a.toml"]),
    "hcp_project": (["abc", "a b", "a" * 40], ["ab", "a" * 41, " abc", "abc ", "a/bc"]),
    "state_prefix": (["a", "a/b.c", "a" * 200], ["", "/a", "a/", "a//b", "a" * 201, "a/../b", ".", "a b"]),
    "state_kms_key_arn": (
        ["arn:aws:kms:us-east-1:123456789012:key/a-1", "arn:aws:kms:us-east-1:123456789012:alias/a/b"],
        ["alias/a", "arn:aws:kms:us-east-1:12345678901:key/a", "arn:aws:kms:us-east-1:123456789012:key/"],
    ),
    "kms_crypto_key": (
        ["projects/p/locations/l/keyRings/r/cryptoKeys/k"],
        ["projects/p/locations/l/keyRings/r", "projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1"],
    ),
    "dynamodb_table": (["abc", "a" * 255, "a_.-"], ["ab", "a" * 256, "a/bc"]),
    "attribute_condition": (["a", "a" * 4096], ["", "a" * 4097]),
    "project_id": (
        ["abcdef", "a" * 30, "a-0-b1", "example.com:abcdef", "a.b-c.example:abcdef"],
        ["abcde", "a" * 31, "345678901234", "abcde-", "example.com:demo", "com:abcdef", ":abcdef", "Example.com:abcdef"],
    ),
    "project_number": (["1", "9" * 19], ["", "0", "01", "9" * 20, "my-project", "-1", "1.0", "١"]),
    "organization_id": (["1", "9" * 19], ["0", "9" * 20, "organizations/1"]),
    "access_policy_number": (["1", "9" * 19], ["0", "9" * 20, "accessPolicies/1"]),
    "service_name": (
        ["aiplatform.googleapis.com", "us-aiplatform.rep.googleapis.com", f"{'a' * 63}.googleapis.com"],
        ["googleapis.com", "aiplatform", "aiplatform.googleapis.com.", "AI.googleapis.com",
         "a.googleapis.com.example.com",
         f"{'a' * 64}.googleapis.com", "-a.googleapis.com", "https://aiplatform.googleapis.com"],
    ),
    "restricted_service": (
        ["aiplatform.googleapis.com", "storage.googleapis.com"],
        ["generativelanguage.googleapis.com", "aiplatform"],
    ),
    "ingress_method": (
        ["PredictionService.GenerateContent", "google.cloud.aiplatform.v1.PredictionService.Predict", "a.b"],
        ["", "*", "PredictionService.*", "Predict", "PredictionService.", "a..b", "a b.c", ".a.b", "A.b\n"],
    ),
    "permission": (
        ["aiplatform.endpoints.predict", "a.b.c"],
        ["", "*", "aiplatform.endpoints.*", "endpoints.predict", "a.b.c.d", "A.b.c", "aiplatform.endpoints.predict "],
    ),
    "ingress_identity": (
        ["user:a@example.com", "group:ml@example.com", "serviceAccount:app@demo-project.iam.gserviceaccount.com",
         f"principal://{POOL}/subject/arn:aws:sts::123456789012:assumed-role/app/i-0",
         f"principalSet://{POOL}/attribute.aws_role/app", f"principalSet://{POOL}/group/admins",
         f"principalSet://{POOL}/attribute.repository/owner/.repo..", f"principal://{POOL}/subject/https://a.example/b",
         f"principal://{WORKFORCE}/subject/a@example.com", f"principalSet://{WORKFORCE}/*"],
        ["a@example.com", "user:A@example.com", "user:a@Example.com", f"principal://{WORKFORCE}/*", "user:a", "user:", "User:a@example.com", "allUsers", "domain:example.com",
         "user: a@example.com",
         f"principalSet://{POOL}/*", f"principal://{POOL}/attribute.aws_role/app", f"principalSet://{POOL}/subject/x",
         f"principal://{POOL}/subject/", f"principal://{POOL.replace('345678901234', 'demo-project')}/subject/x",
         "user:*@example.com", "group:ml*@example.com", "serviceAccount:*@demo-project.iam.gserviceaccount.com",
         f"principal://{POOL}/subject/*", f"principalSet://{POOL}/attribute.aws_role/*", f"principalSet://{POOL}/group/*",
         f"principalSet://{POOL}/attribute.aws_role/app*", f"principalSet://{POOL}/group/x/../../*",
         f"principalSet://{POOL}/group/x/../../attribute.account/1", f"principalSet://{POOL}/group/..",
         f"principalSet://{POOL}/group/./x", f"principalSet://{WORKFORCE}/group/*",
         "group:ml@example", "user:a@example.com\n"],
    ),
    "notification_channel": (
        ["projects/my-project/notificationChannels/123", "projects/example.com:p/notificationChannels/1",
         "projects/345678901234/notificationChannels/18446744073709551615"],
        ["projects/*/notificationChannels/*", "projects/p/notificationChannels/*", "projects/p/notificationChannels/1\n",
         "projects/p/notificationChannels/", "projects/a b/notificationChannels/1", "notificationChannels/1",
         "projects/p/notificationChannels/1/2", ""],
    ),
    "gemini_model": (
        ["gemini-3.5-flash", "a@001", "anthropic/a", "publishers/google/models/gemini-3.5-flash",
         "projects/my-project/locations/us-central1/endpoints/123",
         "projects/345678901234/locations/us-central1/publishers/google/models/gemini-3.5-flash"],
        ["", "models/gemini", "endpoints/123", "tunedModels/a", "publishers/google", "projects/p/locations/l/models/1",
         "a b", "a\n", "a..b", "../a", "a/b/c", "a?b"],
    ),
    "gemini_location": (["global", "us", "eu", "europe-west4", "us-newplace1"], ["", "asia", "Europe", "europe-west", "us\n"]),
    "listed_location": (["global", "us", "eu", "us-central1"], ["asia", "us-centrl1", "europe-west4a"]),
    "listed_region": (["us-east-1", "us-gov-west-1"], ["us-east-9", "cn-north-1", "us-east-1a"]),
    "listed_service": (["aiplatform.googleapis.com"], ["bigqery.googleapis.com", "aiplatform", "generativelanguage.googleapis.com"]),
    "s3_bucket_name": (
        ["my-state", "a.b", "0" * 63, "1.2.3", "1.2.3.4.5", "1.2.3.4a"],
        ["", " ", "ab", "a" * 64, "gs://my-state/", "my_state", "My-state", "-my", "my-", ".my", "my.", "a..b",
         "192.168.5.4", "my-state\n"],
    ),
    "gcs_bucket_name": (
        ["my-state", "my_state", "a.b", "0" * 63, "1.2.3", f"{'a' * 63}." * 3 + "b" * 30],
        ["", " ", "ab", "a" * 64, "gs://my-state/", "My-state", "-my", "my-", "_my", "my_", ".my", "my.", "a..b",
         "192.168.5.4", "googly", "my-google-state", f"{'a' * 64}.b", f"{'a' * 63}." * 3 + "b" * 31, "my-state\n"],
    ),
    "hcp_organization": (["o", "my-organization", "a_b.c"], ["", " ", "has space/", "a/b", "a b", "a\n"]),
    "deletion_policy": (["PREVENT", "DELETE"], ["", "prevent", "Prevent", "ABANDON", "PREVENT\n"]),
    "version_constraint": (
        ["6", "6.25.1", "~> 6.25", ">=6.25, < 7", "= 5.100.0,!= 6", "8.0.0-beta.1", "= 8.0.0-dev"],
        ["", "banana", "~> 6.25.1.1", ">= 6 < 7", "6,", "~>  6", "6\n", ">= 8.0.0-beta1", "!= 8.0.0-a", "8.0.0-", "8.0.0-a..b"],
    ),
    "kit_name": (["a", "demo", "a--0", "z9"], ["", "1demo", "demo-", "-demo", "Demo", "a_b", "a b", "demo\n", "é"]),
    "zone_name": (["ap-northeast-1a", "us-east-1-bos-1a"], ["", "a", "1", "ap-northeast-1", "AP-NORTHEAST-1A", "us-east-1a\n"]),
    "token_lifetime_seconds": ([600, 43200], [599, 43201, 3600.0, "3600", True]),
    "label_key": (["a", "a" * 63, "a-_9"], ["", "a" * 64, "A", "9a"]),
    "label_value": (["", "9" * 63], ["a" * 64, "A", "a b"]),
    "cidr": (
        ["192.0.2.0/24", "0.0.0.0/0", "198.51.100.7/32", "2001:db8::/32", "::/0"],
        ["192.0.2.1/24", "192.0.2.0", "192.0.2.0/33", "192.0.2.0/024", "192.0.2.0/255.255.255.0", "192.0.2/24",
         "010.0.0.0/8",
         "2001:DB8::/32", "2001:db8:0::/32", "2001:db8::1/32", "fe80::1%eth0/128", "", "/", " 192.0.2.0/24",
         "192.0.2.0/24\n"],
    ),
    "allow_cidr": (
        ["198.51.0.0/16", "198.51.100.7/32", "2001:db8::/32", "2600:1f18::/33", "9.255.255.255/32", "11.0.0.0/32",
         "172.15.255.255/32", "172.32.0.0/32", "192.167.255.255/32", "192.169.0.0/32", "100.63.255.255/32",
         "100.128.0.0/32", "223.255.255.255/32"],
        ["198.50.0.0/15", "2001:db8::/31", "0.0.0.0/0", "::/0", "10.0.0.0/32", "10.255.255.255/32", "172.16.0.0/16",
         "172.31.255.255/32", "192.168.0.0/16", "100.64.0.0/32", "100.127.255.255/32", "127.0.0.1/32",
         "169.254.169.254/32",
         "224.0.0.1/32", "255.255.255.255/32", "0.0.0.0/32", "::/128", "::1/128", "fe80::/64", "fd00::/48",
         "ff02::1/128",
         "::ffff:10.0.0.0/112", "::ffff:a00:0/112", "64:ff9b::/96", "64:ff9b:1::/48", "2002:c0a8::/32", "2001::/32", "::a00:0/120", "fec0::/64",
         "198.18.0.0/16", "192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/16", "192.0.2.1/24"],
    ),
    "egress_cidr": (["198.51.100.7/32", "198.51.0.0/16"], ["198.50.0.0/15", "2001:db8::/32", "10.0.0.1/32", ":"]),
    "allow_list": (
        [addresses(1), addresses(200), ("198.51.100.7/32", "2001:db8::/48")],
        [[], addresses(201), ["10.0.0.0/24"], ["198.51.100.7/32", "198.51.100.7/32"], [1], [None, None], [[]],
         "198.51.100.7/32"],
    ),
    "vpc_cidr": (
        ["10.20.0.0/16", "10.20.30.0/26", "100.64.0.0/16", "198.51.100.0/24"],
        ["10.0.0.0/15", "10.20.30.0/27", "10.20.30.1/24", "2001:db8::/24", "127.0.0.0/16", "169.254.0.0/16",
         "240.0.0.0/16", ""],
    ),
    "aws_account_id": (["123456789012", "000000000001"], ["12345678901", "1234567890123", "123456789",
    "١" * 12, 123456789012]),
    "aws_role_name": (["a", "a" * 64, "a_+=,.@-"], ["", "a" * 65, "a/b", "a b", "é",
    "arn:aws:iam::123456789012:role/app"]),
    "aws_role_path": (["/", "/a/", f"/{'a' * 510}/", "/a/b/"], ["", "a", "/a", "a/", f"/{'a' * 511}/", "/a b/", "/é/"]),
    "unique_role_id": (["AROA" + "A" * 17, "AROA" + "0" * 12],
    ["AROA" + "A" * 11, "AIDA" + "A" * 17, "aroa" + "a" * 17, "app"]),
    "permissions_boundary": (
        [ARN + "b", ARN + "b" * 128, ARN + "team/b", "arn:aws:iam::aws:policy/PowerUserAccess",
         "arn:aws-us-gov:iam::123456789012:policy/b"],
        [ARN, ARN + "b" * 129, ARN + "/b", "arn:aws:iam::123456789012:role/b",
         "arn:aws-cn:iam::123456789012:policy/b", "b",
         ARN + "p" * 1900 + "/" + "b" * 120],
    ),
    "session_length": ([2, 64], [1, 65, True, "19"]),
    "aws_region": (
        ["ap-northeast-1", "us-east-1", "us-gov-west-1", "eu-central-2", "il-central-1", "mx-central-1",
         "ap-southeast-7", "nz-north-1"],
        ["cn-north-1", "cn-northwest-1", "us-iso-east-1", "us-isob-east-1", "eusc-de-east-1", "us-east-1a",
         "us-east", "us--1",
         "tokyo", "", "US-EAST-1", "ap-northeast-1\n", "us-east-0"],
    ),
    "instance_type": (
        ["t4g.small", "m7i-flex.large", "u-6tb1.metal", "u7i-12tb.224xlarge", "c7i.metal-48xl"],
        ["t4g", "small", "mac2.metal", "mac2-m2pro.metal", "t4g.", ".small", "T4G.small", "t4g.small.large"],
    ),
    "ami_id": (["ami-" + "0" * 8, "ami-" + "f" * 17],
    ["ami-" + "0" * 9, "ami-" + "g" * 17, "ami-" + "f" * 18, "i-" + "0" * 17]),
    "allocation_id": (["eipalloc-" + "0" * 17], ["eipalloc-" + "0" * 16, "eip-" + "0" * 17]),
    "subnet_id": (["subnet-" + "0" * 17], ["subnet-" + "0" * 18, "subnet"]),
    "user_data": (
        ["", base64.b64encode(b"x" * 16384).decode()],
        [base64.b64encode(b"x" * 16385).decode(), "#!/bin/sh", "é", "abc"],
    ),
    "ssm_document": (["é" * 32768], ["é" * 32768 + "a"]),
    "root_volume_gib": ([8, 16384], [7, 16385, 8.0, True]),
    "hop_limit": ([1, 64], [0, 65, 1.0, "1"]),
    "kms_key_arn": (
        [f"{KMS}{UUID}", f"{KMS}mrk-{'a' * 32}", f"arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/{UUID}"],
        [UUID, "alias/disks", "arn:aws:kms:eu-central-1:123456789012:alias/disks", f"{KMS}{UUID}0", f"{KMS}mrk-{'a' * 31}",
         f"arn:aws-cn:kms:cn-north-1:123456789012:key/{UUID}"],
    ),
    "instance_profile_name": (["a", "a" * 128, "team+=,.@-_9"], ["", "a" * 129, "team/app", "arn:aws:iam::1:instance-profile/a"]),
    "ipv4_cidr": (["0.0.0.0/0", "10.0.0.2/32"], ["10.0.0.2", "10.0.0.1/24", "::/0", "10.0.0.2/33", ""]),
    "egress_rules": ([[1], [1] * 60], [[], [1] * 61]),
    "security_group_id": (["sg-" + "0" * 8, "sg-" + "f" * 17], ["sg-" + "0" * 9, "sg", "subnet-" + "0" * 17]),
    "security_group_ids": ([[f"sg-0000000{n}" for n in range(5)]], [[], [f"sg-0000000{n}" for n in range(6)], ["sg-00000000"] * 2, ["sg"]]),
    "subnet_ids": (["subnet-00000000", ["subnet-00000000", "subnet-00000001"]], ["subnet", [], ["subnet-00000000"] * 2, ["subnet"]]),
    "security_group_name": (["a", "a" * 255, "a b/[c]"], ["", "a" * 256, "sg-a", "a|b"]),
    "ssm_document_name": (
        ["abc", "a" * 128, "demo-app_1.client"],
        ["", "ab", "a" * 129, "a b", "a'b", "a/b", "aws-demo", "AWS-demo", "amazon1", "amzn-x", "abc\n"],
    ),
    "log_group_name": (["a", "a" * 512, "/vpc/demo/flow-logs", "a_.#"], ["", "a" * 513, "aws/a", "a b", "a+b"]),
    "tag_key": (["a", "é" * 128, "a b_.:/=+-@"], ["", "é" * 129, "aws:a", "AWS:a", "a(b)", "a,b"]),
    "tag_value": (["", "é" * 256], ["é" * 257, "a;b"]),
    "index_url": (["https://a", "https://pypi.example.com:8443/simple/", "https://a/b-c_d~%20"], ["http://a", "https://u:p@a/",
        "https://a:0", "https://a:65536", "https://a/?x=1", "https://a/'b", "https:///b", "a", "https://a\n"]),
    "https_proxy": (["http://proxy.example.com:3128", "http://10.0.0.5:65535/"], ["http://proxy", "https://proxy:3128",
        "socks5://proxy:1080", "http://user:secret@proxy:3128", "http://proxy:3128/x", "proxy:3128", "http://p'x:1"]),
    "egress_port": ([1, 443, 65535], [0, 65536, -1]),
    "no_proxy": ([[], (), ["a" * 512]], [["a" * 513], ["a" * 256, "b" * 256]]),
    "no_proxy_host": (["a", ".example.com", "10.0.0.5", "fd00:ec2::254"], ["*", "*.example.com", "a:443", "[::1]", "a,b", ""]),
    "certificate_authority": (["/etc/pki/tls/certs/ca-bundle.crt", PEM, PEM.rstrip(), PEM * (8192 // len(PEM))],
        ["", "ca.crt", "/a/../b", "/a b", "/etc/", PEM + KEY, KEY, PEM.replace("M", "!"), PEM[:-30], PEM * (8192 // len(PEM) + 1),
        PEM.replace("MII", "AAA"), f"comment\n{PEM}"]),
    "variable_name": (["A", "LOG_LEVEL", "MY_PATH", "X9"], ["", "9A", "a", "A-B", "PATH", "AWS_REGION", "AWS_", "GOOGLE_API_KEY",
        "HTTPS_PROXY", "https_proxy", "Http_Proxy", "NO_PROXY", "ALL_PROXY", "FTP_PROXY", "LD_PRELOAD", "PYTHONPATH", "PYTHON",
        "KEYLESS_RELEASE", "GCP_PROJECT_ID", "GEMINI_MODEL", "PIP_INDEX_URL", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "IFS", "ENV"]),
    "variable_value": (["", "é $HOME 'a' \"b\""], ["a\nb", "{{ x }}", "\x7f"]),
    "client_variables": ([{}, {"A": "x" * 1023}], [{"A": "x" * 1024}]),
    "partition_name": (["aws", "aws-us-gov"], ["", "aws-cn", "AWS", "aws'"]),
    "subject_claim": (["arn", "userid"], ["", "account", "arn "]),
}  # fmt: skip

ODD = [None, 1.5, True, b"x", object(), [], {}, (), "\ud800", "\0", 10**30, -1, [None], {None: None}]
RULES = {name: rule for name, rule in vars(limits).items() if isinstance(rule, limits.Limit)}


def test_every_rule_has_its_edges_tested():
    assert set(EDGES) == set(RULES)


@pytest.mark.parametrize("name", EDGES)
def test_the_last_allowed_value_is_returned(name):
    for value in EDGES[name][0]:
        assert RULES[name](value) is value


@pytest.mark.parametrize("name", EDGES)
def test_one_step_past_it_is_refused_in_a_sentence(name):
    rule = RULES[name]
    assert rule.name == name
    assert rule.source
    for value in EDGES[name][1]:
        with pytest.raises(limits.LimitError) as caught:
            rule(value)
        error = caught.value
        assert (error.rule, error.got) == (name, rule.show(value))
        assert (error.allowed, error.source) == (rule.allowed, rule.source)
        assert str(error).startswith(f"{name}: got ")
        assert rule.allowed in str(error)
        assert rule.source in str(error)
        assert "\n" not in str(error)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize(
    "odd", [None, 1.5, True, b"x", object(), [], {}, (), "\ud800", "\0", 10**30, -1, [None], {None: None}]
)
def test_odd_values_get_a_limit_error_or_pass_and_nothing_else(name, odd):
    try:
        assert RULES[name](odd) is odd
    except limits.LimitError as error:
        assert str(error)  # noqa: PT017


@pytest.mark.parametrize(
    ("rule", "value", "said"),
    [
        (limits.cidr, "192.0.2.1/24", "did you mean '192.0.2.0/24'?"),
        (limits.cidr, "192.0.2.1", "did you mean '192.0.2.1/32'?"),
        (limits.cidr, "2001:DB8::/32", "did you mean '2001:db8::/32'?"),
        (limits.allow_cidr, "0.0.0.0/0", "wider than that"),
        (limits.allow_cidr, "10.1.0.0/16", "private (RFC 1918): 10.0.0.0/8"),
        (limits.egress_cidr, "2001:db8::/48", "IPv6"),
        (limits.allow_list, [], "an empty list admits every address of the internet"),
        (limits.allow_list, ["198.51.100.7/32"] * 2, "named twice: 198.51.100.7/32"),
        (limits.allow_list, ["198.51.100.7/32", "10.0.0.0/8"], "refused: '10.0.0.0/8'"),
        (limits.attribute_condition, "a" * 5000, "over several environments"),
        (limits.attribute_mapping, mapping(A="x"), "refused key: 'attribute.A'"),
        (limits.project_number, "my-project", "that looks like a project's id"),
        (limits.project_id, "345678901234", "that looks like the project's number"),
        (limits.aws_region, "us-east-1a", "its region is 'us-east-1'"),
        (limits.aws_region, "cn-north-1", "amazonaws.com.cn"),
        (limits.aws_region, "eu-west1", "did you mean 'eu-west-1'"),
        (
            limits.aws_role_name,
            "arn:aws:iam::123456789012:role/app",
            "; only 'app' if 123456789012 is this environment's account",
        ),
        (
            limits.aws_role_name,
            "arn:aws:iam::123456789012:role/team/app",
            "; only 'app' if 123456789012 is this environment's account",
        ),
        (
            limits.aws_role_name,
            "arn:aws:sts::123456789012:assumed-role/app/session",
            "; only 'app' if 123456789012 is this environment's account",
        ),
        (
            limits.aws_role_name,
            "arn:aws-us-gov:sts::123456789012:assumed-role/app/a/b",
            "; only 'app' if 123456789012 is this environment's account",
        ),
        (limits.aws_role_name, "arn:aws:iam::123456789012:root", "; that ARN is not a role's ("),
        (limits.aws_role_name, "arn:aws:iam::123456789012:user/bob", "; that ARN is not a role's ("),
        (limits.aws_role_name, "arn:aws:iam::123456789012:role/team/*", "; that ARN is not a role's ("),
        (limits.aws_role_name, "arn:x", "; that ARN is not a role's ("),
        (limits.gcs_bucket_name, "gs://my-state/", "; only 'my-state'? ("),
        (limits.s3_bucket_name, "s3://my-state", "; only 'my-state'? ("),
        (limits.s3_bucket_name, "my_state", "no IP address (Amazon"),
        (limits.restricted_service, "generativelanguage.googleapis.com", "aiplatform.googleapis.com"),
    ],
)
def test_the_error_says_what_to_write_instead(rule, value, said):
    with pytest.raises(limits.LimitError) as caught:
        rule(value)
    assert said in str(caught.value)


def test_a_zone_belongs_to_its_region():
    assert limits.zone("us-east-1", "us-east-1a") == "us-east-1a"
    assert limits.zone("us-east-1", "us-east-1h") == "us-east-1h"
    for other in ("us-east-1i", "us-east-2a", "us-east-1", "us-east-1-bos-1a", "us-east-1ab", "", "use1-az1"):
        with pytest.raises(limits.LimitError, match="us-east-1a"):
            limits.zone("us-east-1", other)


def test_zones_are_named_once_and_in_any_order():
    every = [f"us-east-1{letter}" for letter in "abcdefgh"]
    assert limits.zones("us-east-1", every[::-1]) == every
    for refused in ([], ["us-east-1a", "us-east-1a"], ["us-east-1a", "us-west-2a"]):
        with pytest.raises(limits.LimitError, match="us-east-1"):
            limits.zones("us-east-1", refused)


def test_the_partition_follows_from_the_region():
    assert limits.partition("ap-northeast-1") == "aws"
    assert limits.partition("us-gov-west-1") == "aws-us-gov"
    with pytest.raises(limits.LimitError):
        limits.partition("cn-north-1")


def subject(**changed: object) -> int:
    return limits.federated_subject(
        **({"partition": "aws", "account_id": "123456789012", "role_name": "r" * 64} | changed)
    )


def test_a_role_of_64_characters_passes_in_aws_and_not_in_govcloud():
    assert subject() == 123
    assert subject(partition="aws-us-gov", role_name="r" * 61) == 127
    with pytest.raises(limits.LimitError, match="assertion.userid.*max_session_length"):
        subject(partition="aws-us-gov")


def test_a_session_of_64_characters_leaves_23_for_the_role():
    assert subject(role_name="r" * 23, session_length=limits.MAX_SESSION_LENGTH) == 127
    with pytest.raises(limits.LimitError, match="reaches 128"):
        subject(role_name="r" * 24, session_length=limits.MAX_SESSION_LENGTH)


def test_documentation_ranges_are_allowed_and_known_as_such():
    for cidr in ("192.0.2.0/24", "198.51.100.7/32", "203.0.113.0/24", "2001:db8::/48", "3fff::/32"):
        assert limits.documentation_range(limits.allow_cidr(cidr))
    for cidr in ("198.51.0.0/16", "203.0.112.0/24", "2600::/48", "nonsense", ""):
        assert not limits.documentation_range(cidr)


def test_addresses_of_a_version_are_counted_once():
    cidrs = [
        "198.51.100.0/24",
        "198.51.100.7/32",
        "198.51.101.0/24",
        "192.0.2.1/32",
        "2001:db8::/64",
        "2001:db8::1/128",
    ]
    assert limits.addresses_in(cidrs, 4) == 256 + 256 + 1
    assert limits.addresses_in(cidrs, 6) == 2**64
    assert limits.addresses_in([], 4) == limits.addresses_in(["nonsense"], 6) == 0


def test_a_reference_passes_unread_only_where_a_construct_asks_for_it():
    reference = "${TfToken[TOKEN.12]}"
    assert limits.subnet_id.unless_reference(reference) is reference
    for refused in (reference, "${aws_subnet.x.id}"):
        with pytest.raises(limits.LimitError):
            limits.subnet_id(refused)
    with pytest.raises(limits.LimitError):
        limits.subnet_id.unless_reference("${aws_subnet.x.id}")


@pytest.mark.parametrize(
    ("types", "architecture"),
    [
        ("t4g.small m6gd.large c7gn.xlarge x2gd.medium im4gn.large is4gen.large i8ge.large hpc7g.4xlarge g5g.xlarge "
         "a1.large "
         "m8gb.large p6e-gb200.36xlarge", "arm64"),
        ("t3.small t2.micro m7i-flex.large g4dn.xlarge g5.xlarge g6e.xlarge gr6.4xlarge p5.48xlarge inf2.xlarge "
         "trn1.2xlarge "
         "u-6tb1.metal x2iedn.large mac2.metal dl1.24xlarge vt1.3xlarge", "x86_64"),
    ],
)  # fmt: skip
def test_the_architecture_follows_from_the_instance_type(types, architecture):
    assert {limits.architecture(one) for one in types.split()} == {architecture}


def test_a_region_of_another_partition_is_not_corrected_to_one_of_this() -> None:
    for region in ("cn-north-1", "us-iso-east-1", "eusc-de-east-1"):
        with pytest.raises(limits.LimitError) as caught:
            limits.aws_region(region)
        assert caught.value.hint == ""
