"""Where state is kept: never below cdktf.out, and always under the environment's name.

`cdktf synth` deletes the folder of every stack that is not in the present manifest, local state and all.
"""

from pathlib import Path
from typing import Any

from cdktf import (
    App,
    CloudBackend,
    DataTerraformRemoteState,
    DataTerraformRemoteStateGcs,
    DataTerraformRemoteStateLocal,
    DataTerraformRemoteStateS3,
    GcsBackend,
    LocalBackend,
    NamedCloudWorkspace,
    NamedRemoteWorkspace,
    S3Backend,
    TerraformStack,
)

from stacks.settings.models import Backend


def state_path(environment: str, stack: str) -> str:
    """The state file of the local backend, from the project's root."""
    return f"state/{environment}/{stack}.tfstate"


def keep_state(stack: TerraformStack, backend: Backend, environment: str, name: str) -> None:
    """Give a stack its backend."""
    match backend.type:
        case "local":
            LocalBackend(stack, path=_from_stack_folder(stack, environment, name))
        case "s3":
            s3 = S3Backend(
                stack,
                bucket=_given(backend.bucket),
                key=f"{environment}/{name}.tfstate",
                region=backend.region,
                encrypt=True,
            )
            # cdktf 0.21 does not know S3's native locking (Terraform 1.11).
            s3.add_override("use_lockfile", True)
        case "gcs":
            GcsBackend(stack, bucket=_given(backend.bucket), prefix=f"{environment}/{name}")
        case "cloud":
            workspaces = NamedCloudWorkspace(_workspace(environment, name))
            CloudBackend(stack, organization=_given(backend.organization), workspaces=workspaces)


def read_state(stack: TerraformStack, id: str, backend: Backend, environment: str, name: str) -> Any:
    """The outputs of another stack of the same environment, as a remote state data source."""
    match backend.type:
        case "local":
            return DataTerraformRemoteStateLocal(stack, id, path=_from_stack_folder(stack, environment, name))
        case "s3":
            key = f"{environment}/{name}.tfstate"
            return DataTerraformRemoteStateS3(stack, id, bucket=_given(backend.bucket), key=key, region=backend.region)
        case "gcs":
            return DataTerraformRemoteStateGcs(stack, id, bucket=_given(backend.bucket), prefix=f"{environment}/{name}")
        case "cloud":
            workspaces = NamedRemoteWorkspace(name=_workspace(environment, name))
            return DataTerraformRemoteState(stack, id, organization=_given(backend.organization), workspaces=workspaces)


def _workspace(environment: str, name: str) -> str:
    """Neither part has an underscore, so no two environments share a workspace."""
    return f"{environment}_{name}"


def _from_stack_folder(stack: TerraformStack, environment: str, name: str) -> str:
    """Terraform runs in <outdir>/stacks/<stack>, and state stays in the project wherever below it that is."""
    outdir = Path(App.of(stack).outdir).absolute()
    depth = len(outdir.relative_to(Path.cwd()).parts) if outdir.is_relative_to(Path.cwd()) else 1
    return f"{'../' * (depth + 2)}{state_path(environment, name)}"


def _given(value: str | None) -> str:
    """Settings without it have been refused."""
    assert value is not None
    return value
