"""What AmazonSSMManagedInstanceCore allows, and calling Gemini does not need: reading every parameter of the account."""

import json

from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

DENIED = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": ["ssm:GetParameter", "ssm:GetParameters"], "Resource": "*"}],
}


class DeniedParameters(Construct):
    """An inline policy that denies a role ssm:GetParameter and ssm:GetParameters, on every parameter.

    SSM documents that resolve parameters, as `{{ssm:NAME}}`, then fail on the role's instances. A denial costs nothing
    and wins over every other policy (IAM User Guide, Policy evaluation logic). `role` is the role's name.
    """

    def __init__(self, scope: Construct, id: str, *, role: str) -> None:
        super().__init__(scope, id)
        IamRolePolicy(self, "policy", name="no-parameters", role=role, policy=json.dumps(DENIED))
