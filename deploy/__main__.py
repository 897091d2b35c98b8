"""The verbs of `./keyperim` that run Terraform, for the environment in ENVIRONMENT: docs/reference/exit-codes.md."""

import argparse
import os
import signal
import sys
from pathlib import Path

from deploy import adopt, hand_over, hand_over_files, undelete
from deploy.consent import accepted_digest
from deploy.described import Files
from deploy.errors import DeployError
from deploy.exit_codes import ExitCode
from deploy.folder import private_run
from deploy.hand_over_files import FORMATS
from deploy.interrupts import ended_by
from deploy.lockfile import lock
from deploy.saved_run import SavedPlanRun
from deploy.stacks import Stack
from deploy.state_pull import state_of
from deploy.terraform import Terraform, binary
from review.command import PROGRAM
from review.summary import summary

UNGUARDED = ("apply", "destroy")
WITHOUT_TERRAFORM = ("undelete", "handover")
"""These verbs start without Terraform. `handover` needs it only to read addresses from a state."""


def main(arguments: list[str] | None = None) -> int:
    """Run one verb, and return its exit code."""
    environment = os.environ.get("ENVIRONMENT", "example")
    # As Ctrl-C, so that the folder of the run is not left behind.
    before = {number: signal.signal(number, signal.default_int_handler) for number in ended_by()}
    try:
        args = _arguments(sys.argv[1:] if arguments is None else arguments)
        if args.verb not in WITHOUT_TERRAFORM:
            binary()
        with private_run(environment) as stacks:
            return _run(args, environment, stacks)
    except DeployError as error:
        print(error, file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return ExitCode.INTERRUPTED
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(PROGRAM, description=__doc__, allow_abbrev=False)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    plan = verbs.add_parser("plan", help="show what would change, and whether it is wider")
    plan.add_argument(
        "--out", type=Path, metavar="DIR", help="write the plans there, for deploy --plan; may contain secrets"
    )
    plan.add_argument(
        "--detailed-exitcode", action="store_true", help="return 10 if there are changes and nothing is wider"
    )
    deploy = verbs.add_parser("deploy", aliases=["apply"], help="plan, show, ask and apply, one stack after the other")
    deploy.add_argument("--plan", type=Path, metavar="DIR", help="apply exactly these plans")
    for verb in (plan, deploy):
        verb.add_argument(
            "--perimeter",
            type=Path,
            metavar="FILE",
            help="the perimeter of others, as gcloud describes it in JSON, where it cannot be read from here",
        )
        verb.add_argument(
            "--levels",
            type=Path,
            metavar="FILE",
            help="with hand_over: its policy's access levels, as gcloud lists them in JSON, next to --perimeter",
        )
    destroy = verbs.add_parser("destroy", help="destroy both stacks, Google's first")
    for verb in (plan, deploy, destroy):
        verb.add_argument(
            "--accept", action="append", default=[], metavar="DIGEST", help="accept what plan printed as wider"
        )
    verbs.add_parser("lock", help="lock the providers' versions for linux and macOS")
    verbs.add_parser("undelete", help="print the commands that bring a deleted pool, provider and role back")
    given_over = verbs.add_parser(
        "handover", help="print what the owner of a perimeter adds to it, or write it into files"
    )
    which = given_over.add_mutually_exclusive_group()
    which.add_argument("--format", choices=FORMATS, default="yaml", help="what is printed (default: %(default)s)")
    which.add_argument(
        "--out", type=Path, metavar="DIR", help="write the files of every format there, and print their names"
    )
    verbs.add_parser("adopt", help="print an import for each resource that exists and is in no state")
    terraform = verbs.add_parser(
        "terraform", help="run Terraform in an initialized folder", usage=f"{PROGRAM} terraform STACK -- ARGUMENTS"
    )
    terraform.add_argument("stack", metavar="STACK", help="the name of a stack, such as demo-google")
    end = given.index("--") if "--" in given else len(given)
    args, unknown = parser.parse_known_args(given[:end])
    args.rest = given[end + 1 :]
    if unknown:
        verbs.choices[args.verb].error(f"unrecognized arguments: {' '.join(unknown)}")
    if (args.verb == "terraform") != bool(args.rest):
        verbs.choices[args.verb].error("allowed: `terraform STACK -- ARGUMENTS`, and ARGUMENTS for no other verb")
    args.accept = [accepted_digest(text) for text in getattr(args, "accept", [])]
    return args


def _run(args: argparse.Namespace, environment: str, stacks: list[Stack]) -> int:
    match args.verb:
        case "plan" | "deploy" | "apply" | "destroy":
            files = Files(getattr(args, "perimeter", None), getattr(args, "levels", None))
            return _planned(args, SavedPlanRun(environment, stacks, summary, args.accept, files))
        case "lock":
            lock(environment, stacks, binary())
        case "undelete":
            print("\n".join(undelete.commands(environment, stacks)))
        case "adopt":
            print("\n".join(adopt.commands(environment, stacks)))
        case "handover":
            _hand_over(args, environment, stacks)
        case "terraform":
            _terraform(args.stack, args.rest, environment, stacks)
    return ExitCode.DONE


def _planned(args: argparse.Namespace, run: SavedPlanRun) -> int:
    try:
        if args.verb == "plan":
            code = run.save(args.out) if args.out else run.plan()
            return ExitCode.DONE if code == ExitCode.CHANGES and not args.detailed_exitcode else code
        if args.verb == "destroy":
            run.destroy()
        elif args.plan:
            run.apply(args.plan)
        else:
            run.deploy()
    finally:
        for digest in sorted(run.unused):
            print(f"note: --accept {digest} is the digest of no plan here", file=sys.stderr)
    return ExitCode.DONE


def _hand_over(args: argparse.Namespace, environment: str, stacks: list[Stack]) -> None:
    document = hand_over.of(stacks)
    if document is None:
        raise DeployError(f"environment {environment!r} hands nothing over; allowed: one with perimeter.hand_over")
    names = stacks[-1].dependencies if "data" in document else ()  # addresses in the settings need no state
    states = {one.name: state_of(one, environment) for one in stacks if one.name in names}
    found = hand_over.resolve(document, stacks, states)
    if args.out:
        print("\n".join(f"{args.out / name}" for name in hand_over_files.write(found, args.out)))
    else:
        print(hand_over_files.text(found, args.format), end="")


def _terraform(name: str, arguments: list[str], environment: str, stacks: list[Stack]) -> None:
    """Run Terraform in one stack's folder. What is applied without the guard is not run."""
    known = {stack.name: stack for stack in stacks}
    if name not in known:
        raise DeployError(f"terraform: got stack {name!r}; allowed: {', '.join(known)}")
    if arguments[0] in UNGUARDED:
        raise DeployError(f"terraform: got {arguments[0]!r}, which has no guard; use `deploy` or `destroy`")
    if arguments[0].startswith("-"):  # `-chdir=. apply` would be an apply too
        raise DeployError(
            f"terraform: got the global option {arguments[0]!r}; allowed: a command first, such as `output`"
        )
    terraform = Terraform(known[name], environment)
    terraform.init()
    terraform.run(*arguments)


if __name__ == "__main__":
    sys.exit(main())
