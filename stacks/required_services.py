"""The APIs that an environment needs, and no others."""

from stacks.settings import Settings

# The first two are enabled by hand before the first plan (the provider reads through them); still declared, so
# that a plan shows everything that the environment needs.
ALWAYS = ("cloudresourcemanager", "serviceusage", "iam", "sts", "aiplatform")


def required_services(settings: Settings) -> list[str]:
    """Full service names, sorted."""
    names = {
        *ALWAYS,
        *(["iamcredentials"] if settings.impersonating else []),
        *(["accesscontextmanager"] if settings.perimeter else []),
        *(["logging", "monitoring"] if settings.audit.alert else []),
    }
    return sorted(f"{name}.googleapis.com" for name in names)
