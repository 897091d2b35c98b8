"""One run, one folder: what is synthesized there is reviewed, planned and applied, and no other process writes there."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.errors import DeployError, Failed
from deploy.exit_codes import ExitCode
from deploy.stacks import Stack, synthesized

RUNS = Path(".runs")
"""Below the checkout, because local state paths are relative: stacks/backends.py counts the folders in between."""


@contextmanager
def private_run(environment: str) -> Iterator[list[Stack]]:
    """The stacks of an environment, synthesized into a new folder that only this run uses.

    The folder has mode 0700 and is removed at the end. After a failure or a crash it stays, and its name is printed. A run
    that is interrupted, or whose reader has ended (`| head`), leaves it only if Terraform could not save a state and wrote
    `errored.tfstate` there.
    """
    keep = True
    with live_folder(re.sub("[^a-z0-9-]", "-", environment)) as folder:
        try:
            _synthesize(environment, folder)
            stacks = synthesized(environment, folder)
            for stack in stacks:
                stack.check_state()
            yield stacks
            keep = False
        except DeployError as error:
            keep = error.code == ExitCode.FAILED
            raise
        except (KeyboardInterrupt, BrokenPipeError):
            keep = any(folder.rglob("errored.tfstate"))
            raise
        finally:
            if keep:
                print(f"the folder of this run is kept: {folder}", file=sys.stderr)
            else:
                shutil.rmtree(folder)


@contextmanager
def live_folder(name: str) -> Iterator[Path]:
    """A new folder of mode 0700 in RUNS, whose name begins so. It has a lock, and is for the caller to remove."""
    if RUNS.is_symlink():
        raise DeployError(f"{RUNS.absolute()} is a link; allowed: a folder, since state paths are relative to it")
    try:
        RUNS.mkdir(exist_ok=True)
        RUNS.chmod(0o700)  # a user who can write here could exchange the folder of a run
        folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=RUNS))
    except OSError as error:
        raise DeployError(f"{RUNS.absolute()}: {error.strerror}: each run needs a folder below the checkout") from None
    live = os.open(folder, os.O_RDONLY)
    fcntl.flock(live, fcntl.LOCK_EX)  # `make clean` asks deploy/active_runs.py
    try:
        yield folder
    finally:
        os.close(live)


def _synthesize(environment: str, folder: Path) -> None:
    """Run main.py as cdktf does, in a separate process. It prints what is wrong with the settings."""
    done = subprocess.run(
        [sys.executable, "main.py"],
        env={**os.environ, "ENVIRONMENT": environment, "CDKTF_OUTDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=2,  # what is printed here is progress, and standard output holds results
        check=False,
    )
    if done.returncode:
        kind = DeployError if done.returncode == ExitCode.USAGE else Failed
        raise kind(f"environment {environment!r} was not synthesized: nothing was planned")
