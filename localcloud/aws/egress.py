"""The address that an instance's traffic to the internet comes from, as AWS routes it; or why there is no route.

Instance, subnet, route table (the subnet's own or the VPC's main one), its default route, NAT gateway, Elastic IP:
"Route tables" and "NAT gateways" in the Amazon VPC User Guide. Network ACLs and VPC endpoints are not looked at.
"""

from typing import Any

from moto.ec2.models import ec2_backends

_ANYWHERE = "0.0.0.0/0"
_PORT = 443


class NoInternetRoute(Exception):
    """Packets to the internet get lost; the text says where."""


def instance(id: str) -> Any | None:
    """The instance with this id in any account and region, in whatever state; or None."""
    for account in ec2_backends.values():
        for region in account.values():
            found = next((one for one in region.all_instances() if one.id == id), None)
            if found:
                return found
    return None


def address(id: str) -> str:
    """The public address of a running instance, as the internet sees it. Raises NoInternetRoute."""
    found = instance(id)
    if found is None or found.state != "running":
        raise NoInternetRoute(f"{id} is {found.state if found else 'no instance'}")
    if not any(_allows(rule) for group in found.security_groups for rule in group.egress_rules):
        raise NoInternetRoute(f"no security group of {id} lets tcp {_PORT} out")
    ec2 = found.ec2_backend
    target = _default_route(ec2, found.subnet_id)
    if target.nat_gateway is not None:
        return _translated(ec2, target.nat_gateway)
    if target.gateway is not None and found.public_ip and _attached(target.gateway, found.vpc_id):
        return str(found.public_ip)
    raise NoInternetRoute(f"the default route of {found.subnet_id} does not reach the internet")


def _translated(ec2: Any, gateway: Any) -> str:
    if gateway.state != "available" or gateway.connectivity_type == "private":
        raise NoInternetRoute(
            f"{gateway.id} is {gateway.state}, its connectivity {gateway.connectivity_type or 'public'}"
        )
    if not _attached(_default_route(ec2, gateway.subnet_id).gateway, gateway.vpc_id):
        raise NoInternetRoute(f"{gateway.id} is in {gateway.subnet_id}, which has no route to an internet gateway")
    held = {address.allocation_id: address.public_ip for address in ec2.addresses}
    for one in gateway.address_set:
        if one.get("allocationId") in held:
            return str(held[one["allocationId"]])
    raise NoInternetRoute(f"{gateway.id} has no Elastic IP")


def _default_route(ec2: Any, subnet_id: str) -> Any:
    vpc = ec2.get_subnet(subnet_id).vpc_id
    tables = [table for table in ec2.route_tables.values() if table.vpc_id == vpc]
    own = [table for table in tables if subnet_id in table._associations.values()]
    main = [table for table in tables if table.main_association_id]
    for route in (own or main)[0].routes:
        if route.destination_cidr_block == _ANYWHERE:
            return route
    raise NoInternetRoute(f"the route table of {subnet_id} has no default route")


def _attached(gateway: Any, vpc: str) -> bool:
    return gateway is not None and gateway.id.startswith("igw-") and gateway.vpc and gateway.vpc.id == vpc


def _allows(rule: Any) -> bool:
    if rule.ip_range.get("CidrIp") != _ANYWHERE:
        return False
    return bool(rule.ip_protocol == "-1" or (rule.ip_protocol == "tcp" and rule.from_port <= _PORT <= rule.to_port))
