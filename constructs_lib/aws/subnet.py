"""A zone's public and private subnet, and the private one as a workload takes it."""

import ipaddress
from dataclasses import dataclass

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.nat_gateway import NatGateway
from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.subnet import Subnet
from constructs import Construct

from constructs_lib import limits

ANYWHERE = "0.0.0.0/0"


@dataclass(frozen=True)
class PrivateSubnet:
    """A subnet whose instances leave through a NAT gateway.

    `internet_route` is what must exist before an instance in it reaches the internet. Without it the first boot has no internet
    access. It is empty for a subnet that others made.
    """

    subnet_id: str
    vpc_id: str
    zone: str
    internet_route: tuple[ITerraformDependable, ...] = ()


def subnet_cidrs(cidr: str, zone: str) -> tuple[str, str]:
    """The public and the private range of a zone: the zone's letter alone decides, so no other zone moves them.

    The VPC falls into sixteen ranges: a to h public, then a to h private, so that one range (the VPC's upper half)
    names all private subnets. A VPC of /25 falls into eight, one of /26 into four.
    """
    number = limits.places(cidr)
    ranges = list(ipaddress.ip_network(cidr).subnets(prefixlen_diff=number.bit_length()))
    place = limits.zone_places(cidr, [zone])[zone]
    return str(ranges[place]), str(ranges[place + number])


class ZoneSubnets(Construct):
    """The two subnets of one zone. Nothing here depends on another zone."""

    def __init__(
        self, scope: Construct, id: str, *, name: str, zone: str, vpc_id: str, vpc_cidr: str, public_routes: RouteTable
    ) -> None:
        super().__init__(scope, id)
        self._name, self._zone, self._vpc_id = name, zone, vpc_id
        public_cidr, private_cidr = subnet_cidrs(vpc_cidr, zone)
        self._public = self._create_subnet("public", public_cidr)
        self._public_association = self._associate("public", self._public, public_routes)
        self._private = self._create_subnet("private", private_cidr)
        self._private_routes = RouteTable(self, "private-routes", vpc_id=vpc_id, tags=self._tags("private"))
        self._private_association = self._associate("private", self._private, self._private_routes)

    def _tags(self, part: str) -> dict[str, str]:
        return {"Name": f"{self._name}-{part}-{self._zone}"}

    def _create_subnet(self, kind: str, cidr: str) -> Subnet:
        # No public addresses on launch in either: only the NAT gateway has one.
        return Subnet(
            self, kind, vpc_id=self._vpc_id, availability_zone=self._zone, cidr_block=cidr, tags=self._tags(kind)
        )

    def _associate(self, kind: str, subnet: Subnet, routes: RouteTable) -> RouteTableAssociation:
        return RouteTableAssociation(self, f"{kind}-association", subnet_id=subnet.id, route_table_id=routes.id)

    def create_nat_gateway(self, allocation_id: str, public_route: Route) -> NatGateway:
        """A NAT gateway in the public subnet, once that has a route to the internet."""
        return NatGateway(
            self,
            "nat-gateway",
            allocation_id=allocation_id,
            subnet_id=self._public.id,
            tags=self._tags("nat"),
            depends_on=[public_route, self._public_association],
        )

    def private_subnet(self, gateway: NatGateway | None) -> PrivateSubnet:
        """The private subnet, routed through the gateway, or without a route to the internet."""
        if gateway is None:
            return PrivateSubnet(self._private.id, self._vpc_id, self._zone)
        route = Route(
            self,
            "private-way-out",
            route_table_id=self._private_routes.id,
            destination_cidr_block=ANYWHERE,
            nat_gateway_id=gateway.id,
        )
        return PrivateSubnet(self._private.id, self._vpc_id, self._zone, (route, self._private_association))
