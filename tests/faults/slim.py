"""Running providers whose schema has only the types in use (few_types.js)."""

import json
import os
import subprocess
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("few_types.js")


def with_few_types(owner: object, folder: Path, running: str, kinds: Iterable[str]) -> str:
    """The same for TF_REATTACH_PROVIDERS, by way of sockets in a folder, for as long as the owner lives."""
    result: dict[str, Any] = json.loads(running)
    for number, one in enumerate(result.values()):
        socket = folder / f"provider{number}"
        process = subprocess.Popen(
            [os.environ.get("JSII_NODE", "node"), SCRIPT, one["Addr"]["String"], socket, *sorted(kinds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        weakref.finalize(owner, process.communicate)
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        one["Addr"]["String"] = str(socket)
    return json.dumps(result)
