"""ENGINE: the package that synthesizes, `cdktf` or its successor `cdktn`. docs/decisions/033-cdktn.md.

Sources use cdktf's names. With ENGINE=cdktn, an import of `cdktf` or of a `cdktf_cdktf_provider_*` returns cdktn's module.
"""

import importlib
import importlib.util
import os
import re
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import NoReturn

ENGINES = ("cdktf", "cdktn")
_NAME = re.compile(r"cdktf(?:_cdktf(_provider_\w+))?((?:\.\w+)*)")


def install() -> None:
    """Serve cdktf's names from the package that ENGINE names. Call it before the first import of cdktf.

    Ends with exit code 2 for an unknown ENGINE, and for one whose packages this Python does not have.
    """
    engine = os.environ.get("ENGINE") or ENGINES[0]
    if engine not in ENGINES:
        _end(f"ENGINE is {engine!r}; allowed: {', '.join(ENGINES)}")
    if importlib.util.find_spec(engine) is None:
        _end(f"ENGINE is {engine!r}, and {sys.prefix} has no package {engine}: start Python with setup/engine.sh")
    if engine == "cdktn" and _Successor not in sys.meta_path:
        sys.meta_path.insert(0, _Successor)


def successor(name: str) -> str | None:
    """Return the name that cdktn has for a module of cdktf, or None for any other module."""
    found = _NAME.fullmatch(name)
    return f"cdktn{found[1] or ''}{found[2]}" if found else None


class _Successor:
    """A finder and loader on sys.meta_path that gives one module a second name."""

    @classmethod
    def find_spec(cls, name: str, _path: Sequence[str] | None = None, _: ModuleType | None = None) -> ModuleSpec | None:
        return ModuleSpec(name, cls) if successor(name) else None  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(str(successor(spec.name)))
        spec.loader_state = module.__spec__  # Python replaces it in the module after this call
        return module

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Restore the module's specification. Its code has run under its own name."""
        module.__spec__ = module.__spec__ and module.__spec__.loader_state


def _end(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    sys.exit(2)
