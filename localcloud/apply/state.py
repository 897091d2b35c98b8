"""What was applied, in one JSON file that is never half written."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .document import ApplyError

VERSION = 1


@dataclass
class Record:
    """One object in a cloud. `arguments` are the resolved ones, `needs` all that it depends on, however far.

    `gone_last`: whether its replacement comes before its end (create_before_destroy, said or inherited).
    """

    type: str
    id: str
    arguments: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)
    gone_last: bool = False


@dataclass
class State:
    """Records by address; `replaced` ones have a successor and still exist; written at every change."""

    path: Path
    resources: dict[str, Record] = field(default_factory=dict)
    replaced: dict[str, list[Record]] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> "State":
        """The state in this file; an empty one if there is no file. ApplyError for a file of another kind."""
        if not path.exists():
            return cls(path)
        content = json.loads(path.read_text())
        if content.get("simulated_apply") != VERSION:
            raise ApplyError(f"{path}: is not a state of this simulated apply, version {VERSION}")
        resources = {address: Record(**record) for address, record in content["resources"].items()}
        replaced = {address: [Record(**one) for one in several] for address, several in content["replaced"].items()}
        return cls(path, resources, replaced, content["outputs"])

    def save(self) -> None:
        """Write the file whole or not at all."""
        content = {
            "simulated_apply": VERSION,
            "resources": dict(sorted(self.resources.items())),
            "replaced": {address: several for address, several in sorted(self.replaced.items()) if several},
            "outputs": self.outputs,
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_name(f"{self.path.name}.new")
        # A record's fields as they are: asdict would copy every argument, at every change.
        temporary.write_text(json.dumps(content, default=vars))
        temporary.replace(self.path)

    def remove(self, address: str, record: Record) -> None:
        """Forget an object, the present one of its address or a replaced one."""
        if self.resources.get(address) is record:
            del self.resources[address]
        else:
            self.replaced[address].remove(record)
        self.save()
