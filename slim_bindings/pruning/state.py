"""Which providers' assemblies wait to be loaded, and which have been."""

from collections.abc import Collection
from dataclasses import dataclass

from .provider import Provider
from .unprunable import Unprunable

CORE = ("constructs", "cdktf", "cdktn")
"""The assemblies that every program loads; they use no provider."""

REFUSALS = (Unprunable, OSError)
"""What making a pruned assembly may end in."""


@dataclass(frozen=True)
class Assembly:
    """`name` is the provider's or, for `submodules` that joined after it had been loaded, another one."""

    name: str
    provider: Provider
    package: str
    submodules: frozenset[str] | None = None  # None: those in use when it is loaded


packages: set[str] = set()
"""Names of the packages that the import hook serves."""

waiting: dict[str, Assembly] = {}
loaded: dict[str, tuple[Provider, frozenset[str] | None]] = {}  # by package; None: it was loaded whole


def too_late(package: str, submodules: Collection[str], reason: object) -> ImportError:
    """What an import says that cannot be had any more."""
    return ImportError(
        f"{package} was loaded without {', '.join(sorted(submodules))}, and that cannot be added now, because "
        f"{reason}; import it before the first resource is made, or set SLIM_BINDINGS=off"
    )
