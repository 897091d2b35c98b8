"""Whether a lock file fits the constraints: asked of Terraform, before a backend is reached or anything is installed."""

import json
import re
import tempfile
from pathlib import Path

from deploy.errors import Failed
from deploy.lockfile import TERRAFORMS, lockfile
from deploy.stacks import SYNTHESIZED, Stack
from deploy.variables import asked
from review.command import command

_CONTRADICTION = re.compile(r"locked provider \S+/(\w+) (\S+) does not match configured version constraint (.+?);")


def check_lock(stack: Stack, environment: str, lock: bytes, terraform: str) -> None:
    """Raise Failed if the committed lock selects a version that `[versions]` does not admit."""
    required = stack.document["terraform"].get("required_providers", {})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / SYNTHESIZED).write_text(json.dumps({"terraform": {"required_providers": required}}))
        (folder / TERRAFORMS).write_bytes(lock)
        # In a folder without providers it fails in any case; only for a contradiction with this sentence.
        options = ("-no-color", "-input=false", "-lockfile=readonly", f"-plugin-dir={folder}")
        done = asked(folder, terraform, "init", *options)
    if found := _CONTRADICTION.findall(" ".join(done.stderr.split())):
        said = ", ".join(f"{provider} {version}, [versions] admits {wanted}" for provider, version, wanted in found)
        raise Failed(
            f"{lockfile(environment, stack.name)} selects {said}: `{command(environment, 'lock')}` selects again,"
            " or let [versions] admit what is locked"
        )
