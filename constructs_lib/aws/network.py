"""A VPC whose private subnets leave through NAT gateways with fixed addresses.

IPv4 only, on purpose: an instance with an IPv6 address leaves through an egress-only gateway, past the NAT gateway and
its Elastic IP, with an address that no allow-list holds.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_eip import DataAwsEip
from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.vpc import Vpc
from constructs import Construct

from constructs_lib import limits
from constructs_lib.aws.flow_logs import FlowLogs
from constructs_lib.aws.subnet import ANYWHERE, ZoneSubnets


class Network(Construct):
    """VPC, one public and one private subnet a zone, internet gateway, NAT gateways.

    - `cidr`: IPv4, /16 to /26; below /24 it holds four or two zones. `zones`: zones of `region`, in any order; adding one
      changes nothing that exists.
    - `nat`: "single" (one gateway, in `nat_zone`, which may be left out if there is one zone) or "per-zone". From
      "single" to "per-zone" the existing gateway and address stay.
    - `allocation_ids`: Elastic IPs that must survive this VPC, by zone, one for each NAT gateway. Otherwise they are
      created here, with `protect_addresses` so that Terraform refuses to destroy them.
    - `paused`: no NAT gateway, so no route to the internet; every address stays (AWS bills an idle one, too).
    - `flow_logs`: all traffic to CloudWatch Logs, kept for a month; their role takes `role_path` and
      `permissions_boundary`.

    Attributes: `vpc`; `private_subnets` by zone; `egress_cidrs`, each NAT gateway's address as a /32, ordered by zone.
    Raises LimitError.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        region: str,
        cidr: str,
        zones: Sequence[str],
        nat: Literal["single", "per-zone"] = "single",
        nat_zone: str | None = None,
        allocation_ids: Mapping[str, str] | None = None,
        protect_addresses: bool = False,
        paused: bool = False,
        flow_logs: bool = False,
        role_path: str = "/",
        permissions_boundary: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        zones = limits.zones(region, list(zones))
        # The longest name made of it, as a tag.
        limits.tag_value(f"{name}-private-{zones[0]}")
        limits.zone_places(limits.vpc_cidr(cidr), zones)
        self._name = name
        nat_zones = _nat_zones(zones, nat, nat_zone)

        self.vpc = self._create_vpc(limits.vpc_cidr(cidr))
        public_routes, public_route = self._create_public_routes()
        subnets = {
            zone: ZoneSubnets(
                self, zone, name=name, zone=zone, vpc_id=self.vpc.id, vpc_cidr=cidr, public_routes=public_routes
            )
            for zone in zones
        }
        addresses = (
            self._find_addresses(allocation_ids, nat_zones)
            if allocation_ids
            else {zone: self._create_address(zone, protect_addresses) for zone in nat_zones}
        )
        self.egress_cidrs = [f"{addresses[zone].public_ip}/32" for zone in nat_zones]
        gateways = {
            zone: subnets[zone].create_nat_gateway(addresses[zone].id, public_route) for zone in nat_zones if not paused
        }
        self.private_subnets = {
            zone: subnets[zone].private_subnet(gateways.get(zone) or gateways.get(nat_zones[0])) for zone in zones
        }
        if flow_logs:
            FlowLogs(
                self,
                "flow-logs",
                name=name,
                region=region,
                vpc_id=self.vpc.id,
                role_path=role_path,
                permissions_boundary=permissions_boundary,
            )

    def _create_vpc(self, cidr: str) -> Vpc:
        vpc = Vpc(
            self,
            "vpc",
            cidr_block=cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": self._name},
        )
        # Adopted and emptied: what names no other security group cannot connect to anything.
        DefaultSecurityGroup(self, "default-security-group", vpc_id=vpc.id, tags={"Name": f"{self._name}-locked"})
        return vpc

    def _create_public_routes(self) -> tuple[RouteTable, Route]:
        gateway = InternetGateway(self, "internet-gateway", vpc_id=self.vpc.id, tags={"Name": self._name})
        table = RouteTable(self, "public-routes", vpc_id=self.vpc.id, tags={"Name": f"{self._name}-public"})
        route = Route(
            self,
            "public-way-out",
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
        )
        return table, route

    def _find_addresses(self, allocation_ids: Mapping[str, str], nat_zones: Sequence[str]) -> dict[str, DataAwsEip]:
        if set(allocation_ids) != set(nat_zones):
            raise limits.LimitError(
                "allocation_ids",
                dict(allocation_ids),
                f"none, or one for each zone with a NAT gateway: {', '.join(nat_zones)}",
                "this kit's own rule",
            )
        return {
            zone: DataAwsEip(self, f"address-{zone}", id=limits.allocation_id.unless_reference(allocation_ids[zone]))
            for zone in nat_zones
        }

    def _create_address(self, zone: str, protect: bool) -> Eip:
        return Eip(
            self,
            f"address-{zone}",
            domain="vpc",
            tags={"Name": f"{self._name}-nat-{zone}"},
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protect else None,
        )


def _nat_zones(zones: list[str], nat: str, nat_zone: str | None) -> list[str]:
    """The zones that get a NAT gateway. A single gateway's zone is named, not guessed, once there are several zones."""
    if nat == "per-zone" and nat_zone is None:
        return zones
    if nat == "single" and nat_zone in (zones if len(zones) > 1 else [*zones, None]):
        return [nat_zone or zones[0]]
    raise limits.LimitError(
        "nat_zone",
        f"{nat}, {nat_zone}",
        f"nat 'per-zone' without nat_zone, or 'single' with one of {', '.join(zones)} (which may be left out if there "
        "is one zone only)",
        "this kit's own rule: the gateway must not move when a zone is added, for its address would move with it",
    )
