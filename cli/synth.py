"""`synth` and `review`: of one environment in cdktf.out, or of all, each in its own folder."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cli import environments
from cli.inputs import MANIFEST, PROBLEM
from deploy.errors import DeployError
from deploy.exit_codes import ExitCode
from deploy.stacks import synthesized
from review.summary import lines, summary

if TYPE_CHECKING:
    from stacks.settings import Settings

INVENTORY = "inventory.txt"


def synth(names: list[str], *, every: bool) -> int:
    """Synthesize, and print the reviews. Returns USAGE if an environment cannot be synthesized; the others are."""
    from cli import workers
    from stacks.output import output_folder
    from stacks.settings import Settings, SettingsError, load  # they take longer to import than a review
    from stacks.settings.warnings import announce_conflicts

    out = Path(output_folder())
    codes: list[int] = [ExitCode.DONE]
    usable: dict[str, Settings] = {}
    for name in names:
        try:
            usable[name] = load(name)
        except SettingsError as error:
            _failed(Path(_out(name, every)), error, every)
            codes.append(ExitCode.USAGE)
    announce_conflicts(usable)
    if every and usable:
        out.mkdir(exist_ok=True)
    return max([*codes, *workers.each(_start, partial(_synthesized, every=every), list(usable.items()))])


def _start(_: None) -> ExitCode:
    """Start Node, and print what slim_bindings warns of."""
    import main  # noqa: F401

    return ExitCode.DONE


def _synthesized(item: "tuple[str, Settings]", *, every: bool) -> ExitCode:
    """Synthesize and review one environment."""
    from constructs_lib.limits import LimitError
    from main import synthesize
    from stacks.settings import SettingsError
    from stacks.settings.warnings import announce, warnings_of

    name, settings = item
    announce(warnings_of(settings))
    try:
        synthesize(settings, name, _out(name, every))
    except (SettingsError, LimitError) as error:
        _failed(Path(_out(name, every)), error, every)
        return ExitCode.USAGE
    Path(_out(name, every), PROBLEM).unlink(missing_ok=True)
    return _review(name, every, write=True)


def _failed(folder: Path, error: Exception, every: bool) -> None:
    """Report the error; of many environments also in the folder, in place of what an earlier synthesis wrote there.

    `diff` would take that for the present one.
    """
    print(error, file=sys.stderr)
    if every:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MANIFEST).unlink(missing_ok=True)
        (folder / PROBLEM).write_text(f"{error}\n", encoding="utf-8")


def review(names: list[str], *, every: bool, inventory: bool = False) -> int:
    """Print the reviews of what was synthesized. Returns the highest exit code of an environment without a review."""
    return max(_review(name, every, inventory=inventory) for name in names)


def _review(name: str, every: bool, *, inventory: bool = False, write: bool = False) -> ExitCode:
    """Print one review, or its inventory. `write`: write the inventory next to the stacks.

    The review names the file if it is that of these stacks.
    """
    try:
        stacks = {
            stack.name: stack.document
            for stack in synthesized(name, Path(_out(name, every)), environments.SYNTH_ALL if every else "")
        }
    except DeployError as error:
        print(error, file=sys.stderr)
        return error.code
    file = Path(_out(name, every), INVENTORY)
    if write or inventory:
        text = lines(stacks)
    if write:
        file.write_text(f"{text}\n", encoding="utf-8")
    if not inventory:
        kept = file.read_text(encoding="utf-8") if file.is_file() else ""
        text = summary(name, stacks, (str(file), kept))
    print(text, end="\n\n" if every else "\n")
    return ExitCode.DONE


def _out(name: str, every: bool) -> str:
    """cdktf.out, or below it a folder for each of several environments: two may have one prefix."""
    out = environments.synthesized_folder()
    return str(out / name if every else out)
