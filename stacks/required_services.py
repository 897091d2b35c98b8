"""The APIs that an environment needs, and no others."""

from stacks.settings import Settings

# These are enabled by hand before the first plan (the provider reads through them); still declared, so
# that a plan shows everything that the environment needs.
ALWAYS = ("cloudresourcemanager", "serviceusage")


def required_services(settings: Settings) -> list[str]:
    """Full service names, sorted."""
    names = {
        *ALWAYS,
        *(["iam", "sts"] if settings.workload else []),
        *(["aiplatform"] if settings.is_inside else []),
        *(["iamcredentials"] if settings.impersonating else []),
        *(["accesscontextmanager"] if settings.perimeter else []),
        *(["logging", "monitoring"] if settings.audit.alert else []),
    }
    return sorted(f"{name}.googleapis.com" for name in names)
