"""typeguard, with the asyncio and unittest.mock that it imports, is imported when a value first needs its judgement.

Gain: 22 to 30 ms, 5% of an example's time.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType


def install() -> None:
    """Put the finder first."""
    sys.meta_path.insert(0, _Finder)


class _Finder:
    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name == "typeguard" else None
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Loader(name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    """importlib's LazyLoader would import the module at the second import of it, which looks at its `__spec__`."""

    def exec_module(self, module: ModuleType) -> None:
        def load(name: str) -> object:
            del module.__getattr__
            super(_Loader, self).exec_module(module)
            return getattr(module, name)

        module.__getattr__ = load  # type: ignore[method-assign]
