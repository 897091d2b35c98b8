"""Routes, and which subnet has which."""

from dataclasses import dataclass
from typing import Any

from ..document import ApplyError, Arguments
from ..kind import Change, Fields, Found
from .client import Clients

TARGETS = {"gateway_id": "GatewayId", "nat_gateway_id": "NatGatewayId"}


@dataclass(frozen=True)
class Route:
    """One IPv4 destination of a route table. Its id is table and destination; the target changes in place."""

    clients: Clients
    forces: frozenset[str] = frozenset(("route_table_id", "destination_cidr_block"))

    def wanted(self, arguments: Arguments) -> Fields:
        if not (TARGETS.keys() & arguments.keys() and self.forces <= arguments.keys()):
            raise ApplyError(f"a route needs destination_cidr_block and one of {', '.join(TARGETS)}")
        return {name: arguments.get(name) for name in (*self.forces, *TARGETS)}

    def read(self, id: str) -> Found | None:
        table, destination = id.split("_")
        answer = self.clients.find("ec2", "describe_route_tables", RouteTableIds=[table])
        routes = answer["RouteTables"][0]["Routes"] if answer else []
        route = next((one for one in routes if one.get("DestinationCidrBlock") == destination), None)
        if route is None:
            return None
        fields = {"route_table_id": table, "destination_cidr_block": destination}
        fields |= {name: route.get(key) for name, key in TARGETS.items()}
        return Found({**fields, "id": id}, fields)

    def create(self, arguments: Arguments) -> str:
        self.clients("ec2", "create_route", **self._request(arguments))
        return f"{arguments['route_table_id']}_{arguments['destination_cidr_block']}"

    def update(self, change: Change) -> None:
        self.clients("ec2", "replace_route", **self._request(change.arguments))

    def delete(self, id: str) -> None:
        table, destination = id.split("_")
        self.clients("ec2", "delete_route", RouteTableId=table, DestinationCidrBlock=destination)

    def _request(self, arguments: Arguments) -> dict[str, Any]:
        targets = {key: arguments[name] for name, key in TARGETS.items() if arguments.get(name)}
        destination = arguments["destination_cidr_block"]
        return {"RouteTableId": arguments["route_table_id"], "DestinationCidrBlock": destination, **targets}


@dataclass(frozen=True)
class Association:
    """A subnet's route table; the table changes in place."""

    clients: Clients
    forces: frozenset[str] = frozenset(("subnet_id",))

    def wanted(self, arguments: Arguments) -> Fields:
        return {name: arguments[name] for name in ("subnet_id", "route_table_id")}

    def read(self, id: str) -> Found | None:
        filters = [{"Name": "association.route-table-association-id", "Values": [id]}]
        tables = self.clients("ec2", "describe_route_tables", Filters=filters)["RouteTables"]
        found = next((a for table in tables for a in table["Associations"] if a["RouteTableAssociationId"] == id), None)
        if found is None:
            return None
        fields = {"subnet_id": found["SubnetId"], "route_table_id": found["RouteTableId"]}
        return Found({**fields, "id": id}, fields)

    def create(self, arguments: Arguments) -> str:
        ids = {"RouteTableId": arguments["route_table_id"], "SubnetId": arguments["subnet_id"]}
        return str(self.clients("ec2", "associate_route_table", **ids)["AssociationId"])

    def update(self, change: Change) -> str:
        table = change.arguments["route_table_id"]
        request = {"AssociationId": change.id, "RouteTableId": table}
        return str(self.clients("ec2", "replace_route_table_association", **request)["NewAssociationId"])

    def delete(self, id: str) -> None:
        self.clients("ec2", "disassociate_route_table", AssociationId=id)
