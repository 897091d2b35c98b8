"""Systems Manager documents."""

import json
from dataclasses import dataclass
from typing import Any

from ..document import Arguments
from ..kind import Change, Fields, Found
from .client import Clients, tag_list, tag_map, tags_of


@dataclass(frozen=True)
class Document:
    """A command document; changed content becomes the default version. Its id is its name."""

    clients: Clients
    forces: frozenset[str] = frozenset(("name", "document_type"))

    def wanted(self, arguments: Arguments) -> Fields:
        given = {name: arguments.get(name) for name in ("name", "document_type", "document_format", "target_type")}
        return {**given, "content": _loaded(arguments["content"]), "tags": self.clients.tags(arguments)}

    def read(self, id: str) -> Found | None:
        described = self.clients.find("ssm", "describe_document", Name=id)
        if described is None:
            return None
        one = described["Document"]
        content = self.clients("ssm", "get_document", Name=id)["Content"]
        fields = {
            "name": id, "document_type": one["DocumentType"], "document_format": one["DocumentFormat"],
            "target_type": one.get("TargetType"), "content": _loaded(content), "tags": tag_map(one.get("Tags")),
        }  # fmt: skip
        arn = f"arn:{self.clients.partition}:ssm:{self.clients.region}:{self.clients.account}:document/{id}"
        return Found({**fields, "id": id, "arn": arn, "default_version": one.get("DefaultVersion")}, fields)

    def create(self, arguments: Arguments) -> str:
        self.clients(
            "ssm", "create_document", Name=arguments["name"], DocumentType=arguments["document_type"],
            Tags=tag_list(self.clients.tags(arguments)), **_content(arguments),
        )  # fmt: skip
        return str(arguments["name"])

    def update(self, change: Change) -> None:
        if change.fields - {"tags"}:
            answer = self.clients(
                "ssm", "update_document", Name=change.id, DocumentVersion="$LATEST", **_content(change.arguments)
            )
            version = answer["DocumentDescription"]["DocumentVersion"]
            self.clients("ssm", "update_document_default_version", Name=change.id, DocumentVersion=version)
        if "tags" in change.fields:
            present, wanted = tags_of(self.read(change.id)), self.clients.tags(change.arguments)
            gone = sorted(present.keys() - wanted.keys())
            place = {"ResourceType": "Document", "ResourceId": change.id}
            if gone:
                self.clients("ssm", "remove_tags_from_resource", **place, TagKeys=gone)
            self.clients("ssm", "add_tags_to_resource", **place, Tags=tag_list(wanted))

    def delete(self, id: str) -> None:
        self.clients("ssm", "delete_document", Name=id)


def _content(arguments: Arguments) -> dict[str, Any]:
    given = {"Content": arguments["content"], "DocumentFormat": arguments["document_format"]}
    return {**given, **({"TargetType": arguments["target_type"]} if arguments.get("target_type") else {})}


def _loaded(content: str) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content
