"""The import hook: a provider package that imports its submodules when they are asked for.

The `__init__` of a prebuilt provider imports all of its 1,500-2,200 submodules, 30 s and 1 GB. Here it is not run: the
package gets its real path, specification and loader, so submodules, `import x.y`, resources and `inspect` work as
before, and a submodule that is asked for as an attribute is imported then (as newer jsii generates it, PEP 562).
"""

import importlib
import re
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from . import joining, state

_PACKAGE = re.compile(r"(cdktf_cdktf|cdktn)_provider_\w+")


def loaded_by(
    loader: type[SourceFileLoader], name: str, path: Sequence[str] | None, target: ModuleType | None
) -> ModuleSpec | None:
    """The specification that Python finds, with another loader; as it is, where it is not of a source file."""
    spec = PathFinder.find_spec(name, path, target)
    if spec is not None and type(spec.loader) is SourceFileLoader:
        spec.loader = loader(name, spec.loader.path)
    return spec


class Finder:
    """On sys.meta_path before Python's own finder; answers for the packages of prebuilt providers only."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The specification that Python finds, with another loader for the package and for its submodules."""
        package, *rest = name.split(".")
        if len(rest) > 1 or rest == ["_jsii"] or not _PACKAGE.fullmatch(package):
            return None
        if rest:
            return loaded_by(SubmoduleLoader, name, path, target) if package in state.packages else None
        spec = loaded_by(_PackageLoader, name, path, target)
        return spec if spec is not None and _is_prebuilt(spec) else None


def _is_prebuilt(spec: ModuleSpec) -> bool:
    """Whether it is a provider with an assembly, and all its classes in submodules."""
    init = Path(spec.origin or "")
    return (init.parent / "_jsii" / "__init__.py").is_file() and b"jsii_type=" not in init.read_bytes()


class _PackageLoader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        """Gives the package lazy attributes in place of running its `__init__`."""
        state.packages.add(module.__name__)
        folder = Path(self.path).parent

        def submodules() -> list[str]:
            return sorted(entry.parent.name for entry in folder.glob("[!_]*/__init__.py"))

        def lazy(name: str) -> object:
            if name == "__all__":
                return submodules()
            if name.startswith("_") or not (folder / name / "__init__.py").is_file():
                raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
            return importlib.import_module(f"{module.__name__}.{name}")

        vars(module).update(__getattr__=lazy, __dir__=lambda: sorted({*vars(module), *submodules()}))


class SubmoduleLoader(SourceFileLoader):
    """Python's own, but for a submodule that comes after its provider was loaded: that belongs to another assembly."""

    def get_code(self, fullname: str) -> CodeType | None:
        """The module's code."""
        package, _, submodule = fullname.partition(".")
        source = joining.late_source(package, submodule, lambda: self.get_data(self.path))
        return self.code_of_file(fullname) if source is None else self.source_to_code(source, self.path)

    def code_of_file(self, fullname: str) -> CodeType | None:
        """The code of the file as it is."""
        return super().get_code(fullname)


def install() -> None:
    """Put the finder first."""
    sys.meta_path.insert(0, Finder)
