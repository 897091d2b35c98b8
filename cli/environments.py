"""Which environments a command is for: `-e`, else ENVIRONMENT, else example; with `--all` every one."""

import argparse
import os
from pathlib import Path
from typing import Any

from review.command import PROGRAM

SYNTH_ALL = f"{PROGRAM} synth --all"
"""The command that writes every environment's stacks, each into its folder."""
HELP = "the environment: NAME or environments/NAME.toml (default: $ENVIRONMENT, else example)"


class _Once(argparse.Action):
    """A command is for one environment."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, _option: str | None = None) -> None:
        if getattr(namespace, self.dest) not in (None, values):
            parser.error(f"got -e {getattr(namespace, self.dest)} and -e {values}; allowed: one environment")
        setattr(namespace, self.dest, values)


def add_environment(parser: argparse.ArgumentParser) -> None:
    """Add `-e`."""
    parser.add_argument("-e", "--environment", action=_Once, metavar="ENVIRONMENT", help=HELP)


def named(given: str | None) -> str:
    """Return an environment's name. Raises OptionError for the path of a file outside environments/."""
    name = given if given is not None else os.environ.get("ENVIRONMENT") or "example"
    path = Path(name)
    if path.suffix != ".toml" and len(path.parts) == 1:
        return name
    from stacks.settings.load import FOLDER  # it takes longer than a review
    from stacks.settings.problems import OptionError

    if path.suffix != ".toml" or path.absolute().parent != FOLDER.absolute():
        raise OptionError("-e", f"got {name!r}; allowed: a name, or {FOLDER}/NAME.toml")
    return path.stem


def synthesized_folder() -> Path:
    """Return where synthesis wrote: CDKTF_OUTDIR, else cdktf.out."""
    return Path(os.environ.get("CDKTF_OUTDIR") or "cdktf.out")


def every() -> list[str]:
    """Return the name of each file in environments/, also of one that `load` refuses: none is left out in silence."""
    from stacks.settings.load import FOLDER
    from stacks.settings.problems import OptionError

    names = sorted(file.stem for file in FOLDER.glob("*.toml"))
    if not names:
        raise OptionError("--all", f"{FOLDER.absolute()} has no .toml file; see `./keyperim new --help`")
    return names
