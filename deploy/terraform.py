"""Terraform itself, in one stack's folder."""

import json
import os
import shutil
import sys
from pathlib import Path
from subprocess import DEVNULL, PIPE, CompletedProcess
from typing import Any

from deploy import interrupts
from deploy.conflicts import is_conflict
from deploy.errors import Conflict, DeployError, Failed, PlanAgain, Refused, Undecided
from deploy.guard import RUNBOOK
from deploy.locked import check_lock
from deploy.lockfile import TERRAFORMS, in_use, kept, lockfile, put
from deploy.providers import LACKS, install
from deploy.stacks import Stack
from deploy.variables import variables
from review.command import command

REATTACH = "TF_REATTACH_PROVIDERS"
_OVERRIDDEN = "development overrides are in effect"
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
    """Terraform in the folder of a stack that was synthesized for this run."""

    def __init__(self, stack: Stack, environment: str) -> None:
        self.name = stack.name
        self._stack = stack
        self._folder = stack.folder
        self._environment = environment
        self._binary = binary()
        self._overridden = False
        self._shown: tuple[bytes | None, dict[str, Any]] = None, {}
        if name := os.environ.get("TF_WORKSPACE"):
            # In another workspace the state would be an empty one, in a folder that is removed.
            raise DeployError(
                f"TF_WORKSPACE is set to {name!r}; allowed: not set, since each environment has its own state"
            )
        if given := next((name for name in sorted(os.environ) if name.startswith("TF_CLI_ARGS")), ""):
            # Such as `-destroy`, `-target` or `-state`: another plan, or another state, than the one that is judged.
            raise DeployError(f"{given} is set to {os.environ[given]!r}; allowed: not set, since it changes every plan")

    def init(self, lock: bytes | None = None) -> None:
        """Make the folder ready: the backend, and the providers that `lock` or else the environment's own lock names."""
        committed = lockfile(self._environment, self.name)
        if committed.exists() and lock is None:
            check_lock(self._stack, self._environment, committed.read_bytes(), self._binary)
        print(f"{self.name}: terraform init", file=sys.stderr, flush=True)
        ours = self._folder / TERRAFORMS
        given = in_use(self._environment, self.name) if lock is None else lock
        fixed = lock is not None or committed.exists()
        if given:
            put(given, ours)
        done = self._init(fixed)
        if done.returncode and not fixed and "-upgrade" in done.stderr:
            ours.unlink()  # [versions] no longer allows what an earlier run chose
            done = self._init(fixed)
        if done.returncode:
            hint = (
                f"\n{committed} may lack what is new: `{command(self._environment, 'lock')}` renews it"
                if committed.exists()
                else ""
            )
            if LACKS.search(done.stderr):
                hint += "\na machine without internet access needs a mirror of the providers: docs/how-to/fake-clouds.md#run-the-demo"
            raise Failed(f"{done.stderr.strip()}\n{self.name}: terraform init failed{hint}")
        self._overridden = _OVERRIDDEN in done.stdout
        if not fixed and ours.exists():
            put(ours.read_bytes(), kept(self._environment, self.name))

    def check_released(self) -> None:
        """Raise DeployError if a provider of its developers runs in place of the one that the lock names."""
        used = {
            "TF_REATTACH_PROVIDERS is set": REATTACH in os.environ,
            "dev_overrides are configured": self._overridden,
        }
        if found := " and ".join(text for text, holds in used.items() if holds):
            raise DeployError(
                f"{self.name}: {found}; allowed for saved plans: neither, since no lock names that provider"
            )

    def _init(self, fixed: bool) -> CompletedProcess[str]:
        def init(*options: str, **environment: str) -> CompletedProcess[str]:
            return self._run("init", "-input=false", *_color(), *options, quiet=True, **environment)

        return install(init, self._stack.run, *(["-lockfile=readonly"] if fixed else []))

    @property
    def lock(self) -> bytes:
        """The provider versions that this folder was initialized with; empty without providers."""
        path = self._folder / TERRAFORMS
        return path.read_bytes() if path.exists() else b""

    def state(self) -> dict[str, Any] | None:
        """The state; None if it does not exist. An emptied one is a state without resources and outputs."""
        return self._answer("state", "pull")

    def plan(self, file: Path, *options: str) -> None:
        """Save a plan, and show it."""
        self._stack.check_files()
        done = self._run("plan", "-input=false", *_color(), f"-out={file.absolute()}", *options)
        if "lifecycle.prevent_destroy" in done.stderr:
            why = "what has prevent_destroy must not go; for an enforced perimeter first apply perimeter.dry_run = true"
            raise Refused(f"{self.name}: refused: {why}; see {RUNBOOK}#rename-or-remove-a-perimeter")
        if done.returncode:
            raise Failed(f"{self.name}: terraform plan failed")

    def show(self, file: Path) -> dict[str, Any]:
        """A saved plan as JSON. The same plan is shown only once, because Terraform starts the providers for it."""
        content = file.read_bytes()
        if content == self._shown[0]:
            return self._shown[1]
        plan = self._answer("show", "-json", str(file.absolute())) or {}
        version = plan.get("format_version", "")
        if not version.startswith("1."):
            raise Undecided(
                f"{self.name}: got a plan in JSON format {version!r}; allowed: 1.x; nothing is applied unread"
            )
        self._shown = content, plan
        return plan

    def print(self, file: Path) -> None:
        """Print a saved plan as `terraform plan` printed it."""
        if self._run("show", *_color(), str(file.absolute())).returncode:
            raise Failed(f"{self.name}: terraform show failed")

    def apply(self, file: Path) -> None:
        """Apply a saved plan. Raises Conflict if only somebody else's write of a perimeter ended it."""
        done = self._run("apply", "-input=false", *_color(), str(file.absolute()))
        if "Saved plan is stale" in done.stderr:
            raise PlanAgain(f"{self.name}: the state changed after this plan was made: plan again")
        if done.returncode:
            raise (Conflict if is_conflict(done.stderr) else Failed)(
                f"{self.name}: terraform apply failed; what was done is in the state, and a second run goes on from there"
                f" (see {RUNBOOK}#when-an-apply-fails)"
            )

    def run(self, *arguments: str) -> None:
        """Run any command of Terraform, connected to this process's terminal."""
        code, _, _ = interrupts.run([self._binary, *arguments], cwd=self._folder, env=variables())
        if code:
            raise Failed(f"{self.name}: terraform {arguments[0]} returned {code}")

    def _answer(self, *arguments: str) -> dict[str, Any] | None:
        """What Terraform answers in JSON; None for nothing."""
        done = self._run(*arguments, quiet=True)
        if done.returncode:
            raise Failed(f"{done.stderr.strip()}\n{self.name}: terraform {' '.join(arguments[:2])} failed")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def _run(self, *arguments: str, quiet: bool = False, **environment: str) -> CompletedProcess[str]:
        command = [self._binary, *arguments]
        code, out, error = interrupts.run(
            command,
            cwd=self._folder,
            env={**variables(), **environment},
            stdin=DEVNULL,
            stdout=PIPE if quiet else None,
            stderr=PIPE,
        )
        if not quiet:
            print(error, end="", file=sys.stderr, flush=True)
        return CompletedProcess(command, code, out, error)


def _color() -> list[str]:
    """Terraform itself does not look whether it writes to a terminal."""
    return [] if sys.stdout.isatty() else ["-no-color"]
