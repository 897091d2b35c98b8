"""Late load: a provider's assembly goes to the kernel when the kernel first has to know it, and no sooner.

By then the program has imported what it uses, so the set of submodules need not be declared anywhere: jsii's registries
hold the classes that exist. `Kernel.load` notes a provider instead of loading it, and the first request that names the
provider loads it. A submodule imported after that becomes an assembly of its own, under another name; for Python it is
the same module with the same classes.
"""

import importlib
import re
import sys
import tarfile
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import wraps
from io import BufferedWriter
from pathlib import Path
from threading import Thread
from typing import Any

from jsii import _reference_map
from jsii._kernel import Kernel
from jsii._kernel.providers.process import _NodeProcess
from jsii._kernel.types import LoadRequest, LoadResponse

from ..messages import warn
from .provider import Provider
from .store import Unprunable

LARGE = 400
"""Submodules; to put together more than this takes longer than to load the provider whole."""

_REFUSALS = (Unprunable, OSError, EOFError, tarfile.TarError)

packages: set[str] = set()
"""Names of the packages that the import hook serves."""


@dataclass(frozen=True)
class Assembly:
    """`name` is the provider's or, for `submodules` that joined after it had been loaded, another one."""

    name: str
    provider: Provider
    package: str
    submodules: frozenset[str] | None = None  # None: those in use when it is loaded


_waiting: dict[str, Assembly] = {}
_loaded: dict[str, tuple[Provider, frozenset[str] | None]] = {}  # by package; None: it was loaded whole


def install() -> None:
    """Wrap the two methods of jsii that every assembly goes through, and that makes the pipe for the requests."""
    Kernel.load = _noting(Kernel.load)  # type: ignore[method-assign]
    _NodeProcess.start = _watching(_NodeProcess.start)  # type: ignore[method-assign]


def late_source(package: str, submodule: str, read: Callable[[], bytes]) -> bytes | None:
    """The source of a module that needs an assembly of its own, naming that; None for a module that does not."""
    provider, submodules = _loaded.get(package, (None, None))
    if provider is None or submodules is None:
        return None
    source = read()
    missing = frozenset(re.findall(rf'jsii_type="{re.escape(provider.name)}\.(\w+)\.', source.decode())) - submodules
    if not missing or missing <= _known(package, provider, submodules, missing):
        return None
    name = f"{provider.name}~{submodule}"  # a tilde: no provider on npm has one in its name
    _waiting[name] = Assembly(name, provider, package, missing)
    return source.replace(f'"{provider.name}.'.encode(), f'"{name}.'.encode())


def _known(package: str, provider: Provider, loaded: frozenset[str], missing: frozenset[str]) -> frozenset[str]:
    try:
        return provider.closure(loaded)
    except _REFUSALS as reason:
        raise _too_late(package, missing, reason) from None


def _too_late(package: str, submodules: Collection[str], reason: object) -> ImportError:
    return ImportError(
        f"{package} was loaded without {', '.join(sorted(submodules))}, and that cannot be added now, because {reason}; "
        "import it before the first resource is made, or set SLIM_BINDINGS=off"
    )


def _noting(load: Callable[..., None]) -> Callable[..., None]:
    @wraps(load)
    def noting(kernel: Kernel, name: str, version: str, tarball: str) -> None:
        package = Path(tarball).parent.parent.name
        if package in packages:
            _waiting[name] = Assembly(name, Provider(name, version, Path(tarball)), package)
        else:
            _load_whole_what_is_used_by(Path(tarball), kernel.provider._process)  # type: ignore[attr-defined]
            load(kernel, name, version, tarball)

    return noting


def _watching(start: Callable[[Any], None]) -> Callable[[Any], None]:
    @wraps(start)
    def watching(process: Any) -> None:
        start(process)
        process._process.stdin = _Requests(process, process._process.stdin)

    return watching


class _Requests:
    """The pipe to Node, on which the assemblies that a request names go before it."""

    def __init__(self, process: _NodeProcess, pipe: BufferedWriter) -> None:
        self._process, self._pipe = process, pipe
        self.flush, self.close = pipe.flush, pipe.close

    def write(self, request: bytes) -> None:
        if _waiting:
            for assembly in [assembly for name, assembly in _waiting.items() if f'"{name}.'.encode() in request]:
                _load(assembly, self._process)
        self._pipe.write(request)

    @property
    def closed(self) -> bool:
        return self._pipe.closed


def _load(assembly: Assembly, process: _NodeProcess) -> None:
    submodules = assembly.submodules or _in_use(assembly.name)
    provider = assembly.provider
    try:
        if len(submodules) > LARGE:
            raise Unprunable(f"more than {LARGE} of its submodules are in use")
        tarball = provider.pruned(submodules, assembly.name) or _make(provider, submodules, assembly.name)
    except _REFUSALS as reason:
        _load_whole(assembly, process, str(reason))
        return
    del _waiting[assembly.name]
    if assembly.submodules is None:
        _loaded[assembly.package] = (provider, submodules)
    process.send(LoadRequest(assembly.name, provider.version, str(tarball)), LoadResponse)


def _make(provider: Provider, submodules: Collection[str], name: str) -> Path:
    """Where several providers have to be split, it happens at once: most of it runs outside Python's lock."""
    threads = [Thread(target=assembly.provider.prepare) for assembly in _waiting.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return provider.make(submodules, name)


def _in_use(name: str) -> frozenset[str]:
    """The submodules whose classes Python knows."""
    registries = (_reference_map._types, _reference_map._data_types, _reference_map._enums, _reference_map._interfaces)
    prefix = f"{name}."
    return frozenset(
        fqn.removeprefix(prefix).partition(".")[0] for known in registries for fqn in known if fqn.startswith(prefix)
    )


def _load_whole(assembly: Assembly, process: _NodeProcess, reason: str) -> None:
    """What the package's own `__init__` does: the whole provider in the kernel, every submodule imported."""
    provider = assembly.provider
    if assembly.submodules is not None:
        raise _too_late(assembly.package, assembly.submodules, reason)
    warn(f"{assembly.package} is imported in the ordinary way, which takes long, because {reason}")
    del _waiting[assembly.name]
    _loaded[assembly.package] = (provider, None)
    process.send(LoadRequest(provider.name, provider.version, str(provider.tarball)), LoadResponse)
    for submodule in sys.modules[assembly.package].__all__:
        importlib.import_module(f"{assembly.package}.{submodule}")


def _load_whole_what_is_used_by(tarball: Path, process: _NodeProcess) -> None:
    """A library of constructs written in TypeScript may use any class of the providers that its `_jsii` imports."""
    imported = re.findall(r"^import (\w+)\._jsii$", (tarball.parent / "__init__.py").read_text(), re.MULTILINE)
    for package in packages.intersection(imported):
        if package in _loaded and _loaded[package][1] is not None:
            raise ImportError(
                f"{tarball.parent.parent.name} needs the whole of {package}, of which a part has been loaded; "
                "import it before the first resource is made, or set SLIM_BINDINGS=off"
            )
        for assembly in [assembly for assembly in _waiting.values() if assembly.package == package]:
            _load_whole(assembly, process, f"{tarball.parent.parent.name} may use any of it")
