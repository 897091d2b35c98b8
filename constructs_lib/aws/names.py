"""Names that the AWS constructs make, so that settings can check them without loading the constructs."""


def flow_logs_role(name: str, region: str) -> str:
    """The role's, which is global: the region keeps two networks of one name apart."""
    return f"{name}-flow-logs-{region}"


def flow_logs_group(name: str) -> str:
    """The log group's."""
    return f"/vpc/{name}/flow-logs"
