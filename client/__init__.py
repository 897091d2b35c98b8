"""Call Gemini from AWS without a key, and say which link of the chain broke.

Operators run ``python -m client``; programs use :func:`gemini` or :func:`credentials`.
"""

from typing import Any

__version__ = "1.0.0"
__all__ = ["credentials", "gemini"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'client' has no attribute {name!r}")
    from . import api  # loads google-auth, which `--check document` must not pay for

    return getattr(api, name)
