"""moto's server, mended where it reports an instance otherwise than EC2 does.

`associate_public_ip_address = false` makes the aws provider describe the instance's network interface itself. moto then
forgets the interface's security groups, and reports an empty association, which the provider takes for a public address:
every second plan would replace the instance.
"""

import sys
from typing import Any

from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance
from moto.server import main

_association = NetworkInterface.association.fget
_prep_nics = Instance.prep_nics


def _prep_nics_and_groups(instance: Instance, *arguments: Any, **options: Any) -> None:
    _prep_nics(instance, *arguments, **options)
    instance.security_groups = instance.security_groups or list(instance.nics[0].group_set)


def _association_or_none(interface: NetworkInterface) -> dict[str, Any] | None:
    return _association(interface) or None


if __name__ == "__main__":
    Instance.prep_nics = _prep_nics_and_groups
    NetworkInterface.association = property(_association_or_none)
    sys.exit(main(sys.argv[1:]))
