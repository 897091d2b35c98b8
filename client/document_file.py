"""The credential document as a file: its bytes, and who else could change them."""

import stat
from pathlib import Path

from . import files
from .fault import Fault, Layer

MAX_BYTES = 65_536


def read(path: str, warnings: list[str]) -> bytes:
    """The bytes, at most 64 KiB; `warnings` gets a sentence for what others could change. Raises Fault."""
    try:
        if Path(path).is_symlink():
            warnings.append(f"{path} is a symbolic link: a user who can change the link chooses the document")
        raw, status = files.read(path, MAX_BYTES)
        folder = Path(path).absolute().parent.stat()
    except (OSError, ValueError) as error:
        raise refused(
            [f"{path!r} cannot be read: {files.reason(error)}"], "correct GOOGLE_APPLICATION_CREDENTIALS"
        ) from None
    if status.st_mode & stat.S_IWOTH:
        warnings.append(
            f"{path} is world-writable: every local user can redirect the AWS signature, run `chmod 644 {path}`"
        )
    if folder.st_mode & stat.S_IWOTH and not folder.st_mode & stat.S_ISVTX:
        warnings.append(f"the folder of {path} is world-writable: every local user can replace the document")
    return raw


def refused(errors: list[str], fix: str = "") -> Fault:
    """At most five errors in one sentence, and the same fix for all."""
    return Fault(
        Layer.CONFIGURATION,
        "credential document refused: "
        + "; ".join(errors[:5])
        + (f"; and {len(errors) - 5} more" if errors[5:] else ""),
        fix
        or "write it again: gcloud iam workload-identity-pools create-cred-config ... --aws --enable-imdsv2, or `make update`",
        "nothing was sent, neither to AWS nor to Google",
    )
