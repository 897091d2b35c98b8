"""AWS's limits: accounts, roles, regions, instances, and what of them reaches Google as a subject."""

import base64
import binascii
import re
from collections.abc import Sequence

from constructs_lib.limits.google import MAX_SUBJECT
from constructs_lib.limits.listed import REGIONS, nearest
from constructs_lib.limits.rule import END, Check, Limit, LimitError, among, between, matches, size

_IAM = "IAM and STS quotas; IAM API, CreateRole"
_EC2 = "Amazon EC2 API"

# Sessions that EC2 itself opens carry the instance id: 'i-' and 17 hexadecimal digits.
EC2_SESSION_LENGTH = 19
MAX_SESSION_LENGTH = 64

_ROLE_ARN = re.compile(
    r"arn:[^:]+:(?:iam::([0-9]+):role/(?:.*/)?([\w+=,.@-]{1,64})|sts::([0-9]+):assumed-role/([\w+=,.@-]{1,64})/.*)",
    re.ASCII,
)


def _role_hint(value: str) -> str:
    """What to write in place of an ARN: the name in a role's own, or before the session's in an assumed role's (IAM User Guide, IAM ARNs)."""
    if not value.startswith("arn:"):
        return ""
    found = _ROLE_ARN.fullmatch(value)
    if not found:
        return "that ARN is not a role's"
    account, name = found[1] or found[3], found[2] or found[4]
    return (
        f"only '{name}' if {account} is this environment's account; another account's roles need a second environment"
    )


aws_account_id = Limit(
    "aws_account_id", "12 digits and nothing else, in quotes", "AWS account identifiers", matches(r"[0-9]{12}")
)
aws_role_name = Limit(
    "aws_role_name",
    "1 to 64 characters of A-Z, a-z, 0-9 and '_+=,.@-' (a name, no path and no ARN)",
    f"{_IAM}: RoleName",
    matches(r"[A-Za-z0-9_+=,.@-]{1,64}"),
    hint=_role_hint,
)
aws_role_path = Limit(
    "aws_role_path",
    "'/', or 3 to 512 printable ASCII characters from '/' to '/'",
    f"{_IAM}: Path",
    matches(r"/|/[!-~]{1,510}/"),
)
unique_role_id = Limit(
    "unique_role_id",
    "'AROA' and 12 to 124 of A-Z and 0-9, as `aws iam get-role` prints it (RoleId)",
    "IAM User Guide, IAM identifiers: unique IDs; IAM API, Role: RoleId",
    matches(r"AROA[A-Z0-9]{12,124}"),
)
permissions_boundary = Limit(
    "permissions_boundary",
    "the ARN of a managed policy, such as 'arn:aws:iam::123456789012:policy/boundary'",
    f"{_IAM}: PermissionsBoundary",
    matches(r"(?!.{2049})arn:aws(-us-gov)?:iam::([0-9]{12}|aws):policy/([!-.0-~]+/)*[A-Za-z0-9_+=,.@-]{1,128}"),
)
session_length = Limit(
    "session_length",
    f"2 to {MAX_SESSION_LENGTH} characters",
    "AWS STS API, AssumeRole: RoleSessionName",
    between(2, MAX_SESSION_LENGTH),
    kind=int,
)

# One region of a partition whose hosts end in amazonaws.com: neither China, nor the isolated ones, nor the European
# Sovereign Cloud. A first part that no region has yet also has two letters.
_REGION = matches(r"(us-gov|(?!cn-)[a-z]{2})-(central|east|west|(north|south)(east|west)?)-[1-9]")
_ZONE = matches(r"[a-z-]+-[1-9][a-z]")
_ELSEWHERE = ("cn-", "us-iso", "eu-iso", "eusc-")  # partitions whose regions a name of another one must not correct


def _region_hint(value: str) -> str:
    if _ZONE(value) and value[:-1] in REGIONS:
        return f"that is a zone: its region is '{value[:-1]}'"
    return "" if value.startswith(_ELSEWHERE) else nearest(value, REGIONS)


aws_region = Limit(
    "aws_region",
    "a region such as 'ap-northeast-1' whose hosts end in amazonaws.com",
    "AWS Regions; Google's credential document for AWS names sts.{region}.amazonaws.com as the verifying host, which "
    "China (amazonaws.com.cn), isolated and sovereign regions do not have",
    _REGION,
    hint=_region_hint,
)

zone_name = Limit(
    "zone_name",
    "the name of a zone, such as 'ap-northeast-1a'",
    "Amazon EC2 User Guide, Regions and Zones",
    matches(r"[a-z0-9-]+[a-z]"),
)
instance_type = Limit(
    "instance_type",
    "a type such as 't4g.small' that runs Linux (no 'mac')",
    f"{_EC2}, RunInstances: InstanceType",
    matches(r"(?!mac)[a-z][a-z0-9]*(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*"),
)


def _resource_id(name: str, prefix: str) -> Limit:
    return Limit(
        name,
        f"'{prefix}-' and 8 or 17 hexadecimal digits",
        "Amazon EC2 User Guide, Resource IDs",
        matches(rf"{prefix}-([0-9a-f]{{8}}|[0-9a-f]{{17}})"),
    )


ami_id = _resource_id("ami_id", "ami")
allocation_id = _resource_id("allocation_id", "eipalloc")
subnet_id = _resource_id("subnet_id", "subnet")
security_group_id = _resource_id("security_group_id", "sg")

MAX_USER_DATA = 16384


def _user_data_size(value: str) -> int:
    try:
        return len(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        return -1


user_data = Limit(
    "user_data",
    f"Base64 of at most {MAX_USER_DATA} bytes",
    "Amazon EC2 User Guide, user data: 16 KB in raw form, before it is encoded",
    lambda value: 0 <= _user_data_size(value) <= MAX_USER_DATA,
    hint=lambda value: f"it holds {_user_data_size(value)}" if _user_data_size(value) >= 0 else "it is no Base64",
)
ssm_document = Limit(
    "ssm_document",
    "at most 65536 bytes",
    "AWS Systems Manager endpoints and quotas: maximum size of a document",
    lambda value: size(value) <= 65536,
    hint=lambda value: f"it has {size(value)}",
)
ssm_document_name = Limit(
    "ssm_document_name",
    "3 to 128 characters of A-Z, a-z, 0-9 and '_-.', not starting with 'aws', 'amazon' or 'amzn'",
    "AWS Systems Manager API, CreateDocument: Name",
    matches(r"(?!(?i:aws|amazon|amzn))[\w\-.]{3,128}"),
)
security_group_name = Limit(
    "security_group_name",
    "1 to 255 characters of A-Z, a-z, 0-9, spaces and '._-:/()#,@[]+=&;{}!$*', not starting with 'sg-'",
    f"{_EC2}, CreateSecurityGroup: GroupName",
    matches(r"(?!sg-)[\w .\-:/()#,@\[\]+=&;{}!$*]{1,255}"),
)
log_group_name = Limit(
    "log_group_name",
    "1 to 512 characters of A-Z, a-z, 0-9 and '_-/.#', not starting with 'aws/'",
    "Amazon CloudWatch Logs API, CreateLogGroup: logGroupName",
    matches(r"(?!aws/)[\w\-/.#]{1,512}"),
)
_TAGS = "IAM User Guide, Rules for tagging in IAM and AWS STS: the narrowest of the services that take these tags"
MAX_TAGS = 50
# What a JSON Schema can state: Python and ECMAScript share no name of the letters of all languages.
_NOT_IN_TAGS = r"""[^*?!#$%^&(){}<>|~;,'"\[\]\\`]"""
tag_key = Limit(
    "tag_key",
    "1 to 128 letters, digits, spaces and '_.:/=+-@', not starting with 'aws:'",
    _TAGS,
    Check(
        lambda value: _is_tag(value, 1, 128) and not value.lower().startswith("aws:"),
        {"pattern": rf"^(?![aA][wW][sS]:){_NOT_IN_TAGS}{{1,128}}{END}"},
    ),
)
tag_value = Limit(
    "tag_value",
    "0 to 256 letters, digits, spaces and '_.:/=+-@'",
    _TAGS,
    Check(lambda value: _is_tag(value, 0, 256), {"pattern": rf"^{_NOT_IN_TAGS}{{0,256}}{END}"}),
)


def _is_tag(value: str, least: int, most: int) -> bool:
    return least <= len(value) <= most and all(
        character.isalnum() or character.isspace() or character in "_.:/=+-@" for character in value
    )


role_arn = Limit(
    "role_arn",
    "the ARN of a role, 'arn:aws:iam::123456789012:role/deployer'",
    "AWS Identity and Access Management User Guide, IAM ARNs",
    matches(r"arn:aws(-us-gov)?:iam::[0-9]{12}:role/([!-~]+/)?[A-Za-z0-9+=,.@_-]{1,64}"),
)
external_id = Limit(
    "external_id",
    "2 to 1224 characters of a-z, A-Z, 0-9 and '_+=,.@:/-'",
    "AWS STS API, AssumeRole: ExternalId",
    matches(r"[A-Za-z0-9_+=,.@:/-]{2,1224}"),
)
partition_name = Limit(
    "partition_name",
    "'aws' or 'aws-us-gov'",
    "AWS Identity and Access Management User Guide, IAM ARNs; Google verifies callers at amazonaws.com",
    among("aws", "aws-us-gov"),
)


def zone(region: str, value: str) -> str:
    """A standard zone of the region: the region and one letter from a to h. Returns it, or raises LimitError.

    Local and Wavelength Zones are refused: their name less one letter is no region, and google-auth asks that region
    for the verifying host.
    """
    Limit(
        "zone",
        f"a zone of {region}: '{region}a' to '{region}h'",
        "Amazon EC2 User Guide, Regions and Zones; the eight letters are this kit's eight subnet slots",
        lambda candidate: candidate[:-1] == region and matches("[a-h]")(candidate[-1:]),
    )(value)
    return value


def zones(region: str, values: Sequence[str]) -> list[str]:
    """Zones of the region, at least one and none twice, in alphabetical order; LimitError otherwise."""
    Limit(
        "zones",
        f"1 to 8 different zones of {region}",
        "a subnet lies in one zone (Amazon VPC User Guide, Subnets for your VPC); their number is this kit's own rule",
        lambda candidates: 0 < len(candidates) == len(set(candidates)),
        kind=(list, tuple),
    )([zone(region, value) for value in values])
    return sorted(values)


def partition(region: str) -> str:
    """The partition of an allowed region, as ARNs spell it. Raises LimitError for any other region."""
    return "aws-us-gov" if aws_region(region).startswith("us-gov-") else "aws"


def federated_subject(
    *, partition: str, account_id: str, role_name: str, session_length: int = EC2_SESSION_LENGTH
) -> int:
    """The longest `assertion.arn` that the role's sessions can have, in bytes; LimitError if Google would refuse it.

    `session_length` is 19 for our own EC2 instances; for an existing role whose sessions others name, up to 64.
    """
    longest = f"arn:{partition}:sts::{account_id}:assumed-role/{role_name}/{'s' * session_length}"
    if size(longest) > MAX_SUBJECT:
        raise LimitError(
            "federated_subject",
            longest,
            f"a subject of at most {MAX_SUBJECT} bytes, and 'assertion.arn' of role '{role_name}' reaches "
            f"{size(longest)} with a session name of {session_length} characters",
            "IAM API, projects.locations.workloadIdentityPools.providers: google.subject",
            "map google.subject to 'assertion.userid' (86 bytes at most), shorten the role's name, or give "
            "max_session_length if its sessions are known to be shorter",
        )
    return size(longest)


def architecture(instance_type: str) -> str:
    """'arm64' or 'x86_64', as Amazon Linux names them: Graviton's types carry a 'g' right behind the generation."""
    family = instance_type.split(".", 1)[0]
    return "arm64" if matches(r"a1|[a-z]+[0-9]+g[a-z0-9-]*|p6e-gb[0-9]+")(family) else "x86_64"
