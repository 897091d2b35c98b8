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
from pydantic import BaseModel

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
            key = f"{_key(backend, environment, name)}.tfstate"
            s3 = S3Backend(stack, bucket=_given(backend.bucket), key=key, region=backend.region, encrypt=True)
            # cdktf 0.21 knows neither S3's native locking (Terraform 1.11) nor the block assume_role (1.6).
            s3.add_override("use_lockfile", backend.use_lockfile is not False)
            for argument in ("dynamodb_table", "assume_role"):
                if value := getattr(backend, argument):
                    s3.add_override(argument, _plain(value))
            if backend.kms_key:
                s3.add_override("kms_key_id", backend.kms_key)
        case "gcs":
            gcs = GcsBackend(stack, bucket=_given(backend.bucket), prefix=_key(backend, environment, name))
            if backend.kms_key:
                gcs.add_override("kms_encryption_key", backend.kms_key)
            if backend.impersonate_service_account:
                gcs.add_override("impersonate_service_account", backend.impersonate_service_account)
        case "cloud":
            workspaces = NamedCloudWorkspace(_workspace(environment, name), project=backend.project)
            CloudBackend(stack, organization=_given(backend.organization), workspaces=workspaces)


def read_state(stack: TerraformStack, id: str, backend: Backend, environment: str, name: str) -> Any:
    """The outputs of another stack of the same environment, as a remote state data source."""
    match backend.type:
        case "local":
            return DataTerraformRemoteStateLocal(stack, id, path=_from_stack_folder(stack, environment, name))
        case "s3":
            key = f"{_key(backend, environment, name)}.tfstate"
            s3 = DataTerraformRemoteStateS3(stack, id, bucket=_given(backend.bucket), key=key, region=backend.region)
            if backend.assume_role:
                s3.add_override("config.assume_role", _plain(backend.assume_role))
            return s3
        case "gcs":
            return DataTerraformRemoteStateGcs(
                stack,
                id,
                bucket=_given(backend.bucket),
                prefix=_key(backend, environment, name),
                impersonate_service_account=backend.impersonate_service_account,
            )
        case "cloud":
            workspaces = NamedRemoteWorkspace(name=_workspace(environment, name))
            return DataTerraformRemoteState(stack, id, organization=_given(backend.organization), workspaces=workspaces)


def _key(backend: Backend, environment: str, name: str) -> str:
    return "/".join(part for part in (backend.prefix, environment, name) if part)


def _plain(value: Any) -> Any:
    """A table without what it leaves out."""
    return value.model_dump(exclude_none=True) if isinstance(value, BaseModel) else value


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
