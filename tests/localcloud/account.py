"""An AWS account with an instance behind a NAT gateway, built with botocore as Terraform would build it."""

import json
from typing import Any

import botocore.session
from botocore.config import Config

from localcloud.apply.aws.client import models
from localcloud.cloud import LocalCloud
from localcloud.proxy import Request, Response

REGION = "ap-northeast-1"
ANYWHERE = "0.0.0.0/0"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}],
}


def client(
    cloud: LocalCloud, service: str, keys: dict[str, str] | None = None, region: str = REGION, attempts: int = 1
) -> Any:
    """A botocore client in this cloud, by default with the deployer's keys."""
    environment = cloud.deployer_environment() | (keys or {})
    session = botocore.session.Session()
    session.register_component("data_loader", models())  # that of EC2 takes a sixth of a second to read
    return session.create_client(
        service,
        region_name=region,
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=environment.get("AWS_SESSION_TOKEN"),
        verify=environment["AWS_CA_BUNDLE"],
        config=Config(
            proxies={"https": environment["HTTPS_PROXY"]}, retries={"total_max_attempts": attempts, "mode": "standard"}
        ),
    )


class Account:
    """A VPC with a public and a private subnet; `gateway` and `address` are the private one's route to the internet."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.ec2, self.iam = client(cloud, "ec2"), client(cloud, "iam")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
        self.public, self.private = self._subnet("10.20.0.0/24", "a"), self._subnet("10.20.1.0/24", "c")
        self.internet = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=self.internet, VpcId=self.vpc)
        self.address = self.ec2.allocate_address(Domain="vpc")
        self.public_routes = self._route(self.public, GatewayId=self.internet)
        self.gateway = self.ec2.create_nat_gateway(SubnetId=self.public, AllocationId=self.address["AllocationId"])[
            "NatGateway"
        ]["NatGatewayId"]
        self.routes = self._route(self.private, NatGatewayId=self.gateway)
        self.group = self.ec2.create_security_group(GroupName="app", Description="app", VpcId=self.vpc)["GroupId"]

    def profile(self, role: str) -> None:
        """A role for EC2 and an instance profile of the same name."""
        self.iam.create_role(RoleName=role, Path="/apps/", AssumeRolePolicyDocument=json.dumps(TRUST))
        self.iam.create_instance_profile(InstanceProfileName=role)
        self.iam.add_role_to_instance_profile(InstanceProfileName=role, RoleName=role)

    def instance(self, role: str = "", subnet: str = "", **metadata: Any) -> str:
        """A running instance; `metadata` are its metadata options, IMDSv2 being required."""
        options: dict[str, Any] = {"IamInstanceProfile": {"Name": role}} if role else {}
        made = self.ec2.run_instances(
            ImageId="ami-0123456789abcdef0", InstanceType="t4g.small", MinCount=1, MaxCount=1, UserData="#!/bin/sh",
            SubnetId=subnet or self.private, SecurityGroupIds=[self.group],
            MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 1, **metadata}, **options,
        )  # fmt: skip
        id: str = made["Instances"][0]["InstanceId"]
        return id

    def _subnet(self, cidr: str, zone: str) -> str:
        made = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=REGION + zone)
        id: str = made["Subnet"]["SubnetId"]
        return id

    def _route(self, subnet: str, **target: str) -> str:
        table: str = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        self.ec2.create_route(RouteTableId=table, DestinationCidrBlock=ANYWHERE, **target)
        return table


def ask(cloud: LocalCloud, caller: str, url: str, method: str = "GET", **headers: str) -> Response:
    """One request in process; header names with `_` for `-`."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return cloud.answer(Request(scheme, host.strip("[]"), method, slash + path, named, b"", caller))
