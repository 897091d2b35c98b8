"""A network, the addresses that it calls from, and its logs."""

from resources.description import Ec2, Resource, Search, of

TAGS = {"tags.*": "*"}
_VPC = {**TAGS, "vpc_id": f"!{of('aws_vpc', 'aws_subnet')}"}
_TAGGED = ("aws_resourcegroupstaggingapi_resources", "resource_tag_mapping_list")


def _group(*created: str) -> Ec2:
    return Ec2("security-group", "GroupId", created, "describe_security_groups", "delete_security_group")


TYPES = {
    "aws_eip": Resource(
        section="addresses",
        arguments={**TAGS, "domain": "!vpc", "lifecycle.prevent_destroy": "="},
        creation="ec2:AllocateAddress",
        search=Search("aws_eips", "allocation_ids"),
        api=Ec2("elastic-ip", "AllocationId", ("domain",), "describe_addresses", "release_address"),
    ),
    "aws_nat_gateway": Resource(
        section="addresses",
        arguments={**TAGS, "depends_on[]": "*", "allocation_id": "!=", "subnet_id": f"!{of('aws_subnet')}"},
        creation="ec2:CreateNatGateway",
        search=Search(
            "aws_nat_gateways", arguments={"filter": [{"name": "state", "values": ["pending", "available"]}]}
        ),
        api=Ec2("natgateway", "NatGatewayId", ("subnet_id", "allocation_id", "connectivity_type")),
    ),
    "aws_route": Resource(
        section="addresses",
        arguments={
            "destination_cidr_block": r"!0\.0\.0\.0/0",
            "route_table_id": "!=",
            "gateway_id": "=",
            "nat_gateway_id": "=",
        },
        creation="ec2:CreateRoute",
        import_id="{route_table_id}_{destination_cidr_block}",
    ),
    "aws_vpc": Resource(
        {**TAGS, "cidr_block": "!=", "enable_dns_hostnames": "true", "enable_dns_support": "true"},
        creation="ec2:CreateVpc",
        search=Search("aws_vpcs"),
        api=Ec2("vpc", "VpcId", ("cidr_block",)),
    ),
    "aws_subnet": Resource(
        {**_VPC, "availability_zone": "*", "cidr_block": "*"},
        creation="ec2:CreateSubnet",
        search=Search("aws_subnets"),
        api=Ec2("subnet", "SubnetId", ("vpc_id", "cidr_block", "availability_zone")),
    ),
    "aws_route_table": Resource(
        _VPC,
        creation="ec2:CreateRouteTable",
        search=Search("aws_route_tables"),
        api=Ec2("route-table", "RouteTableId", ("vpc_id",)),
    ),
    "aws_route_table_association": Resource(
        {"route_table_id": f"!{of('aws_route_table')}", "subnet_id": f"!{of('aws_subnet')}"},
        creation="ec2:AssociateRouteTable",
        import_id="{subnet_id}/{route_table_id}",
    ),
    "aws_internet_gateway": Resource(
        _VPC,
        creation="ec2:CreateInternetGateway",
        search=Search(*_TAGGED, begins="igw-"),
        api=Ec2("internet-gateway", "InternetGatewayId"),
    ),
    "aws_default_security_group": Resource(
        _VPC, creation="ec2:RevokeSecurityGroupEgress", taken_over=True, api=_group("vpc_id")
    ),
    "aws_security_group": Resource(
        {**_VPC, "name": "*", "description": "*"},
        creation="ec2:CreateSecurityGroup",
        search=Search("aws_security_groups"),
        api=_group("name", "description", "vpc_id"),
    ),
    "aws_cloudwatch_log_group": Resource(
        {"name": "*", "retention_in_days": "*"}, creation="logs:CreateLogGroup", import_id="{name}"
    ),
    "aws_flow_log": Resource(
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
            created=("vpc_id", "traffic_type", "log_destination", "log_destination_type", "iam_role_arn"),
        ),
    ),
}
