"""A plan as Terraform's JSON has it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Plan:
    """What Terraform would do: `changes` by address (without no-ops), the planned `outputs`, and the text."""

    document: dict[str, Any]
    text: str

    @property
    def changes(self) -> dict[str, list[str]]:
        return {
            change["address"]: change["change"]["actions"]
            for change in self.document.get("resource_changes", [])
            if change["change"]["actions"] not in (["no-op"], ["read"])
        }

    @property
    def outputs(self) -> dict[str, Any]:
        """Outputs whose value the plan knows."""
        changes = self.document.get("output_changes", {})
        return {name: change["after"] for name, change in changes.items() if not change["after_unknown"]}

    def after(self, kind: str) -> dict[str, Any]:
        """The planned resources of a type, by address."""
        return {
            change["address"]: change["change"]["after"]
            for change in self.document["resource_changes"]
            if change["type"] == kind and change["change"]["after"] is not None
        }
