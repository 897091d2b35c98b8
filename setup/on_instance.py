"""Run the client's SSM document on instances, and show what it printed: `make smoke` and `make update`.

Needs the aws command, signed in. Region and document come from the settings of ENVIRONMENT. Parameters travel as JSON, so
that a prompt is text and nothing else.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time
from typing import Any

from review.command import PROGRAM
from stacks.settings import SettingsError, load

PENDING = {"Pending", "InProgress", "Delayed", "Cancelling", ""}
# As amazon-ssm-agent marks output of more than 24,000 characters (8,000 of standard error).
TRUNCATED = "--output truncated--"
FAILURES_IN_A_ROW = 5
ON, OFF = ("1", "true", "yes"), ("0", "false", "no", "")


class Refused(Exception):
    """The aws command's own complaint."""


def main() -> int:
    """Exit with the script's own exit code; where instances failed in different ways, with 1.

    2: nothing was sent; 31: it did not end in time; 130: interrupted; 1: it ended otherwise, or nobody knows.
    """
    args = _arguments()
    runs = [Run(instance, args) for instance in args.instance]
    try:
        for run in runs:
            run.send()
        _wait(runs, args.deadline)
    except KeyboardInterrupt:
        under_way = ", ".join(run.command for run in runs if run.command and run.code is None)
        print(
            f"interrupted; {f'the command {under_way} goes on' if under_way else 'nothing is known'}", file=sys.stderr
        )
        return 130
    if runs[1:]:
        print("\n".join(f"{run.instance}: {_outcome(run.code)}" for run in runs), file=sys.stderr)
    codes = {run.code or 0 for run in runs} - {0}
    return codes.pop() if len(codes) == 1 else min(len(codes), 1)


class Run:
    """A command on one instance. `code` is its exit code, None until it has ended."""

    def __init__(self, instance: str, args: argparse.Namespace) -> None:
        self.instance, self.args, self.command, self.failures = instance, args, "", 0
        self.code: int | None = None

    def send(self) -> None:
        """Send the command. What the aws command refuses is reported, and ends the run."""
        try:
            sent = _aws(
                "send-command",
                *["--region", self.args.region],
                *["--document-name", self.args.document],
                *["--instance-ids", self.instance],
                # An instance that is off or out of reach is known soon, and does not run this when it comes back.
                *["--timeout-seconds", "120"],
                *["--parameters", json.dumps(_parameters(self.args))],
            )
            self.command = sent["Command"]["CommandId"]
        except Refused as error:
            self.end(2, str(error))

    @property
    def asked(self) -> list[str]:
        """The arguments that ask how the command went."""
        place = ["--region", self.args.region, "--command-id", self.command, "--instance-id", self.instance]
        return ["get-command-invocation", *place]

    def ask(self) -> None:
        """Show the result if the command has ended. Gives up when asking fails again and again."""
        try:
            found = _aws(*self.asked)
        except Refused as error:
            # The invocation appears a moment after the command.
            self.failures += "InvocationDoesNotExist" not in str(error)
            if self.failures == FAILURES_IN_A_ROW:
                self.end(1, f"{error}\nthe command was sent, and may be running: aws ssm {' '.join(self.asked)}")
            return
        self.failures = 0
        if found["Status"] not in PENDING:
            self.end(None, "")
            self.code = _show(found)

    def end(self, code: int | None, why: str) -> None:
        """Set the exit code and say why; with several instances, say whose output follows."""
        self.code = code
        if self.args.instance[1:]:
            print(f"--- {self.instance}", file=sys.stderr, flush=True)
        if why:
            print(why, file=sys.stderr, flush=True)


def _wait(runs: list[Run], deadline: float) -> None:
    """Ask, a second apart, until all have ended or `deadline` seconds have passed."""
    end = time.monotonic() + deadline
    while (left := [run for run in runs if run.code is None]) and time.monotonic() < end:
        time.sleep(1)
        for run in left:
            run.ask()
    for run in (run for run in runs if run.code is None):
        run.end(31, f"the command did not end within {deadline:g} s: aws ssm {' '.join(run.asked)}")


def _outcome(code: int | None) -> str:
    return f"failed with exit code {code}" if code else "succeeded"


def _arguments() -> argparse.Namespace:
    shared = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    shared.add_argument("--instance", required=True, type=_instances, help="i-..., several with spaces or commas")
    shared.add_argument("--workload", default="", help="the workload of the instance, if there are several")
    shared.add_argument("--document", default="", help="name of the SSM document (default: the workload's)")
    shared.add_argument("--region", default="", help="AWS region (default: that of the settings)")
    switch: dict[str, Any] = {"type": _switch, "nargs": "?", "const": True, "default": False}
    shared.add_argument("--prompt", default="", help="smoke: the question")
    shared.add_argument("--json", help="smoke: print JSON", **switch)
    shared.add_argument("--expect-denied", help="smoke: succeed if the perimeter denies the call", **switch)
    shared.add_argument("--no-egress", help="smoke: leave the egress check out", **switch)
    shared.add_argument("--deadline", type=float, default=900, help="seconds (900)")
    parser = argparse.ArgumentParser(PROGRAM, description=__doc__, allow_abbrev=False)
    actions = parser.add_subparsers(dest="action", required=True)
    for action in ("update", "smoke"):
        actions.add_parser(action, parents=[shared], allow_abbrev=False)
    args = parser.parse_args()
    if args.action == "update" and (args.prompt or args.json or args.expect_denied or args.no_egress):
        parser.error("--prompt, --json, --expect-denied and --no-egress are for smoke")
    if re.search(r"\{\{\s*ssm", args.prompt):
        parser.error("the prompt holds {{ssm...}}: Systems Manager would put a stored parameter in its place")
    if len(args.prompt) > 4000:
        parser.error(f"the prompt has {len(args.prompt)} characters: the document takes 4000")
    if not (args.document and args.region):
        try:
            _from_settings(args, parser)
        except SettingsError as error:
            parser.error(str(error))
    return args


def _instances(value: str) -> list[str]:
    """The instances that make's command line names, each once."""
    found = list(dict.fromkeys(re.split(r"[\s,]+", value.strip())))
    if wrong := [one for one in found if not re.fullmatch(r"m?i-[0-9a-f]{8,17}", one)]:
        raise argparse.ArgumentTypeError(
            f"INSTANCE: got {wrong[0]!r}; allowed: an instance's id, as in INSTANCE=i-0123456789abcdef0, "
            'or several of one workload, as in INSTANCE="i-0123456789abcdef0 i-0123456789abcdef1"'
        )
    return found


def _switch(value: str) -> bool:
    """Whether a switch of make's command line is on, as JSON=1 is."""
    if value.lower() not in (*ON, *OFF):
        raise argparse.ArgumentTypeError(f"got {value!r}; allowed: {', '.join(ON)}, {', '.join(OFF[:-1])} or nothing")
    return value.lower() in ON


def _from_settings(args: argparse.Namespace, p: argparse.ArgumentParser) -> None:
    settings = load(os.environ.get("ENVIRONMENT", "example"))
    args.region = args.region or settings.aws.region
    ours = {workload.name: workload for workload in settings.instances}
    name = args.workload or (next(iter(ours)) if len(ours) == 1 else "")
    if not args.document:
        if name not in ours:
            p.error(f"WORKLOAD is {args.workload!r}: those with an instance are {', '.join(ours) or 'none'}")
        args.document = settings.document_name(ours[name])


def _parameters(args: argparse.Namespace) -> dict[str, list[str]]:
    if args.action == "update":
        return {"action": ["update"]}
    switches = {"json": args.json, "expectDenied": args.expect_denied}
    return {
        "action": ["smoke"],
        "prompt": [args.prompt],
        **{name: [str(on).lower()] for name, on in switches.items()},
        **({"noEgress": ["true"]} if args.no_egress else {}),  # documents of earlier releases do not take it
    }


def _show(found: dict[str, Any]) -> int:
    for name, stream in (("StandardOutputContent", sys.stdout), ("StandardErrorContent", sys.stderr)):
        text = found.get(name) or ""
        print(text, end="" if not text or text.endswith("\n") else "\n", file=stream, flush=True)
        if TRUNCATED in text[-100:]:
            print("Systems Manager cut the output off: on the instance, `keyless` shows all of it", file=sys.stderr)
    code, status = int(found["ResponseCode"]), found["Status"]
    if status == "Success":
        return code if 0 <= code < 256 else 1
    if status == "Failed" and 0 < code < 256:
        return code
    # Not sent, timed out, cancelled: the code is -1, or of nothing that ran.
    print(f"the command ended as {found.get('StatusDetails') or status}", file=sys.stderr)
    return 31 if status == "TimedOut" else 1


def _aws(*arguments: str) -> dict[str, Any]:
    command = ["aws", "ssm", *arguments, "--output", "json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except FileNotFoundError:
        raise Refused("the aws command is missing: install the AWS CLI") from None
    except subprocess.TimeoutExpired:
        raise Refused("the aws command did not answer within 60 s") from None
    if done.returncode:
        raise Refused(done.stderr.strip() or f"the aws command ended with {done.returncode}")
    return dict(json.loads(done.stdout))


if __name__ == "__main__":
    sys.exit(main())
