"""Call Gemini from AWS without a key, and say which link of the chain broke.

Operators run ``keyless``; programs use :func:`gemini` or :func:`credentials`, and :func:`explain` for what they catch.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # what a type checker sees of `__getattr__`
    from .api import credentials, gemini
    from .explanation import explain

__version__ = "1.1.0"
__all__ = ["credentials", "explain", "gemini"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "explain":  # not a module's name: importing that would put the module in the function's place
        from .explanation import explain

        return explain
    from . import api  # loads google-auth, which `--check document` must not pay for

    return getattr(api, name)
