"""A network that others own: read, never changed."""

from collections.abc import Mapping, Sequence

from cdktf import Postcondition, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_eip import DataAwsEip
from cdktf_cdktf_provider_aws.data_aws_subnet import DataAwsSubnet
from constructs import Construct

from constructs_lib import limits
from constructs_lib.aws.subnet import PrivateSubnet


class ExistingNetwork(Construct):
    """Private subnets, and the addresses that they leave from.

    - `subnet_ids`: by zone, one id or a list. `private_subnets` has the zone, or each id of a zone with several.
    - `allocation_ids`: of NAT gateways in this account; `egress_cidrs`: addresses in place of them, for central egress
      (a Transit Gateway to NAT gateways or a proxy in another account). Exactly one of the two.

    The plan fails if a subnet lies in another zone, or gives its instances IPv6 addresses: they would leave past the
    NAT gateway, with an address that no allow-list holds. That the subnets do leave through these addresses is not
    verified: AWS has no data source that follows a route to its address.

    Attributes: `private_subnets`; `egress_cidrs`, literals where they are given. Raises LimitError.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        region: str,
        subnet_ids: Mapping[str, str | Sequence[str]],
        allocation_ids: Sequence[str] = (),
        egress_cidrs: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id)
        self.private_subnets: dict[str, PrivateSubnet] = {}
        for zone in limits.zones(region, list(subnet_ids)):
            self._find_subnets(zone, subnet_ids[zone])
        if bool(allocation_ids) == bool(egress_cidrs):
            raise limits.LimitError(
                "allocation_ids",
                [*allocation_ids, *egress_cidrs],
                "one for each NAT gateway that the subnets leave through, or egress_cidrs instead",
                "Access Context Manager API, Condition.ipSubnetworks: if empty, all addresses are allowed",
            )
        self.egress_cidrs = (
            sorted(limits.allow_list([limits.egress_cidr(one) for one in egress_cidrs]))
            if egress_cidrs
            else [f"{self._find_address(one).public_ip}/32" for one in sorted(set(allocation_ids))]
        )

    def _find_subnets(self, zone: str, ids: str | Sequence[str]) -> None:
        if isinstance(ids, str) or len(ids) == 1:
            only = ids if isinstance(ids, str) else ids[0]
            self.private_subnets[zone] = self._find_subnet(zone, only, f"private-{zone}")
            return
        for one in ids:
            self.private_subnets[one] = self._find_subnet(zone, one, f"private-{zone}-{limits.subnet_id(one)}")

    def _find_subnet(self, zone: str, subnet_id: str, name: str) -> PrivateSubnet:
        subnet = DataAwsSubnet(
            self,
            name,
            id=limits.subnet_id.unless_reference(subnet_id),
            lifecycle=TerraformResourceLifecycle(
                postcondition=[
                    Postcondition(
                        condition=f'${{self.availability_zone == "{zone}"}}',
                        error_message=f"the subnet of {zone} lies in another zone",
                    ),
                    Postcondition(
                        condition="${!self.assign_ipv6_address_on_creation}",
                        error_message=f"the subnet of {zone} gives instances IPv6 addresses, which leave past its NAT "
                        "gateway and are in no allow-list",
                    ),
                ]
            ),
        )
        return PrivateSubnet(subnet.id, subnet.vpc_id, zone)

    def _find_address(self, allocation_id: str) -> DataAwsEip:
        return DataAwsEip(self, f"address-{allocation_id}", id=limits.allocation_id(allocation_id))
