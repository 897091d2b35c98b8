"""Instances, the roles that they run as, and the program that they get."""

from resources.aws_network import TAGS
from resources.description import Ec2, Resource, Search, of

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

TYPES = {
    "aws_instance": Resource(
        section="instances",
        arguments={
            **TAGS,
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
        creation="ec2:RunInstances",
        search=Search(
            "aws_instances", arguments={"instance_state_names": ["pending", "running", "stopping", "stopped"]}
        ),
        api=Ec2(
            "instance",
            "InstanceId",
            ("ami", "subnet_id", "user_data_base64", "associate_public_ip_address", "root_block_device[0].kms_key_id"),
        ),
    ),
    "aws_vpc_security_group_egress_rule": Resource(
        section="instances",
        arguments={
            **TAGS,
            "security_group_id": f"!{of('aws_security_group')}",
            "cidr_ipv4": "!=",
            "ip_protocol": "!tcp|udp",
            "from_port": "!=",
            "to_port": "!=",
            "description": "*",
        },
        creation="ec2:AuthorizeSecurityGroupEgress",
        search=Search("aws_vpc_security_group_rules"),
        api=Ec2("security-group-rule", "SecurityGroupRuleId", created=("security_group_id",)),
    ),
    "aws_ssm_document": Resource(
        section="instances",
        arguments={
            "depends_on[]": "*",
            "name": "=",
            "content": "!#",
            "document_format": "JSON",
            "document_type": "Command",
            "target_type": "/AWS::EC2::Instance",
        },
        creation="ssm:CreateDocument",
        import_id="{name}",
    ),
    "aws_iam_instance_profile": Resource(
        section="instances",
        arguments={"name": "*", "path": "*", "role": "!="},
        creation="iam:CreateInstanceProfile",
        import_id="{name}",
    ),
    "aws_iam_role": Resource(
        section="instances",
        arguments={
            "name": "!=",
            "path": "=",
            "permissions_boundary": "=",
            "description": "*",
            "assume_role_policy": f"!{_ASSUMED}",
        },
        creation="iam:CreateRole",
        import_id="{name}",
    ),
    "aws_iam_role_policy": Resource(
        section="instances",
        arguments={
            "name": "*",
            "role": f"!{of('aws_iam_role')}",
            "policy": f"!{_WRITES_FLOW_LOGS}|{_DENIES_PARAMETERS}",
        },
        creation="iam:PutRolePolicy",
        import_id="{role}:{name}",
    ),
    "aws_iam_role_policy_attachment": Resource(
        section="instances",
        arguments={
            "role": f"!{of('aws_iam_role')}",
            "policy_arn": r"!arn:aws[\w-]*:iam::aws:policy/AmazonSSMManagedInstanceCore",
        },
        creation="iam:AttachRolePolicy",
        import_id="{role}/{policy_arn}",
    ),
}
