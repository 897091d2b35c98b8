"""Where state is kept: never below cdktf.out, and always under the environment's name.

`cdktf synth` deletes the folder of every stack that is not in the present manifest, local state and all.
"""

from typing import Any

from cdktf import (
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
            LocalBackend(stack, path=_from_stack_folder(environment, name))
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
            workspaces = NamedCloudWorkspace(f"{environment}-{name}")
            CloudBackend(stack, organization=_given(backend.organization), workspaces=workspaces)


def read_state(stack: TerraformStack, id: str, backend: Backend, environment: str, name: str) -> Any:
    """The outputs of another stack of the same environment, as a remote state data source."""
    match backend.type:
        case "local":
            return DataTerraformRemoteStateLocal(stack, id, path=_from_stack_folder(environment, name))
        case "s3":
            key = f"{environment}/{name}.tfstate"
            return DataTerraformRemoteStateS3(stack, id, bucket=_given(backend.bucket), key=key, region=backend.region)
        case "gcs":
            return DataTerraformRemoteStateGcs(stack, id, bucket=_given(backend.bucket), prefix=f"{environment}/{name}")
        case "cloud":
            workspaces = NamedRemoteWorkspace(name=f"{environment}-{name}")
            return DataTerraformRemoteState(stack, id, organization=_given(backend.organization), workspaces=workspaces)


def _from_stack_folder(environment: str, name: str) -> str:
    """Terraform runs in cdktf.out/stacks/<stack>."""
    return f"../../../{state_path(environment, name)}"


def _given(value: str | None) -> str:
    """Settings without it have been refused."""
    assert value is not None
    return value
