"""A network that others own: read, never changed."""

from collections.abc import Mapping, Sequence

from cdktf import Postcondition, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_eip import DataAwsEip
from cdktf_cdktf_provider_aws.data_aws_subnet import DataAwsSubnet
from constructs import Construct

from constructs_lib import limits
from constructs_lib.aws.subnet import PrivateSubnet


class ExistingNetwork(Construct):
    """Private subnets by zone, and the Elastic IPs of the NAT gateways that they leave through.

    The plan fails if a subnet lies in another zone, or gives its instances IPv6 addresses: they would leave past the
    NAT gateway, with an address that no allow-list holds. That the subnets do leave through these addresses is the owner's
    word: AWS offers no data source that follows a route to its address.

    Attributes as those of `Network`: `private_subnets` by zone, `egress_cidrs`. Raises LimitError.
    """

    def __init__(
        self, scope: Construct, id: str, *, region: str, subnet_ids: Mapping[str, str], allocation_ids: Sequence[str]
    ) -> None:
        super().__init__(scope, id)
        self.private_subnets = {
            zone: self._find_subnet(zone, subnet_ids[zone]) for zone in limits.zones(region, list(subnet_ids))
        }
        if not allocation_ids:
            raise limits.LimitError(
                "allocation_ids",
                list(allocation_ids),
                "one for each NAT gateway that the subnets leave through",
                "Access Context Manager API, Condition.ipSubnetworks: if empty, all addresses are allowed",
            )
        self.egress_cidrs = [f"{self._find_address(one).public_ip}/32" for one in sorted(set(allocation_ids))]

    def _find_subnet(self, zone: str, subnet_id: str) -> PrivateSubnet:
        subnet = DataAwsSubnet(
            self,
            f"private-{zone}",
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
