"""Where pruning cannot serve: the whole provider in the kernel, every submodule imported, as by its `__init__`."""

import importlib
import re
import sys
from pathlib import Path
from typing import Any

from jsii._kernel.types import LoadRequest, LoadResponse

from ..messages import warn
from . import state


def load(assembly: state.Assembly, process: Any, reason: str) -> None:
    """What the package's own `__init__` does: the whole provider in the kernel, every submodule imported."""
    provider = assembly.provider
    if assembly.submodules is not None:
        raise state.too_late(assembly.package, assembly.submodules, reason)
    warn(f"{assembly.package} is imported in the ordinary way, which takes long, because {reason}")
    del state.waiting[assembly.name]
    state.loaded[assembly.package] = (provider, None)
    process.send(LoadRequest(provider.name, provider.version, str(provider.tarball)), LoadResponse)
    for submodule in sys.modules[assembly.package].__all__:
        importlib.import_module(f"{assembly.package}.{submodule}")


def load_what_is_used_by(tarball: Path, process: Any) -> None:
    """A library of constructs written in TypeScript may use any class of the providers that its `_jsii` imports."""
    try:
        imported = re.findall(r"^import (\w+)\._jsii$", (tarball.parent / "__init__.py").read_text(), re.MULTILINE)
    except OSError:  # of a zipped package, its tarball is a temporary file
        imported = sorted(state.packages)
    for package in state.packages.intersection(imported):
        if package in state.loaded and state.loaded[package][1] is not None:
            raise ImportError(
                f"{tarball.parent.parent.name} needs the whole of {package}, of which a part has been loaded; "
                "import it before the first resource is made, or set SLIM_BINDINGS=off"
            )
        for assembly in [assembly for assembly in state.waiting.values() if assembly.package == package]:
            load(assembly, process, f"{tarball.parent.parent.name} may use any of it")
