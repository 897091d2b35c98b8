"""What Terraform is given: where state is kept, which providers, and the names that everything is called by."""

import re

from constructs_lib.limits.rule import END, Limit, matches

_NO_ADDRESS = rf"(?!([0-9]{{1,3}}\.){{3}}[0-9]{{1,3}}{END})"


def _bucket_name(name: str, allowed: str, source: str, pattern: str) -> Limit:
    """A rule whose hint finds the bucket's name in a URL such as gs://my-state/."""

    def hint(value: str) -> str:
        found = re.fullmatch(r"(?:gs|s3)://([^/]+)(/.*)?", value)
        return f"only '{found[1]}'?" if found and matches(pattern)(found[1]) else ""

    return Limit(name, allowed, source, matches(pattern), hint=hint)


s3_bucket_name = _bucket_name(
    "s3_bucket_name",
    "3 to 63 characters of a-z, 0-9, '.' and '-', a letter or digit at both ends, no '..', no IP address",
    "Amazon S3 User Guide, General purpose bucket naming rules; reserved beginnings and endings are not looked at",
    rf"{_NO_ADDRESS}(?!.*\.\.)[a-z0-9][a-z0-9.-]{{1,61}}[a-z0-9]",
)
gcs_bucket_name = _bucket_name(
    "gcs_bucket_name",
    "3 to 63 characters of a-z, 0-9, '_', '-' and '.', a letter or digit at both ends, no IP address and no 'google'; "
    "up to 222 characters with '.', and 63 between two of them",
    "Cloud Storage, Bucket naming guidelines: nor may a name begin with 'goog'",
    rf"{_NO_ADDRESS}(?!goog|.*google)(?=.{{3,222}}{END})(?=[^.]{{1,63}}(\.[^.]{{1,63}})*{END})[a-z0-9][a-z0-9._-]*[a-z0-9]",
)
hcp_organization = Limit(
    "hcp_organization",
    "the name of an organization, with no space and no '/'",
    "hashicorp/go-tfe, validations.go: what Terraform asks HCP Terraform with takes no other",
    matches(r"[^/\s]+"),
)

hcp_project = Limit(
    "hcp_project",
    "3 to 40 letters, digits, spaces, '-' and '_', no space at either end",
    "HCP Terraform, Projects API: name",
    matches(r"(?! )[A-Za-z0-9 _-]{3,40}(?<! )"),
)
_state_prefix = matches(rf"(?!.{{201}})(?!(.*/)?\.{{1,2}}(/|{END}))[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")
state_prefix = Limit(
    "state_prefix",
    "a path such as 'platform/keyless': parts of a-z, A-Z, 0-9, '.', '_' and '-', with '/' between them",
    "this kit's own rule: the environment and the stack follow it in the key of the state",
    _state_prefix,
    hint=lambda value: f"did you mean '{value.strip('/')}'?" if _state_prefix(value.strip("/")) else "",
)
state_kms_key_arn = Limit(
    "state_kms_key_arn",
    "the ARN of a KMS key or alias",
    "Terraform language, Backend type s3: kms_key_id; AWS KMS Developer Guide, Key identifiers",
    matches(r"arn:aws(-us-gov)?:kms:[a-z0-9-]+:[0-9]{12}:(key/[A-Za-z0-9-]+|alias/[A-Za-z0-9/_-]+)"),
)
kms_crypto_key = Limit(
    "kms_crypto_key",
    "'projects/P/locations/L/keyRings/R/cryptoKeys/K'",
    "Terraform language, Backend type gcs: kms_encryption_key",
    matches(r"projects/[^/\s]+/locations/[^/\s]+/keyRings/[^/\s]+/cryptoKeys/[^/\s]+"),
)
dynamodb_table = Limit(
    "dynamodb_table",
    "3 to 255 characters of a-z, A-Z, 0-9, '_', '-' and '.'",
    "Amazon DynamoDB API, TableName",
    matches(r"[A-Za-z0-9_.-]{3,255}"),
)
kit_name = Limit(
    "kit_name",
    "a letter a-z, then a-z, 0-9 and '-', not ending in '-'",
    "this kit's own rule: names at AWS and at Google are made of it",
    matches(r"[a-z]([a-z0-9-]*[a-z0-9])?"),
)
environment_name = Limit(
    "environment_name",
    "the name of a file in environments/ without '.toml': a-z, 0-9 and '-', not starting with '-'",
    "this kit's own rule: it goes into state keys, workspaces and tags",
    matches(r"[a-z0-9][a-z0-9-]*"),
    hint=lambda value: (
        f"did you mean '{found[1]}'?"
        if (found := re.fullmatch(r"environments/([a-z0-9][a-z0-9-]*)\.toml", value))
        else ""
    ),
)
