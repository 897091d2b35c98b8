"""A VPC's flow logs in CloudWatch Logs."""

import json
from collections.abc import Mapping

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.flow_log import FlowLog
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from constructs_lib import limits
from constructs_lib.aws.names import flow_logs_group, flow_logs_role

RETENTION_DAYS = 30
ACTIONS = ["logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"]


class FlowLogs(Construct):
    """Accepted and rejected traffic of a VPC, kept for a month.

    The role is that of the Amazon VPC User Guide ("IAM role for publishing flow logs to CloudWatch Logs"), narrowed to
    the one log group. The account is read in the plan, so that reviewers see both policies whole. Raises LimitError.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        region: str,
        vpc_id: str,
        role_path: str = "/",
        permissions_boundary: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        self._role_path = limits.aws_role_path(role_path)
        self._permissions_boundary = permissions_boundary and limits.permissions_boundary.unless_reference(
            permissions_boundary
        )
        account = DataAwsCallerIdentity(self, "account").account_id
        log_group = limits.log_group_name(flow_logs_group(name))
        group = CloudwatchLogGroup(self, "group", name=log_group, retention_in_days=RETENTION_DAYS)
        role = self._create_role(limits.aws_role_name(flow_logs_role(name, region)), account)
        self._permit(role, f"arn:{limits.partition(region)}:logs:{region}:{account}:log-group:{log_group}:*")
        FlowLog(
            self,
            "flow-log",
            vpc_id=vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            tags={"Name": name},
        )

    def _create_role(self, name: str, account: str) -> IamRole:
        trust = {
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        }
        return IamRole(
            self,
            "role",
            name=name,
            path=self._role_path,
            permissions_boundary=self._permissions_boundary,
            assume_role_policy=_allow(trust),
        )

    def _permit(self, role: IamRole, log_group_arn: str) -> None:
        policy = _allow({"Action": ACTIONS, "Resource": log_group_arn})
        IamRolePolicy(self, "role-policy", name="write-flow-logs", role=role.name, policy=policy)


def _allow(statement: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})
