"""Submodules imported after their provider was loaded: each becomes a separate assembly, under another name.

The kernel loads each name only once. The stub is compiled with the other name in it; for Python it is the same module
with the same classes.
"""

import functools
import re
from collections.abc import Callable

from . import state
from .provider import Provider


def late_source(package: str, submodule: str, read: Callable[[], bytes]) -> bytes | None:
    """The source of a module that needs a separate assembly, naming that; None for a module that does not."""
    provider, submodules = state.loaded.get(package, (None, None))
    if provider is None or submodules is None:
        return None
    source = read()
    missing = frozenset(re.findall(rf'jsii_type="{re.escape(provider.name)}\.(\w+)\.', source.decode())) - submodules
    if not missing or missing <= _known(package, provider, submodules, missing):
        return None
    name = f"{provider.name}~{submodule}"  # a tilde: no provider on npm has one in its name
    state.waiting[name] = state.Assembly(name, provider, package, missing)
    return source.replace(f'"{provider.name}.'.encode(), f'"{name}.'.encode())


def _known(package: str, provider: Provider, loaded: frozenset[str], missing: frozenset[str]) -> frozenset[str]:
    try:
        return _closure(provider, loaded)
    except state.REFUSALS as reason:
        raise state.too_late(package, missing, reason) from None


@functools.cache
def _closure(provider: Provider, loaded: frozenset[str]) -> frozenset[str]:
    """It reads the whole store, for each import again the same."""
    return provider.closure(loaded)
