"""A network, the addresses that it calls from, and its logs."""

from resources.description import Ec2, Resource, Search, of

TAGS = {"tags.*": "*"}
_VPC = {**TAGS, "vpc_id": f"!{of('aws_vpc', 'aws_subnet')}"}
_TAGGED = ("aws_resourcegroupstaggingapi_resources", "resource_tag_mapping_list")
_GROUP = ("security-group", "GroupId", "describe_security_groups", "delete_security_group")

TYPES = {
    "aws_eip": Resource(
        "addresses",
        {**TAGS, "domain": "!vpc", "lifecycle.prevent_destroy": "="},
        creation="ec2:AllocateAddress",
        search=Search("aws_eips", "allocation_ids"),
        api=Ec2("elastic-ip", "AllocationId", "describe_addresses", "release_address", ("domain",)),
    ),
    "aws_nat_gateway": Resource(
        "addresses",
        {**TAGS, "depends_on[]": "*", "allocation_id": "!=", "subnet_id": f"!{of('aws_subnet')}"},
        creation="ec2:CreateNatGateway",
        search=Search(
            "aws_nat_gateways", arguments={"filter": [{"name": "state", "values": ["pending", "available"]}]}
        ),
        api=Ec2(
            "natgateway",
            "NatGatewayId",
            "describe_nat_gateways",
            "delete_nat_gateway",
            ("subnet_id", "allocation_id", "connectivity_type"),
        ),
    ),
    "aws_route": Resource(
        "addresses",
        {
            "destination_cidr_block": r"!0\.0\.0\.0/0",
            "route_table_id": "!=",
            "gateway_id": "=",
            "nat_gateway_id": "=",
        },
        creation="ec2:CreateRoute",
        import_id="{route_table_id}_{destination_cidr_block}",
    ),
    "aws_vpc": Resource(
        "others",
        {**TAGS, "cidr_block": "!=", "enable_dns_hostnames": "true", "enable_dns_support": "true"},
        creation="ec2:CreateVpc",
        search=Search("aws_vpcs"),
        api=Ec2("vpc", "VpcId", "describe_vpcs", "delete_vpc", ("cidr_block",)),
    ),
    "aws_subnet": Resource(
        "others",
        {**_VPC, "availability_zone": "*", "cidr_block": "*"},
        creation="ec2:CreateSubnet",
        search=Search("aws_subnets"),
        api=Ec2(
            "subnet", "SubnetId", "describe_subnets", "delete_subnet", ("vpc_id", "cidr_block", "availability_zone")
        ),
    ),
    "aws_route_table": Resource(
        "others",
        _VPC,
        creation="ec2:CreateRouteTable",
        search=Search("aws_route_tables"),
        api=Ec2("route-table", "RouteTableId", "describe_route_tables", "delete_route_table", ("vpc_id",)),
    ),
    "aws_route_table_association": Resource(
        "others",
        {"route_table_id": f"!{of('aws_route_table')}", "subnet_id": f"!{of('aws_subnet')}"},
        creation="ec2:AssociateRouteTable",
        import_id="{subnet_id}/{route_table_id}",
    ),
    "aws_internet_gateway": Resource(
        "others",
        _VPC,
        creation="ec2:CreateInternetGateway",
        search=Search(*_TAGGED, begins="igw-"),
        api=Ec2("internet-gateway", "InternetGatewayId", "describe_internet_gateways", "delete_internet_gateway"),
    ),
    "aws_default_security_group": Resource(
        "others",
        _VPC,
        creation="ec2:RevokeSecurityGroupEgress",
        taken_over=True,
        api=Ec2(*_GROUP, ("vpc_id",)),
    ),
    "aws_security_group": Resource(
        "others",
        {**_VPC, "name": "*", "description": "*"},
        creation="ec2:CreateSecurityGroup",
        search=Search("aws_security_groups"),
        api=Ec2(*_GROUP, ("name", "description", "vpc_id")),
    ),
    "aws_cloudwatch_log_group": Resource(
        "others",
        {"name": "*", "retention_in_days": "*"},
        creation="logs:CreateLogGroup",
        import_id="{name}",
    ),
    "aws_flow_log": Resource(
        "others",
        {
            **_VPC,
            "iam_role_arn": f"!{of('aws_iam_role')}",
            "log_destination": f"!{of('aws_cloudwatch_log_group')}",
            "log_destination_type": "!cloud-watch-logs",
            "traffic_type": "!ALL",
        },
        creation="ec2:CreateFlowLogs",
        search=Search(*_TAGGED, begins="fl-"),
        api=Ec2(
            "vpc-flow-log",
            "FlowLogId",
            "describe_flow_logs",
            created=("vpc_id", "traffic_type", "log_destination", "log_destination_type", "iam_role_arn"),
        ),
    ),
}
