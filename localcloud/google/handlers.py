"""Every handler by its method's discovery id."""

from importlib import import_module

from .api_call import Handler

MODULES = (
    "sts", "oauth", "iamcredentials", "gemini", "logging_entries",
    "services", "projects", "billing", "pools", "providers", "service_accounts", "roles", "iam_policies",
    "access_policies", "access_levels", "service_perimeters", "authorized_orgs",
    "metrics", "alerts", "storage", "userinfo", "operations",
)  # fmt: skip
"""Each has HANDLERS."""

HANDLERS: dict[str, Handler] = {
    id: handler for name in MODULES for id, handler in import_module(f"{__package__}.{name}").HANDLERS.items()
}
