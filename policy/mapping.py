"""The attribute mapping of a provider that has none. It is read without the CEL library, which only tests and fake clouds need."""

# WorkloadIdentityPoolProvider.attributeMapping: "For AWS providers, if no attribute mapping is defined".
DEFAULT_MAPPING = {
    "google.subject": "assertion.arn",
    "attribute.aws_role": "assertion.arn.contains('assumed-role') ? assertion.arn.extract('{account_arn}assumed-role/')"
    " + 'assumed-role/' + assertion.arn.extract('assumed-role/{role_name}/') : assertion.arn",
}
