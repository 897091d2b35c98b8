"""`synth` and `review`: of one environment in cdktf.out, or of all in this process, each in its own folder."""

import os
import sys
from pathlib import Path

from deploy.errors import DeployError
from deploy.stacks import synthesized
from review.summary import summary
from stacks.settings import SettingsError, load
from stacks.settings.warnings import announced


def synth(names: list[str], *, every: bool) -> int:
    """Synthesize, and print the reviews. Returns 2 if an environment cannot be synthesized; the others are."""
    from constructs_lib.limits import LimitError  # the bindings take half a second that `review` does not need
    from main import synthesize
    from stacks.output import output_folder

    codes = [0]
    for name in names:
        try:
            if every:
                Path(output_folder()).mkdir(exist_ok=True)
            synthesize(announced(load(name)), name, _out(name, every))
        except (SettingsError, LimitError) as error:
            print(error, file=sys.stderr)
            codes.append(2)
        else:
            codes.append(review([name], every=every))
    return max(codes)


def review(names: list[str], *, every: bool) -> int:
    """Print the reviews of what was synthesized. Returns the highest exit code of an environment that has none."""
    codes = [0]
    for name in names:
        try:
            stacks = synthesized(name, Path(_out(name, every)))
        except DeployError as error:
            print(error, file=sys.stderr)
            codes.append(error.code)
        else:
            print(summary(name, {stack.name: stack.document for stack in stacks}), end="\n\n" if every else "\n")
    return max(codes)


def _out(name: str, every: bool) -> str:
    """cdktf.out, or below it a folder for each of several environments: two may have one prefix."""
    out = Path(os.environ.get("CDKTF_OUTDIR") or "cdktf.out")
    return str(out / name if every else out)
