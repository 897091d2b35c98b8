"""EC2's objects: created by arguments of the same names, described by id, tagged alike."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from botocore import xform_name

from resources import RESOURCES
from resources.description import Ec2

from ..document import Arguments
from ..kind import Change, Fields, Found
from .client import Clients, tag_list, tag_map


@dataclass(frozen=True)
class Object:
    """A type by its description: `kind` is its Terraform name."""

    clients: Clients
    kind: str
    dead: ClassVar[tuple[str, ...]] = ("deleted", "terminated")

    @property
    def api(self) -> Ec2:
        """Its name in EC2's API."""
        api = RESOURCES[self.kind].api
        assert isinstance(api, Ec2)
        noun = xform_name(api.key.removesuffix("Id"))
        return replace(api, describe=api.describe or f"describe_{noun}s", delete=api.delete or f"delete_{noun}")

    @property
    def forces(self) -> frozenset[str]:
        return frozenset(self.api.created)

    def wanted(self, arguments: Arguments) -> Fields:
        """`created` that are unset are AWS's choice."""
        given = {name: arguments[name] for name in self.api.created if name in arguments}
        return {**given, "tags": self.clients.tags(arguments)}

    def read(self, id: str) -> Found | None:
        item = self.item(id)
        if item is None:
            return None
        attributes = {**{xform_name(name): value for name, value in _plain(item).items()}, "id": id}
        attributes["tags"] = attributes["tags_all"] = tag_map(item.get("Tags"))
        attributes["arn"] = self.arn(id)
        fields = {name: attributes[name] for name in ("tags", *self.api.created) if name in attributes}
        more = self.more(item)
        return Found({**attributes, **more}, {**fields, **more})

    def more(self, _: dict[str, Any]) -> Fields:
        """What its description has under other names or deeper down."""
        return {}

    def create(self, arguments: Arguments) -> str:
        given = {_pascal(name): arguments[name] for name in self.api.created if name in arguments}
        answer = self.clients(
            "ec2",
            xform_name(RESOURCES[self.kind].creation.partition(":")[2]),
            **given,
            TagSpecifications=self.specification(arguments),
        )
        return str(_object(answer, self.api.key)[self.api.key])

    def update(self, change: Change) -> None:
        if "tags" in change.fields:
            self.retag(change.id, self.item(change.id) or {}, self.clients.tags(change.arguments))

    def delete(self, id: str) -> None:
        self.clients("ec2", self.api.delete, **{self.api.key: id})

    def item(self, id: str) -> dict[str, Any] | None:
        """EC2's description; None if it is deleted or about to be."""
        answer = self.clients.find("ec2", self.api.describe, **{f"{self.api.key}s": [id]})
        items = [item for value in (answer or {}).values() if isinstance(value, list) for item in value]
        alive = [item for item in items if item.get("State") not in self.dead]
        return alive[0] if alive else None

    def arn(self, id: str) -> str:
        """Its Amazon Resource Name."""
        return f"arn:{self.clients.partition}:ec2:{self.clients.region}:{self.clients.account}:{self.api.noun}/{id}"

    def specification(self, arguments: Arguments) -> list[dict[str, Any]]:
        """Its tags as a creation takes them."""
        tags = self.clients.tags(arguments)
        return [{"ResourceType": self.api.noun, "Tags": tag_list(tags)}] if tags else []

    def retag(self, id: str, item: dict[str, Any], tags: dict[str, str]) -> None:
        """Make its tags these."""
        gone = tag_map(item.get("Tags")).keys() - tags.keys()
        if gone:
            self.clients("ec2", "delete_tags", Resources=[id], Tags=[{"Key": key} for key in sorted(gone)])
        if tags:
            self.clients("ec2", "create_tags", Resources=[id], Tags=tag_list(tags))


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _object(answer: dict[str, Any], key: str) -> dict[str, Any]:
    """The part of an answer that has the id."""
    if key in answer:
        return answer
    return next(value for value in answer.values() if isinstance(value, dict) and key in value)


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if isinstance(value, str | int | bool)}
