"""What trust needs of CEL without a CEL library: the default mapping of a provider, and what an evaluator raises."""

# WorkloadIdentityPoolProvider.attributeMapping: "For AWS providers, if no attribute mapping is defined".
DEFAULT_MAPPING = {
    "google.subject": "assertion.arn",
    "attribute.aws_role": "assertion.arn.contains('assumed-role') ? assertion.arn.extract('{account_arn}assumed-role/')"
    " + 'assumed-role/' + assertion.arn.extract('assumed-role/{role_name}/') : assertion.arn",
}


class CelError(Exception):
    """An expression cannot be parsed, or has no value for these variables."""
