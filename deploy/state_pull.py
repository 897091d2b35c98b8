"""The state of another stack or another place, pulled through a separate folder."""

import json
from pathlib import Path
from typing import Any

from deploy.stacks import Stack
from deploy.terraform import Terraform


def state_of(stack: Stack, environment: str) -> dict[str, Any] | None:
    """The state of a stack, read without its providers; None if there is no state. Raises Failed."""
    terraform = stack.document["terraform"]
    block = {name: terraform[name] for name in ("backend", "cloud") if name in terraform}
    return pull(stack.run, f"{stack.name}.state", block, environment)


def pull(run: Path, name: str, terraform: dict[str, Any], environment: str) -> dict[str, Any] | None:
    """The state that a `terraform` block (`backend` or `cloud`) leads to; None if it does not exist. Raises Failed.

    The folder is as far below the project as a stack's own: a relative path to a state holds there too.
    """
    folder = run / "reads" / name
    folder.mkdir(parents=True, exist_ok=True)
    document = {"terraform": terraform}
    stack = Stack(name, folder, (), document)
    stack.file.write_text(json.dumps(document), encoding="utf-8")
    reader = Terraform(stack, environment)
    reader.init()
    return reader.state()
