"""Runtime patches: jsii itself, made to wait and to repeat itself less. Each can be switched off on its own."""

import importlib
import importlib.util
import json
from collections.abc import Collection
from pathlib import Path

TESTED_JSII = ("1.142.0",)

PATCHES = ("node_first", "messages", "pipelining", "stubs", "checks")


def install(off: Collection[str]) -> None:
    """Apply the patches that are not switched off, if jsii is of a version they were tested with."""
    spec = importlib.util.find_spec("jsii")
    assert spec is not None and spec.origin is not None
    folder = Path(spec.origin).parent
    version = json.loads((folder / "_metadata.json").read_text())["version"]
    if version not in TESTED_JSII:
        return
    patches = [patch for patch in PATCHES if patch not in off]
    if "node_first" in patches:
        from . import node_first

        node_first.start(folder, version)
    for patch in patches:
        importlib.import_module(f"{__name__}.{patch}").install()
