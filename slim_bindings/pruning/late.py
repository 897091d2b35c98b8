"""Late load: a provider's assembly goes to the kernel when the kernel first has to know it, and no sooner.

By then the program has imported what it uses, so the set of submodules need not be declared anywhere: jsii's registries
hold the classes that exist. `Kernel.load` notes a provider instead of loading it, and the first request that names the
provider loads it.
"""

from collections.abc import Callable, Collection
from functools import wraps
from io import BufferedWriter
from pathlib import Path
from threading import Thread
from typing import Any

from jsii import _reference_map, kernel
from jsii._kernel import Kernel
from jsii._kernel.providers.process import _NodeProcess
from jsii._kernel.types import LoadRequest, LoadResponse

from . import state, whole
from .provider import Provider
from .unprunable import Unprunable

LARGE = 400
"""Submodules; to put together more than this takes longer than to load the provider whole."""


def install(*, running: bool) -> None:
    """Wrap the two methods of jsii that every assembly goes through, and that makes the pipe for the requests.

    Where jsii was imported before, Node is `running`, or started now.
    """
    if running:
        _watch(kernel.provider._process)  # type: ignore[attr-defined]
    Kernel.load = _noting(Kernel.load)  # type: ignore[method-assign]
    _NodeProcess.start = _watching(_NodeProcess.start)  # type: ignore[method-assign]


def _noting(load: Callable[..., None]) -> Callable[..., None]:
    @wraps(load)
    def noting(kernel: Kernel, name: str, version: str, tarball: str) -> None:
        package = Path(tarball).parent.parent.name
        if package in state.packages:
            state.waiting[name] = state.Assembly(name, Provider(name, version, Path(tarball)), package)
        else:
            if name not in state.CORE:
                whole.load_what_is_used_by(Path(tarball), kernel.provider._process)  # type: ignore[attr-defined]
            load(kernel, name, version, tarball)

    return noting


def _watching(start: Callable[[Any], None]) -> Callable[[Any], None]:
    @wraps(start)
    def watching(process: Any) -> None:
        start(process)
        _watch(process)

    return watching


def _watch(process: Any) -> None:
    process._process.stdin = _Requests(process, process._process.stdin)


class _Requests:
    """The pipe to Node, on which the assemblies that a request names go before it."""

    def __init__(self, process: _NodeProcess, pipe: BufferedWriter) -> None:
        self._process, self._pipe = process, pipe
        self.flush, self.close = pipe.flush, pipe.close

    def write(self, request: bytes) -> None:
        if state.waiting:
            for assembly in [assembly for name, assembly in state.waiting.items() if f'"{name}.'.encode() in request]:
                _load(assembly, self._process)
        self._pipe.write(request)

    @property
    def closed(self) -> bool:
        return self._pipe.closed


def _load(assembly: state.Assembly, process: _NodeProcess) -> None:
    submodules = assembly.submodules or _in_use(assembly.name)
    provider = assembly.provider
    try:
        if len(submodules) > LARGE:
            raise Unprunable(f"more than {LARGE} of its submodules are in use")
        tarball = provider.pruned(submodules, assembly.name) or _make(provider, submodules, assembly.name)
    except state.REFUSALS as reason:
        whole.load(assembly, process, str(reason))
        return
    del state.waiting[assembly.name]
    if assembly.submodules is None:
        state.loaded[assembly.package] = (provider, submodules)
    process.send(LoadRequest(assembly.name, provider.version, str(tarball)), LoadResponse)


def _make(provider: Provider, submodules: Collection[str], name: str) -> Path:
    """Where several providers have to be split, it happens at once: most of it runs outside Python's lock."""
    threads = [Thread(target=assembly.provider.prepare) for assembly in state.waiting.values()]
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
