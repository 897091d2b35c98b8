"""The way back for what Google only marks as deleted: a pool and a provider keep their ids for 30 days, a role for weeks."""

from collections.abc import Iterator
from typing import Any

from access.changes import CUSTOM_ROLE, POOL, PROVIDER
from deploy.stacks import Stack
from resources import described
from review.command import command, terraform


def commands(environment: str, stacks: list[Stack]) -> Iterator[str]:
    """Lines to read and run: both undeletes before both imports, since either one alone ends in the next 409."""
    for stack in stacks:
        pools, providers, roles = (list(_resources(stack, kind)) for kind in (POOL, PROVIDER, CUSTOM_ROLE))
        if pools:
            yield "# Bring the pool and its provider back:"
        yield from (_undelete_pool(pool) for _, pool in pools)
        yield from (_undelete_provider(provider) for _, provider in providers)
        if pools:
            then = command(environment, "deploy")
            yield f"# Hand them to Terraform, by project id (a project number would replace them), then `{then}`:"
        for address, pool in pools:
            yield _import(environment, stack, address, pool)
        for address, provider in providers:
            yield _import(environment, stack, address, provider)
        if roles:
            yield "# The custom role comes back by itself with the next apply; by hand:"
        for address, role in roles:
            yield f"gcloud iam roles undelete {role['role_id']} --project={role['project']}"
            yield _import(environment, stack, address, role)


def _undelete_pool(pool: dict[str, Any]) -> str:
    name, project = pool["workload_identity_pool_id"], pool["project"]
    return f"gcloud iam workload-identity-pools undelete {name} --location=global --project={project}"


def _undelete_provider(provider: dict[str, Any]) -> str:
    name, pool = provider["workload_identity_pool_provider_id"], provider["workload_identity_pool_id"]
    place = f"--workload-identity-pool={pool} --location=global --project={provider['project']}"
    return f"gcloud iam workload-identity-pools providers undelete {name} {place}"


def _import(environment: str, stack: Stack, address: str, body: dict[str, Any]) -> str:
    id = described(address).import_id.format(**body)
    return terraform(environment, stack.name, "import", address, id)


def _resources(stack: Stack, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, body in stack.document.get("resource", {}).get(kind, {}).items():
        yield f"{kind}.{name}", body
