"""Import ids: those that the configuration says, and those that a cloud gave out and only a look-up finds; pure."""

import re
from dataclasses import dataclass, field
from typing import Any

from access.changes import POLICY
from access.states import of_state
from deploy.stacks import Stack
from policy.identity import account_email
from resources import described

_REFERENCE = re.compile(r"\$\{([a-z]\w*)\.([\w-]+)\.(\w+)\}")


@dataclass
class Ids:
    """One stack's resources, what its state holds, and the ids found so far, all by address."""

    stack: Stack
    state: dict[str, Any] | None
    found: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.applied = {one.address: one.values for one in of_state(self.state or {})}
        self.resources: dict[str, dict[str, Any]] = {
            f"{kind}.{name}": body
            for kind, named in self.stack.document.get("resource", {}).items()
            for name, body in named.items()
        }

    @property
    def absent(self) -> list[str]:
        """The resources that the state does not know."""
        return [address for address in self.resources if address not in self.applied]

    def id(self, address: str) -> str | None:
        """The id to import a resource by; None if nobody knows it, or it hangs on something that nobody knows."""
        template = described(address).import_id
        if not template:
            return self.found.get(address)
        body = self.resources[address]
        values = {name: self._resolved(value) for name, value in body.items() if isinstance(value, str)}
        if (account := values.get("account_id")) and (project := values.get("project")):
            values["email"] = account_email(account, project)
        named = re.findall(r"\{(\w+)\}", template)
        return None if any(values.get(name) is None for name in named) else template.format(**values)

    def _resolved(self, text: str) -> str | None:
        """A value with its references to other resources replaced; None if one of them is not there."""
        values = {found.group(): self._value(*found.groups()) for found in _REFERENCE.finditer(text)}
        for reference, value in values.items():
            if value is None:
                return None
            text = text.replace(reference, value)
        return None if "${" in text else text

    def _value(self, kind: str, name: str, attribute: str) -> str | None:
        address = f"{kind}.{name}"
        if address in self.applied:
            return str(self.applied[address].get(attribute))
        if attribute == "id" or (kind, attribute) == (POLICY, "name"):
            return self.id(address) if address in self.resources else None
        value = self.resources.get(address, {}).get(attribute)
        return self._resolved(value) if isinstance(value, str) else None
