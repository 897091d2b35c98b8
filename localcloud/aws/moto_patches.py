"""moto, fixed where it answers otherwise than AWS does.

- `associate_public_ip_address = false` makes the aws provider describe the instance's network interface itself. moto
  then forgets the interface's security groups, and reports an empty association, which the provider takes for a public
  address: every second plan would replace the instance.
- AWS has its managed policies.
- Elastic IPs come from public ranges, and no two are alike.
- A NAT gateway that is deleted lets go of its Elastic IPs, for the next one, and takes its network interface along
  ("Delete a NAT gateway", Amazon VPC). So does an instance that is terminated, with the one that it was launched with.
- NAT gateways are found by their tags.
- A document's tags are kept in a way that can be written to a file.
- moto delivers what SNS and EventBridge publish, calls API Gateway's integrations, runs Lambda's containers: by
  `requests`, wherever that leads. While it answers it reaches nobody.
"""

import contextlib
import threading
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from moto.core.config import default_user_config
from moto.ec2.models import ec2_backends, elastic_ip_addresses
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance
from moto.ec2.models.nat_gateways import NatGateway, NatGatewayBackend
from moto.ssm.models import SimpleSystemManagerBackend
from requests.exceptions import ConnectionError as Unreachable
from requests.sessions import Session

from .addresses import Pool


def apply() -> None:
    """Once for the process: moto's models and their state are the process's own."""
    if NetworkInterface.association is not _PATCHED:
        default_user_config.setdefault("iam", {})["load_aws_managed_policies"] = True
        Instance.prep_nics = _prep_nics_and_groups
        NetworkInterface.association = _PATCHED
        SimpleSystemManagerBackend.__init__ = _init_ssm
        elastic_ip_addresses.random_ip = _address
        NatGatewayBackend.delete_nat_gateway = _delete_nat_gateway
        NatGatewayBackend.describe_nat_gateways = _describe_nat_gateways
        Session.send = _send  # type: ignore[assignment,method-assign]


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """In this thread `requests` reaches nobody until the block ends."""
    _THREAD.alone = True
    try:
        yield
    finally:
        _THREAD.alone = False


_association = NetworkInterface.association.fget
_prep_nics = Instance.prep_nics
_delete_gateway = NatGatewayBackend.delete_nat_gateway
_describe_gateways = NatGatewayBackend.describe_nat_gateways
_ssm = SimpleSystemManagerBackend.__init__
_POOL = Pool()
_send_anywhere = Session.send
_THREAD = threading.local()


def _prep_nics_and_groups(instance: Instance, *arguments: Any, **options: Any) -> None:
    _prep_nics(instance, *arguments, **options)
    instance.security_groups = instance.security_groups or list(instance.nics[0].group_set)
    instance.nics[0].delete_on_termination = True


_PATCHED = property(lambda interface: _association(interface) or None)


def _delete_nat_gateway(backend: Any, id: str) -> NatGateway:
    gateway = _delete_gateway(backend, id)
    for address in backend.addresses:
        if address.eni is gateway._eni:
            backend.disassociate_address(address=address.public_ip)
    backend.delete_network_interface(gateway._eni.id)
    return gateway


def _describe_nat_gateways(backend: Any, filters: Any, *arguments: Any, **options: Any) -> list[NatGateway]:
    wanted = {name.removeprefix("tag:"): one for name, one in (filters or {}).items() if name.startswith("tag:")}
    return [
        gateway
        for gateway in _describe_gateways(backend, filters, *arguments, **options)
        if all(backend.tags[gateway.id].get(name) in values for name, values in wanted.items())
    ]


def _tags() -> Any:
    return defaultdict(dict)


def _init_ssm(backend: SimpleSystemManagerBackend, region_name: str, account_id: str) -> None:
    _ssm(backend, region_name, account_id)
    backend._resource_tags = defaultdict(_tags)


def _address() -> str:
    regions = [region for account in ec2_backends.values() for region in account.values()]
    return _POOL.take(address.public_ip for region in regions for address in region.addresses)


def _send(session: Session, request: Any, **options: Any) -> Any:
    if getattr(_THREAD, "alone", False):
        raise Unreachable(f"the local cloud connects to nobody outside: {request.url}")
    return _send_anywhere(session, request, **options)
