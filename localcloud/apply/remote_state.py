"""The other stack's outputs."""

from pathlib import Path
from typing import Any

from .document import ApplyError, Arguments, state_name
from .state import State


def remote_state(arguments: Arguments, folder: Path) -> dict[str, Any]:
    """`outputs` of the state that a backend names, if `folder` has it. ApplyError, as in Terraform, if it has not."""
    path = folder / state_name(arguments["backend"], arguments["config"])
    if not path.exists():
        raise ApplyError(f"no stored state was found in {path}: apply the other stack first")
    return {**arguments, "outputs": State.load(path).outputs}
