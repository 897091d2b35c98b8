"""Every handler by its method's discovery id."""

from importlib import import_module

from .call import Handler

MODULES = (
    "sts", "iamcredentials", "gemini", "logging_entries",
)  # fmt: skip
"""Each has HANDLERS."""

HANDLERS: dict[str, Handler] = {
    id: handler for name in MODULES for id, handler in import_module(f"{__package__}.{name}").HANDLERS.items()
}
