"""Data sources of the aws provider."""

from typing import Any

from botocore import xform_name

from ..document import ApplyError, Arguments
from ..kind import Reader
from .client import Clients


def readers(clients: Clients) -> dict[str, Reader]:
    """By type."""

    def identity(_: Arguments) -> dict[str, Any]:
        answer = clients("sts", "get_caller_identity")
        return {
            "id": answer["Account"],
            "account_id": answer["Account"],
            "arn": answer["Arn"],
            "user_id": answer["UserId"],
        }

    def parameter(arguments: Arguments) -> dict[str, Any]:
        one = clients("ssm", "get_parameter", Name=arguments["name"], WithDecryption=True)["Parameter"]
        return {
            "id": one["Name"],
            "name": one["Name"],
            "value": one["Value"],
            "insecure_value": one["Value"],
            "arn": one["ARN"],
        }

    def address(arguments: Arguments) -> dict[str, Any]:
        return _only(clients("ec2", "describe_addresses", AllocationIds=[arguments["id"]])["Addresses"], arguments)

    def subnet(arguments: Arguments) -> dict[str, Any]:
        return _only(clients("ec2", "describe_subnets", SubnetIds=[arguments["id"]])["Subnets"], arguments)

    def profile(arguments: Arguments) -> dict[str, Any]:
        found = clients("iam", "get_instance_profile", InstanceProfileName=arguments["name"])["InstanceProfile"]
        role = found["Roles"][0] if found["Roles"] else {"RoleName": "", "Arn": "", "RoleId": ""}
        names = {"role_name": role["RoleName"], "role_arn": role["Arn"], "role_id": role["RoleId"]}
        own = {"id": found["InstanceProfileId"], "arn": found["Arn"], "path": found["Path"]}
        return {**own, **names, "name": found["InstanceProfileName"]}

    return {
        "aws_caller_identity": identity,
        "aws_eip": address,
        "aws_iam_instance_profile": profile,
        "aws_ssm_parameter": parameter,
        "aws_subnet": subnet,
    }


def _only(items: list[dict[str, Any]], arguments: Arguments) -> dict[str, Any]:
    if len(items) != 1 or arguments.keys() != {"id"}:
        raise ApplyError(f"got {len(items)} objects; allowed: one, found by id")
    return {**{xform_name(name): value for name, value in items[0].items()}, "id": arguments["id"]}
