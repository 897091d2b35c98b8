"""`./keyperim VERB`: the one command. Results go to standard output, progress and errors to standard error."""

import argparse
import os
import sys

from cli import __version__, delegate, environments
from cli.verbs import VERBS, Verb
from deploy.exit_codes import ExitCode
from review.command import PROGRAM

SETUP = "run `make setup`"
BOTH = "allowed: -e ENVIRONMENT or --all, not both"


def main(arguments: list[str] | None = None) -> int:
    """Run one verb, and return its exit code: docs/reference/exit-codes.md."""
    delegate.open_streams()
    try:
        with delegate.quiet_pipe():
            given = _verb_first(sys.argv[1:] if arguments is None else arguments)
            if "--version" in given[: given.index("--") if "--" in given else None]:
                print(f"keyperim {__version__}")
                return ExitCode.DONE
            verb = VERBS.get(given[0]) if given else None
            return _handed_on(verb, given[1:]) if verb and verb.module else _own(given)
    except ModuleNotFoundError as error:
        print(f"the package {error.name} is not installed: {SETUP}", file=sys.stderr)
        return ExitCode.USAGE
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except _settings_error() as error:
        print(error, file=sys.stderr)
        return ExitCode.USAGE


def _settings_error() -> type[Exception]:
    """Imported where an exception has to be compared with it: the settings take longer to import than a review."""
    from stacks.settings import SettingsError

    return SettingsError


def _verb_first(given: list[str]) -> list[str]:
    """Return `-e NAME VERB ...` as `VERB -e NAME ...`: a verb without `-e` then refuses it."""
    parser = argparse.ArgumentParser(PROGRAM, add_help=False, allow_abbrev=False)
    environments.add_environment(parser)
    parser.add_argument("words", nargs=argparse.REMAINDER)
    before, unknown = parser.parse_known_args(given)
    words = [*unknown, *before.words]
    named = [] if before.environment is None else ["-e", before.environment]
    return [*words[:1], *named, *words[1:]]


def _handed_on(verb: Verb, arguments: list[str]) -> int:
    """Take `-e` out of the arguments, and leave the others to the verb's module."""
    if verb.development and os.environ.get("ENGINE") == "cdktn":
        needed = "the development packages, which are installed for cdktf alone"
        print(f"ENGINE is 'cdktn', and {verb.name} needs {needed}: unset ENGINE", file=sys.stderr)
        return ExitCode.USAGE
    asked = arguments[:1]
    if verb.environment:
        end = arguments.index("--") if "--" in arguments else len(arguments)
        parser = argparse.ArgumentParser(f"{PROGRAM} {verb.name}", add_help=False, allow_abbrev=False)
        environments.add_environment(parser)
        chosen, others = parser.parse_known_args(arguments[:end])
        if chosen.environment is not None and "--all" in others:
            parser.error(BOTH)
        os.environ["ENVIRONMENT"] = environments.named(chosen.environment)
        asked, arguments = others, [*others, *arguments[end:]]
    if {"-h", "--help"} & set(asked):
        print(delegate.help_of(verb), end="")
        return ExitCode.DONE
    return delegate.run(verb, arguments)


def _own(given: list[str]) -> int:
    parser = argparse.ArgumentParser(PROGRAM, description=__doc__, allow_abbrev=False)
    environments.add_environment(parser)
    parser.add_argument("--version", action="store_true", help="print the version of the kit, with any verb")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    # An option takes longer to declare than a small review: the other verbs have a part in the help and in errors alone.
    for verb in [VERBS[given[0]]] if given and given[0] in VERBS else VERBS.values():
        each = verbs.add_parser(verb.name, help=verb.help, description=verb.help, allow_abbrev=False)
        if verb.name == "new":
            if given[:1] == ["new"]:
                from cli import new

                new.add_options(each)
        elif not verb.module:
            environments.add_environment(each)
            each.add_argument(
                "--all", action="store_true", help="every file in environments/, in cdktf.out/ENVIRONMENT"
            )
            if verb.name == "review":
                each.add_argument(
                    "--inventory", action="store_true", help="print the inventory in place of the overview"
                )
    if not given:
        parser.error(f"the following arguments are required: VERB; `{PROGRAM} --help` lists them")
    args, unknown = parser.parse_known_args(given)
    if unknown:
        verbs.choices[args.verb].error(f"unrecognized arguments: {' '.join(unknown)}")
    if args.verb == "new":
        from cli import new

        return new.new(args)
    if args.all and args.environment is not None:
        parser.error(BOTH)
    names = environments.every() if args.all else [environments.named(args.environment)]
    from cli import synth

    if args.verb == "synth":
        return synth.synth(names, every=args.all)
    return synth.review(names, every=args.all, inventory=args.inventory)


if __name__ == "__main__":
    sys.exit(main())
