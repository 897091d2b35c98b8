"""How Terraform is started: its variables, and one that is only asked, whose output is kept."""

import os
from pathlib import Path
from subprocess import DEVNULL, CompletedProcess, run


def variables() -> dict[str, str]:
    """The variables of this process, without TF_DATA_DIR: it names one folder for every run, and the backend is kept there."""
    return {**{name: value for name, value in os.environ.items() if name != "TF_DATA_DIR"}, "TF_IN_AUTOMATION": "1"}


def asked(folder: Path, *command: str, **environment: str) -> CompletedProcess[str]:
    """Run a command of Terraform that changes nothing outside of `folder`. `environment` goes before `variables`."""
    env = {**variables(), **environment}
    return run(command, cwd=folder, env=env, stdin=DEVNULL, capture_output=True, text=True, check=False)
