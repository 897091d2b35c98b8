"""Terraform itself, in one stack's folder."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from deploy.errors import DeployError, Refused, TerraformFailed
from deploy.guard import RUNBOOK
from deploy.lockfile import lockfile, put

INSTALL = "https://developer.hashicorp.com/terraform/install"


def binary() -> str:
    """Terraform, or what TERRAFORM_BINARY_NAME names, as cdktf reads it."""
    name = os.environ.get("TERRAFORM_BINARY_NAME", "terraform")
    found = shutil.which(name)
    if found is None:
        raise DeployError(
            f"{name} is not on PATH: install Terraform 1.11 or newer ({INSTALL}), or name it in TERRAFORM_BINARY_NAME"
        )
    return found


class Terraform:
    """Terraform in the folder of a stack."""

    def __init__(self, name: str, folder: Path, environment: str) -> None:
        self.name = name
        self._folder = folder
        self._environment = environment
        self._binary = binary()

    def init(self, progress: TextIO | None = None) -> None:
        """Make the folder ready: the backend, the providers, at the locked versions if they are locked."""
        print(f"{self.name}: terraform init", file=progress, flush=True)
        locked = lockfile(self._environment, self.name)
        ours = self._folder / ".terraform.lock.hcl"
        if locked.exists():
            put(locked.read_bytes(), ours)
        else:
            ours.unlink(missing_ok=True)
        # -reconfigure: two environments with one prefix share a folder, and Terraform would offer to move the one's
        # state to the other's.
        readonly = ["-lockfile=readonly"] if locked.exists() else []
        done = self._run("init", "-input=false", "-reconfigure", *_color(), *readonly, quiet=True)
        if done.returncode:
            hint = f"\n{locked} may lack what is new: `make lock` renews it" if locked.exists() else ""
            raise TerraformFailed(f"{done.stderr.strip()}\n{self.name}: terraform init failed{hint}")

    def state(self) -> dict[str, Any] | None:
        """The state; None if there is none at all. An emptied one is a state without resources and outputs."""
        return self._answer("state", "pull")

    def plan(self, file: Path, *options: str) -> bool:
        """Save a plan, and show it. True if it changes anything."""
        done = self._run("plan", "-input=false", *_color(), "-detailed-exitcode", f"-out={file}", *options)
        if "lifecycle.prevent_destroy" in done.stderr:
            why = "what has prevent_destroy must not go; for an enforced perimeter first apply perimeter.dry_run = true"
            raise Refused(f"{self.name}: refused: {why}; see {RUNBOOK}#rename-or-remove-a-perimeter")
        if done.returncode not in (0, 2):
            raise TerraformFailed(f"{self.name}: terraform plan failed")
        return done.returncode == 2

    def show(self, file: Path) -> dict[str, Any]:
        """A saved plan as JSON."""
        plan = self._answer("show", "-json", str(file)) or {}
        version = plan.get("format_version", "")
        if not version.startswith("1."):
            raise DeployError(f"plans in JSON format 1 are understood, got {version!r}: nothing is applied unread")
        return plan

    def apply(self, file: Path) -> None:
        """Apply a saved plan, and nothing else."""
        if self._run("apply", "-input=false", *_color(), str(file)).returncode:
            raise TerraformFailed(
                f"{self.name}: terraform apply failed; what was done is in the state, and a second run goes on from there"
                f" (see {RUNBOOK}#when-an-apply-fails)"
            )

    def _answer(self, *arguments: str) -> dict[str, Any] | None:
        """What Terraform answers in JSON; None for nothing."""
        done = self._run(*arguments, quiet=True)
        if done.returncode:
            raise TerraformFailed(f"{done.stderr.strip()}\n{self.name}: terraform {' '.join(arguments[:2])} failed")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def _run(self, *arguments: str, quiet: bool = False) -> subprocess.CompletedProcess[str]:
        with _interrupts_go_to_terraform():
            done = subprocess.run(
                [self._binary, *arguments],
                cwd=self._folder,
                env={**os.environ, "TF_IN_AUTOMATION": "1"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if quiet else None,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        if not quiet:
            print(done.stderr, end="", file=sys.stderr, flush=True)
        return done


def _color() -> list[str]:
    """Terraform itself does not look whether it writes to a terminal."""
    return [] if sys.stdout.isatty() else ["-no-color"]


@contextmanager
def _interrupts_go_to_terraform() -> Iterator[None]:
    """Ctrl-C reaches Terraform, which then stops in good order; subprocess.run would kill it, and the state with it."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
