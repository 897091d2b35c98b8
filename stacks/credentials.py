"""Each workload's credential document: a function of the settings, so that AWS needs nothing of the Google stack."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from constructs_lib import limits
from constructs_lib.credentials import credential_document
from stacks.settings import Settings
from stacks.settings.models import Workload


def credential_documents(settings: Settings) -> dict[str, dict[str, Any]]:
    """The documents by workload."""
    return {workload.name: credential_document_of(settings, workload) for workload in settings.workloads}


def credential_document_of(settings: Settings, workload: Workload) -> dict[str, Any]:
    """The document of one workload."""
    impersonates = workload.auth == "impersonation"
    return credential_document(
        provider_name=f"{settings.pool_name}/providers/{settings.provider_id}",
        service_account_email=settings.service_account_email(workload) if impersonates else None,
        token_lifetime_seconds=settings.google.token_lifetime_seconds if impersonates else None,
    )


def client_environment(settings: Settings) -> dict[str, str]:
    """The environment variables of the client, in addition to GOOGLE_APPLICATION_CREDENTIALS."""
    location = settings.gemini.location
    return {
        "GCP_PROJECT_ID": settings.google.project_id,
        "GCP_LOCATION": location,
        "GEMINI_MODEL": settings.gemini.model,
        **({} if limits.listed_location.holds(location) else {"KEYLESS_UNLISTED": location}),
    }


def write_credential_documents(settings: Settings, outdir: str) -> None:
    """One file a workload in `credentials/` next to the Google stack's JSON; the folder is replaced as a whole."""
    folder = Path(outdir, "stacks", settings.google_stack_name, "credentials")
    fresh = folder.with_name(f"credentials.{os.getpid()}")
    fresh.mkdir(parents=True)
    for name, document in credential_documents(settings).items():
        (fresh / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
