"""The service accounts that run Terraform: a workload that acts as one could change the perimeter, and so every rule."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from access.grants import custom_roles, grants
from access.lint import DEPLOYER, Finding
from access.objects import PROVIDERS, Object
from access.perimeters import DRY_RUN, ENFORCED, configurations
from policy.iam import CREDENTIALS, PREDEFINED

MANAGEMENT = {"iam.googleapis.com", "cloudresourcemanager.googleapis.com", "accesscontextmanager.googleapis.com"}
"""Services that no workload of the kit calls, and Terraform does."""
_ON_ACCOUNT = "google_service_account_iam_"


def breaches(objects: Sequence[Object], acting: Mapping[str, str] = MappingProxyType({})) -> Iterator[Finding]:
    """Each grant that lets a workload of a pool act as an account that runs Terraform.

    `acting` are accounts that no object names, in lower case, and where each one is named.
    """
    deployers, roles = {**acting, **_deployers(objects)}, {**PREDEFINED, **custom_roles(objects)}
    for grant in grants(objects):
        account = grant.on.rpartition("/")[2].lower()
        acts = grant.address.startswith(_ON_ACCOUNT) and roles.get(grant.role, frozenset()) & CREDENTIALS
        if acts and account in deployers and grant.member.startswith(("principal:", "principalSet:")):
            what = f"it lets a workload act as {account}, which runs Terraform ({deployers[account]})"
            yield Finding(DEPLOYER, grant.address, what)


def _deployers(objects: Sequence[Object]) -> dict[str, str]:
    """The accounts by their address in lower case, and where each one is named."""
    found: dict[str, str] = {}
    for side in (ENFORCED, DRY_RUN):
        for perimeter in configurations(objects, side):
            for rule in perimeter.ingress:
                if MANAGEMENT & {service for service, _, _ in rule.operations}:
                    accounts = (who.removeprefix("serviceAccount:") for who in rule.members if ":" in who)
                    found |= {
                        account.lower(): f"{rule} of {perimeter.address}" for account in accounts if "@" in account
                    }
    for one in objects:
        if one.kind == PROVIDERS and (account := str(one.values.get("impersonate_service_account") or "")):
            found[account.lower()] = one.address
    return found
