"""What the kit writes for AWS; see `known_types` for the signs."""

from .known_types import Types, of

_ASSUMED = (
    r'\{"Version": "2012-10-17", "Statement": \[\{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": \{"Service": '
    r'("ec2\.amazonaws\.com"\}|"vpc-flow-logs\.amazonaws\.com"\}, "Condition": \{"StringEquals": \{"aws:SourceAccount": '
    r'"\$\{data\.aws_caller_identity\.[\w-]+\.account_id\}"\}\})\}\]\}'
)
_WRITES_FLOW_LOGS = (
    r'\{"Version": "2012-10-17", "Statement": \[\{"Effect": "Allow", "Action": \["logs:CreateLogStream", '
    r'"logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"\], "Resource": "arn:aws[\w-]*:logs:[\w-]+:'
    r'\$\{data\.aws_caller_identity\.[\w-]+\.account_id\}:log-group:/vpc/[\w-]+/flow-logs:\*"\}\]\}'
)
_DENIES_PARAMETERS = (
    r'\{"Version": "2012-10-17", "Statement": \[\{"Effect": "Deny", "Action": \["ssm:GetParameter", "ssm:GetParameters"\], '
    r'"Resource": "\*"\}\]\}'
)
_TAGS = {"tags.*": "*"}
_VPC = {**_TAGS, "vpc_id": f"!{of('aws_vpc', 'aws_subnet')}"}

WAY_OUT: Types = {
    "aws_eip": {**_TAGS, "domain": "!vpc", "lifecycle.prevent_destroy": "="},
    "data.aws_eip": {"id": "!="},
    "aws_nat_gateway": {
        **_TAGS,
        "depends_on[]": "*",
        "allocation_id": "!=",
        "subnet_id": f"!{of('aws_subnet')}",
    },
    "aws_route": {
        "destination_cidr_block": r"!0\.0\.0\.0/0",
        "route_table_id": "!=",
        "gateway_id": "=",
        "nat_gateway_id": "=",
    },
    "output.egress_cidrs": {"description": "*", "value[]": "!="},
}
INSTANCES: Types = {
    "aws_instance": {
        **_TAGS,
        "depends_on[]": "*",
        "instance_type": "=",
        "ami": rf"!ami-[0-9a-f]+|{of('aws_ssm_parameter')}",
        "iam_instance_profile": "!=",
        "subnet_id": "!=",
        "vpc_security_group_ids[]": "!=",
        "user_data_base64": "!#",
        "associate_public_ip_address": "!false",
        "metadata_options.http_endpoint": "!enabled",
        "metadata_options.http_tokens": "!required",
        "metadata_options.http_put_response_hop_limit": "!=",
        "root_block_device.encrypted": "!true",
        "root_block_device.kms_key_id": "=",
        "root_block_device.volume_size": "*",
        "root_block_device.volume_type": "*",
        "root_block_device.tags.Name": "*",
        "lifecycle.ignore_changes[]": r"ami|associate_public_ip_address|user_data|user_data_base64|root_block_device\[0\]\.kms_key_id",
    },
    "aws_vpc_security_group_egress_rule": {
        **_TAGS,
        "security_group_id": f"!{of('aws_security_group')}",
        "cidr_ipv4": "!=",
        "ip_protocol": "!tcp|udp",
        "from_port": "!=",
        "to_port": "!=",
        "description": "*",
    },
    "aws_ssm_document": {
        "depends_on[]": "*",
        "name": "=",
        "content": "!#",
        "document_format": "JSON",
        "document_type": "Command",
        "target_type": "/AWS::EC2::Instance",
    },
    "data.aws_iam_instance_profile": {
        "name": "!=",
        "lifecycle.postcondition[].condition": "!=",
        "lifecycle.postcondition[].error_message": "*",
    },
    "aws_iam_instance_profile": {"name": "*", "path": "*", "role": "!="},
    "aws_iam_role": {
        "name": "!=",
        "path": "=",
        "permissions_boundary": "=",
        "description": "*",
        "assume_role_policy": f"!{_ASSUMED}",
    },
    "aws_iam_role_policy": {
        "name": "*",
        "role": f"!{of('aws_iam_role')}",
        "policy": f"!{_WRITES_FLOW_LOGS}|{_DENIES_PARAMETERS}",
    },
    "aws_iam_role_policy_attachment": {
        "role": f"!{of('aws_iam_role')}",
        "policy_arn": r"!arn:aws[\w-]*:iam::aws:policy/AmazonSSMManagedInstanceCore",
    },
}
OTHERS: Types = {
    "aws_vpc": {
        **_TAGS,
        "cidr_block": "!=",
        "enable_dns_hostnames": "true",
        "enable_dns_support": "true",
    },
    "aws_subnet": {**_VPC, "availability_zone": "*", "cidr_block": "*"},
    "aws_route_table": _VPC,
    "aws_route_table_association": {
        "route_table_id": f"!{of('aws_route_table')}",
        "subnet_id": f"!{of('aws_subnet')}",
    },
    "aws_internet_gateway": _VPC,
    "aws_default_security_group": _VPC,
    "aws_security_group": {**_VPC, "name": "*", "description": "*"},
    "aws_cloudwatch_log_group": {"name": "*", "retention_in_days": "*"},
    "aws_flow_log": {
        **_VPC,
        "iam_role_arn": f"!{of('aws_iam_role')}",
        "log_destination": f"!{of('aws_cloudwatch_log_group')}",
        "log_destination_type": "!cloud-watch-logs",
        "traffic_type": "!ALL",
    },
    "data.aws_caller_identity": {"": "{}"},
    "data.aws_ssm_parameter": {
        "name": r"!/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-(arm64|x86_64)"
    },
    "data.aws_subnet": {
        "id": "!=",
        "lifecycle.postcondition[].condition": "!=",
        "lifecycle.postcondition[].error_message": "*",
    },
    "provider.aws": {
        "allowed_account_ids[]": "!=",
        "region": "!=",
        "default_tags[].tags.*": "*",
        "assume_role[].role_arn": "=",
        "assume_role[].external_id": "=",
    },
}
