"""What a network's types need in addition to their descriptions."""

from typing import Any

from ..document import Arguments
from ..kind import Change, Fields, Found
from .ec2 import Object

DNS = {"enable_dns_support": ("EnableDnsSupport", True), "enable_dns_hostnames": ("EnableDnsHostnames", False)}


class Vpc(Object):
    """With the two DNS attributes, which a request each changes."""

    def wanted(self, arguments: Arguments) -> Fields:
        return {**super().wanted(arguments), **{n: arguments.get(n, default) for n, (_, default) in DNS.items()}}

    def read(self, id: str) -> Found | None:
        found = super().read(id)
        if found is None:
            return None
        values = {
            name: self.clients("ec2", "describe_vpc_attribute", VpcId=id, Attribute=call[0].lower() + call[1:])[call][
                "Value"
            ]
            for name, (call, _) in DNS.items()
        }
        return Found({**found.attributes, **values}, {**found.fields, **values})

    def create(self, arguments: Arguments) -> str:
        id = super().create(arguments)
        other = frozenset(n for n, (_, default) in DNS.items() if arguments.get(n, default) != default)
        self.update(Change(id, arguments, other))
        return id

    def update(self, change: Change) -> None:
        super().update(change)
        for name in sorted(change.fields & DNS.keys()):
            call, default = DNS[name]
            self.clients(
                "ec2", "modify_vpc_attribute", VpcId=change.id, **{call: {"Value": change.arguments.get(name, default)}}
            )


class InternetGateway(Object):
    """Attached to `vpc_id`."""

    def wanted(self, arguments: Arguments) -> Fields:
        return {**super().wanted(arguments), "vpc_id": arguments["vpc_id"]}

    def more(self, item: dict[str, Any]) -> Fields:
        return {"vpc_id": next((one["VpcId"] for one in item.get("Attachments", [])), "")}

    def create(self, arguments: Arguments) -> str:
        id = super().create(arguments)
        self.clients("ec2", "attach_internet_gateway", InternetGatewayId=id, VpcId=arguments["vpc_id"])
        return id

    def update(self, change: Change) -> None:
        super().update(change)
        if "vpc_id" in change.fields:
            self._detach(change.id)
            self.clients(
                "ec2", "attach_internet_gateway", InternetGatewayId=change.id, VpcId=change.arguments["vpc_id"]
            )

    def delete(self, id: str) -> None:
        self._detach(id)
        super().delete(id)

    def _detach(self, id: str) -> None:
        for one in (self.item(id) or {}).get("Attachments", []):
            self.clients("ec2", "detach_internet_gateway", InternetGatewayId=id, VpcId=one["VpcId"])


class NatGateway(Object):
    """Waits until it is available, and until it is deleted. `allocation_id` is in its list of addresses."""

    def create(self, arguments: Arguments) -> str:
        id = super().create({"connectivity_type": "public", **arguments})
        self.clients.wait("ec2", "nat_gateway_available", NatGatewayIds=[id])
        return id

    def more(self, item: dict[str, Any]) -> Fields:
        address = (item.get("NatGatewayAddresses") or [{}])[0]
        return {"allocation_id": address.get("AllocationId"), "public_ip": address.get("PublicIp")}

    def delete(self, id: str) -> None:
        super().delete(id)
        self.clients.wait("ec2", "nat_gateway_deleted", NatGatewayIds=[id])
