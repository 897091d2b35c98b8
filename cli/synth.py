"""`synth` and `review`: of one environment in cdktf.out, or of all in this process, each in its own folder."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.errors import DeployError
from deploy.exit_codes import ExitCode
from deploy.stacks import synthesized
from review.summary import summary
from stacks.settings import Settings, SettingsError, load
from stacks.settings.warnings import announce, announce_conflicts, warnings_of


def synth(names: list[str], *, every: bool) -> int:
    """Synthesize, and print the reviews. Returns USAGE if an environment cannot be synthesized; the others are."""
    from constructs_lib.limits import LimitError  # the bindings take half a second that `review` does not need
    from main import synthesize
    from stacks.output import output_folder

    out = Path(output_folder())
    codes, reviews = [ExitCode.DONE], []
    usable: dict[str, Settings] = {}
    for name in names:
        try:
            usable[name] = load(name)
        except SettingsError as error:
            print(error, file=sys.stderr)
            codes.append(ExitCode.USAGE)
    announce_conflicts(usable)
    with ThreadPoolExecutor(1) as reviewer:  # in order, while Node works on the next one
        for name, settings in usable.items():
            announce(warnings_of(settings))
            try:
                if every:
                    out.mkdir(exist_ok=True)
                synthesize(settings, name, _out(name, every))
            except (SettingsError, LimitError) as error:
                print(error, file=sys.stderr)
                codes.append(ExitCode.USAGE)
            else:
                reviews.append(reviewer.submit(_review, name, every))
    return max([*codes, *(each.result() for each in reviews)])


def review(names: list[str], *, every: bool) -> int:
    """Print the reviews of what was synthesized. Returns the highest exit code of an environment that has none."""
    return max(_review(name, every) for name in names)


def _review(name: str, every: bool) -> ExitCode:
    try:
        stacks = synthesized(name, Path(_out(name, every)))
    except DeployError as error:
        print(error, file=sys.stderr)
        return error.code
    print(summary(name, {stack.name: stack.document for stack in stacks}), end="\n\n" if every else "\n")
    return ExitCode.DONE


def _out(name: str, every: bool) -> str:
    """cdktf.out, or below it a folder for each of several environments: two may have one prefix."""
    out = Path(os.environ.get("CDKTF_OUTDIR") or "cdktf.out")
    return str(out / name if every else out)
