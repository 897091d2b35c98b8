"""Plans of perimeters as Terraform wrote them: files in `plans`, and edits of those files that a plan of its own gave."""

import copy
import json
from pathlib import Path
from typing import Any

_EDITED = Path(__file__).with_name("edited_plans.json")
"""By name: the plan that it differs from, and each value that differs by its JSON pointer."""


def plans() -> dict[str, dict[str, Any]]:
    """By name, such as `perimeter-removed`."""
    found = {path.stem: json.loads(path.read_text()) for path in Path(__file__).with_name("plans").glob("*.json")}
    edited = json.loads(_EDITED.read_text())
    return found | {name: _edited(found[one["base"]], one["edits"]) for name, one in edited.items()}


def _edited(base: dict[str, Any], edits: dict[str, Any]) -> dict[str, Any]:
    plan = copy.deepcopy(base)
    for pointer, value in edits.items():
        place: Any = plan
        *outer, last = pointer.split("/")[1:]
        for key in outer:
            place = place[int(key) if isinstance(place, list) else key]
        place[int(last) if isinstance(place, list) else last] = value
    return plan
