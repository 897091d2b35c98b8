"""The garbage collector rests while stubs are imported: their classes and functions stay, and it looks at each again.

Gain: @GARBAGE@.
"""

import gc
from types import ModuleType

from ..pruning.imports import SubmoduleLoader


def install() -> None:
    """Switch it off for the time that a stub is executed."""
    exec_module = SubmoduleLoader.exec_module

    def exec_without(loader: SubmoduleLoader, module: ModuleType) -> None:
        enabled = gc.isenabled()
        gc.disable()
        try:
            exec_module(loader, module)
        finally:
            if enabled:
                gc.enable()

    SubmoduleLoader.exec_module = exec_without  # type: ignore[method-assign]
