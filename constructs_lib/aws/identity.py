"""The role that an instance carries: built here, or an existing one in the profile that others made."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import ITerraformDependable, Postcondition, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_iam_instance_profile import DataAwsIamInstanceProfile
from cdktf_cdktf_provider_aws.iam_instance_profile import IamInstanceProfile
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct

from constructs_lib import limits

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}],
}


@dataclass(frozen=True)
class Identity:
    """What an instance is given: the profile's name, the role if it is built here, and what has to exist before."""

    profile: str
    role: IamRole | None = None
    before: Sequence[ITerraformDependable] = ()


def create_identity(
    scope: Construct, name: str, region: str, role_name: str, path: str, permissions_boundary: str | None
) -> Identity:
    """A role for EC2 alone with AmazonSSMManagedInstanceCore, and its profile."""
    role = IamRole(
        scope,
        "role",
        name=limits.aws_role_name(role_name),
        path=limits.aws_role_path(path),
        description=f"Calls Gemini from {name}, without a key",
        assume_role_policy=json.dumps(TRUST),
        permissions_boundary=permissions_boundary
        and limits.permissions_boundary.unless_reference(permissions_boundary),
    )
    reference = str(role.name)
    policy = IamRolePolicyAttachment(
        scope,
        "session-manager",
        role=reference,
        policy_arn=f"arn:{limits.partition(region)}:iam::aws:policy/AmazonSSMManagedInstanceCore",
    )
    profile = IamInstanceProfile(scope, "profile", name=reference, path=path, role=reference)
    return Identity(str(profile.name), role, (policy,))


def find_identity(scope: Construct, instance_profile: str, role_name: str) -> Identity:
    """A profile that others own. The plan fails unless its role is the one that Google is told of."""
    limits.instance_profile_name(instance_profile)
    limits.aws_role_name(role_name)
    profile = DataAwsIamInstanceProfile(
        scope,
        "profile",
        name=instance_profile,
        lifecycle=TerraformResourceLifecycle(
            postcondition=[
                Postcondition(
                    condition=f'${{self.role_name == "{role_name}"}}',
                    error_message=f"the role in the instance profile {instance_profile} is not {role_name}",
                )
            ]
        ),
    )
    return Identity(str(profile.name))
