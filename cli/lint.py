"""`lint`: rules that hold whatever changes, in the stacks of an environment, or in a plan, a state, or what gcloud describes."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from access.errors import Unreadable
from access.lint import SEVERITIES, WARNING
from cli import __version__
from cli.documents import document, environment_documents
from cli.environments import every, named, synthesized_folder
from cli.lint_settings import ignores, line_of
from cli.question import add_files
from cli.settings_lines import settings_file
from deploy.errors import DeployError
from deploy.exit_codes import ExitCode
from review.command import PROGRAM
from review.diff.side import environment_of
from review.lint.data import data
from review.lint.found import findings
from review.lint.report import Linted, linted
from review.lint.sarif import sarif
from review.lint.text import text
from review.safe import text as escaped
from stacks.settings import SettingsError


def main(arguments: list[str] | None = None) -> int:
    """Print the report. Returns 9 for findings that count, 0 without; 1 or 2 if an environment cannot be linted."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.files and given.all:
        parser.error("allowed: FILE or --all, not both")
    codes: list[int] = []
    several = [_tried(name, given, codes) for name in (every() if given.all else [named(None)])]
    failing = any(one.failing(given.fail_on) for one in several)
    code = max(codes, default=ExitCode.FINDINGS if failing else ExitCode.DONE)
    shown: dict[str, Callable[[], str]] = {
        "text": lambda: text(several, code).rstrip("\n"),
        "json": lambda: json.dumps(data(several, code, given.fail_on), indent=2),
        "sarif": lambda: json.dumps(sarif(several, __version__), indent=2),
    }
    print(shown[given.format]())
    return code


def _tried(name: str, given: argparse.Namespace, codes: list[int]) -> Linted:
    """One environment. Why it cannot be linted goes to standard error and into the report, and its code into `codes`."""
    try:
        return _linted(name, given.files, synthesized_folder() / name if given.all else None)
    except (DeployError, Unreadable, SettingsError) as error:
        print(error, file=sys.stderr)
        codes.append(
            int(getattr(error, "code", ExitCode.USAGE if isinstance(error, SettingsError) else ExitCode.FAILED))
        )
        return Linted(name, problem=f"not linted: {escaped(str(error).splitlines()[0])}")


def _linted(name: str, files: list[str], out: Path | None) -> Linted:
    read = [document(file) for file in files] or environment_documents(name, out)
    inputs: Mapping[str, Any] = {one.name: one.body for one in read}
    for file in files:
        if (other := environment_of(inputs[file])) not in ("", name):
            raise DeployError(f"{file} is of environment {other!r}, got {name!r}; allowed: -e {other}")
    meant = ignores(name)
    return linted(name, settings_file(name).as_posix(), findings(inputs), meant, line_of(name), whole=not files)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(f"{PROGRAM} lint", description=__doc__, allow_abbrev=False)
    add_files(parser)
    parser.add_argument("--all", action="store_true", help="every file in environments/, from cdktf.out/ENVIRONMENT")
    parser.add_argument(
        "--fail-on",
        choices=SEVERITIES,
        default=WARNING,
        help="the lowest severity of a finding that returns 9 (warning)",
    )
    parser.add_argument("--format", choices=("text", "json", "sarif"), default="text", help="sarif is SARIF 2.1.0")
    return parser


if __name__ == "__main__":
    sys.exit(main())
