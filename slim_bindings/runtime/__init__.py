"""Runtime patches: jsii itself, made to wait less and to repeat itself less.

Each is a separate module with its gain in its docstring, and can be switched off. Where jsii has another version than
those that the patches were tested with, no patch is applied.
"""

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Collection
from contextlib import nullcontext
from pathlib import Path

from ..messages import warn
from . import node_first

TESTED_JSII = ("1.142.0",)
IN_NODE = ("lazy_traces", "lazy_requires")
IN_PYTHON = ("collector", "lazy_imports", "messages", "pipelining", "node_first", "stubs", "checks")
"""The order is that in which they wrap each other."""
PATCHES = IN_NODE + IN_PYTHON


def install(off: Collection[str]) -> None:
    """Apply the patches that are not switched off."""
    spec = importlib.util.find_spec("jsii")  # does not import it
    if spec is None or spec.origin is None:
        return
    folder = Path(spec.origin).parent
    try:
        version = json.loads((folder / "_metadata.json").read_text())["version"]
    except OSError:
        version = "in a zip file"
    if "jsii" in sys.modules:
        warn("jsii runs as it is, which is slower: it was imported before slim_bindings.install()")
        return
    if version not in TESTED_JSII:
        warn(f"jsii {version} runs as it is, which is slower: the patches were tested with {', '.join(TESTED_JSII)}")
        return
    _apply(IN_NODE, off)
    if "node_first" not in off:
        _attempt("node_first", lambda: node_first.start(folder, version))
    from .collector import resting  # only now: what it imports would keep Node from starting

    with nullcontext() if "collector" in off else resting():  # while jsii is imported
        _apply(IN_PYTHON, off)
    _hide_from_traces()


def _apply(patches: Collection[str], off: Collection[str]) -> None:
    for patch in patches:
        if patch not in off:
            _attempt(patch, importlib.import_module(f"{__name__}.{patch}").install)


def _attempt(patch: str, apply: Callable[[], None]) -> None:
    try:
        apply()
    except Exception as error:  # a full disk, or whatever a program or a test tool replaced
        warn(f"without {patch}, because {error}")


def _hide_from_traces() -> None:
    """JSII_HOST_STACK_TRACES tells Node of the program's frames, not of jsii's: nor of these."""
    from jsii import _stack_trace

    vars(_stack_trace)["_INTERNAL_PREFIXES"] = (
        *_stack_trace._INTERNAL_PREFIXES,
        f"{Path(__file__).parents[1]}{os.sep}",
    )
