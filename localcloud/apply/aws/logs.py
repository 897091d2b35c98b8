"""Flow logs and log groups."""

from dataclasses import dataclass
from typing import Any

from ..document import ApplyError, Arguments
from ..kind import Change, Fields, Found
from .client import Clients
from .ec2 import Object


@dataclass(frozen=True)
class LogGroup:
    """Its id is its name. How long it keeps logs changes in place."""

    clients: Clients
    forces: frozenset[str] = frozenset(("name",))

    def wanted(self, arguments: Arguments) -> Fields:
        days = arguments.get("retention_in_days", 0)
        return {"name": arguments["name"], "retention_in_days": days, "tags": self.clients.tags(arguments)}

    def read(self, id: str) -> Found | None:
        groups = self.clients("logs", "describe_log_groups", logGroupNamePrefix=id)["logGroups"]
        group = next((one for one in groups if one["logGroupName"] == id), None)
        if group is None:
            return None
        arn = str(group["arn"]).removesuffix(":*")
        tags = self.clients("logs", "list_tags_for_resource", resourceArn=arn)["tags"]
        fields = {"name": id, "retention_in_days": group.get("retentionInDays", 0), "tags": tags}
        return Found({**fields, "id": id, "arn": arn}, fields)

    def create(self, arguments: Arguments) -> str:
        tags = self.clients.tags(arguments)
        self.clients("logs", "create_log_group", logGroupName=arguments["name"], **({"tags": tags} if tags else {}))
        if arguments.get("retention_in_days"):
            self._retain(arguments)
        return str(arguments["name"])

    def update(self, change: Change) -> None:
        if "retention_in_days" in change.fields:
            if change.arguments.get("retention_in_days"):
                self._retain(change.arguments)
            else:
                self.clients("logs", "delete_retention_policy", logGroupName=change.id)
        present, wanted = self.read(change.id), self.clients.tags(change.arguments)
        if present and "tags" in change.fields:
            arn = present.attributes["arn"]
            if gone := sorted(present.fields["tags"].keys() - wanted.keys()):
                self.clients("logs", "untag_resource", resourceArn=arn, tagKeys=gone)
            self.clients("logs", "tag_resource", resourceArn=arn, tags=wanted)

    def delete(self, id: str) -> None:
        self.clients("logs", "delete_log_group", logGroupName=id)

    def _retain(self, arguments: Arguments) -> None:
        days = arguments["retention_in_days"]
        self.clients("logs", "put_retention_policy", logGroupName=arguments["name"], retentionInDays=days)


class FlowLog(Object):
    """Of a VPC, to CloudWatch Logs."""

    def more(self, item: dict[str, Any]) -> Fields:
        return {
            "vpc_id": item["ResourceId"], "traffic_type": item["TrafficType"],
            "log_destination_type": item["LogDestinationType"], "iam_role_arn": item.get("DeliverLogsPermissionArn"),
        }  # fmt: skip

    def create(self, arguments: Arguments) -> str:
        answer = self.clients(
            "ec2", "create_flow_logs", ResourceType="VPC", ResourceIds=[arguments["vpc_id"]],
            TrafficType=arguments["traffic_type"], LogDestination=arguments["log_destination"],
            LogDestinationType=arguments["log_destination_type"],
            DeliverLogsPermissionArn=arguments["iam_role_arn"], TagSpecifications=self.specification(arguments),
        )  # fmt: skip
        if refused := answer.get("Unsuccessful"):
            raise ApplyError(f"ec2 create_flow_logs: {refused[0]['Error']['Message']}")
        return str(answer["FlowLogIds"][0])

    def delete(self, id: str) -> None:
        self.clients("ec2", "delete_flow_logs", FlowLogIds=[id])
