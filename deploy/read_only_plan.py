"""Plan a configuration in a separate folder, which is never applied: it reads the clouds and changes nothing."""

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from deploy.errors import Failed
from deploy.providers import USERS
from deploy.stacks import Stack
from deploy.terraform import binary
from deploy.variables import asked


@dataclass(frozen=True)
class Reading:
    """What a plan read.

    `outputs` are empty if anything failed; `ids` has what could be imported, None for what is not there, by address;
    `errors` are (address or "", summary, detail).
    """

    outputs: dict[str, Any]
    ids: dict[str, str | None]
    errors: list[tuple[str, str, str]]


def read(stack: Stack, document: dict[str, Any]) -> Reading:
    """Plan a configuration with the stack's providers, from its initialized folder, and an empty state."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        terraform = {"required_providers": stack.document["terraform"]["required_providers"]}
        whole = {"terraform": terraform, "provider": stack.document["provider"], **document}
        (folder / "look.tf.json").write_text(json.dumps(whole))
        shutil.copy(stack.folder / ".terraform.lock.hcl", folder)
        providers = (stack.folder / ".terraform/providers").resolve()
        started = _run(folder, "init", "-input=false", "-no-color", f"-plugin-dir={providers}")
        if started.returncode:
            raise Failed(f"{started.stderr.strip()}\n{stack.name}: terraform init failed in a separate folder")
        imports = ["-generate-config-out=generated.tf"] if "import" in document else []
        done = _run(folder, "plan", "-input=false", "-json", "-lock=false", "-out=plan", *imports)
        messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        outputs = {}
        if not done.returncode and "output" in document:
            shown = json.loads(_run(folder, "show", "-json", "plan").stdout)
            outputs = {name: one.get("value") for name, one in shown["planned_values"].get("outputs", {}).items()}
    refreshed = [message["hook"] for message in messages if message["type"] == "refresh_complete"]
    failed = [message["diagnostic"] for message in messages if message["type"] == "diagnostic"]
    return Reading(
        outputs,
        {hook["resource"]["addr"]: hook.get("id_value") for hook in refreshed},
        [(one.get("address") or "", one["summary"], one["detail"]) for one in failed if one["severity"] == "error"],
    )


def _run(folder: Path, *arguments: str) -> CompletedProcess[str]:
    # Else Terraform would write into a cache that others use.
    return asked(folder, binary(), *arguments, **{USERS: str(folder)})
