"""AWS's limits of one instance: its groups and their rules, its disk and the disk's key, its profile, its metadata."""

import re
from collections.abc import Sequence
from typing import Any

from constructs_lib.limits.addresses import IPV4, cidr, network
from constructs_lib.limits.aws import security_group_id, subnet_id
from constructs_lib.limits.rule import END, Check, Limit, between, matches

__all__ = [
    "egress_port",
    "egress_rules",
    "hop_limit",
    "instance_profile_name",
    "ipv4_cidr",
    "kms_key_arn",
    "root_volume_gib",
    "security_group_ids",
    "subnet_ids",
]

_EC2 = "Amazon EC2 API"
MAX_RULES = 60
MAX_GROUPS = 5

hop_limit = Limit(
    "hop_limit",
    "1 to 64",
    f"{_EC2}, InstanceMetadataOptionsRequest: HttpPutResponseHopLimit",
    between(1, 64),
    kind=int,
)
root_volume_gib = Limit(
    "root_volume_gib",
    "8 to 16384 GiB",
    "Amazon Linux 2023's image needs 8 GiB; Amazon EBS User Guide, volume constraints: gp3 up to 16 TiB",
    between(8, 16384),
    kind=int,
)


def _key_hint(value: str) -> str:
    if ":alias/" in value or value.startswith("alias/"):
        return "an alias can point to another key later: `aws kms describe-key --key-id ALIAS` prints the key's ARN"
    return ""


kms_key_arn = Limit(
    "kms_key_arn",
    "the ARN of a key, such as 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab'",
    "AWS KMS Developer Guide, Key identifiers (key ARN); EC2 answers with it, whatever it was given",
    matches(
        r"arn:aws(-us-gov)?:kms:[a-z0-9-]+:[0-9]{12}:key/"
        r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})"
    ),
    hint=_key_hint,
)
_PROFILE_ARN = re.compile(r"arn:[^:]+:iam::([0-9]+):instance-profile/(?:.*/)?([A-Za-z0-9_+=,.@-]{1,128})", re.ASCII)


def _profile_hint(value: str) -> str:
    found = _PROFILE_ARN.fullmatch(value)
    return f"only '{found[2]}' if {found[1]} is this environment's account" if found else ""


instance_profile_name = Limit(
    "instance_profile_name",
    "1 to 128 characters of A-Z, a-z, 0-9 and '_+=,.@-' (a name, no path and no ARN)",
    "IAM API, CreateInstanceProfile: InstanceProfileName",
    matches(r"[A-Za-z0-9_+=,.@-]{1,128}"),
    hint=_profile_hint,
)
egress_port = Limit(
    "egress_port",
    "1 to 65535",
    f"{_EC2}, AuthorizeSecurityGroupEgress: FromPort",
    between(1, 65535),
    kind=int,
)


def _is_ipv4(value: str) -> bool:
    found = network(value)
    return cidr.holds(value) and found is not None and found.version == 4


ipv4_cidr = Limit(
    "ipv4_cidr",
    "an IPv4 range such as '10.0.0.2/32', every bit behind the prefix zero",
    f"{_EC2}, AuthorizeSecurityGroupEgress: CidrIpv4; instances have no IPv6 address",
    Check(_is_ipv4, {"pattern": rf"^{IPV4}/([12]?[0-9]|3[0-2]){END}"}),
    hint=lambda value: cidr.hint(value) if cidr.hint else "",
)
egress_rules = Limit(
    "egress_rules",
    f"1 to {MAX_RULES} rules, one for each port and range",
    "Amazon VPC quotas: outbound rules per security group",
    lambda values: 0 < len(values) <= MAX_RULES,
    kind=(list, tuple),
    show=lambda values: len(values) if isinstance(values, list | tuple) else values,
)


def _ids(rule: Limit) -> Any:
    def each_once(values: Sequence[str]) -> bool:
        return 0 < len(values) == len(set(map(str, values))) and all(map(rule.holds, values))

    return each_once


security_group_ids = Limit(
    "security_group_ids",
    f"1 to {MAX_GROUPS} different ones, each {security_group_id.allowed}",
    "Amazon VPC quotas: security groups per network interface",
    Check(
        lambda values: len(values) <= MAX_GROUPS and _ids(security_group_id)(values),
        {"items": security_group_id.schema, "minItems": 1, "maxItems": MAX_GROUPS, "uniqueItems": True},
    ),
    kind=(list, tuple),
)
subnet_ids = Limit(
    "subnet_ids",
    f"one id, or a list of different ones, each {subnet_id.allowed}",
    subnet_id.source,
    Check(
        lambda value: subnet_id.holds(value) if isinstance(value, str) else _ids(subnet_id)(value),
        {
            "anyOf": [
                {"type": "string", **subnet_id.schema},
                {"type": "array", "items": {"type": "string", **subnet_id.schema}, "minItems": 1, "uniqueItems": True},
            ]
        },
    ),
    kind=(str, list, tuple),
)
