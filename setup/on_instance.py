"""Run the client's SSM document on an instance, and show what it printed: `make smoke` and `make update`.

Needs the aws command, signed in. Parameters travel as JSON, so that a prompt is text and nothing else.
"""

import argparse
import json
import subprocess
import sys
import time

PENDING = {"Pending", "InProgress", "Delayed", ""}


def main() -> int:
    """Exit with the script's own exit code; 2 if the command cannot be sent, 31 if it does not end in time."""
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("action", choices=["update", "smoke"])
    p.add_argument("--document", required=True, help="name of the SSM document")
    p.add_argument("--instance", required=True)
    p.add_argument("--region", required=True)
    p.add_argument("--prompt", default="")
    p.add_argument("--json", action="store_true")
    p.add_argument("--expect-denied", action="store_true")
    p.add_argument("--deadline", type=float, default=900, help="seconds (900)")
    args = p.parse_args()
    parameters = {"action": [args.action]}
    if args.action == "smoke":
        switches = {"json": args.json, "expectDenied": args.expect_denied}
        parameters |= {"prompt": [args.prompt], **{name: [str(on).lower()] for name, on in switches.items()}}
    place = ["--region", args.region]
    sent = _aws(
        "send-command",
        *place,
        "--document-name",
        args.document,
        "--instance-ids",
        args.instance,
        "--parameters",
        json.dumps(parameters),
    )
    if sent is None:
        return 2
    command = sent["Command"]["CommandId"]
    end = time.monotonic() + args.deadline
    while time.monotonic() < end:
        time.sleep(1)
        # The invocation appears a moment after the command.
        found = _aws(
            "get-command-invocation", *place, "--command-id", command, "--instance-id", args.instance, quiet=True
        )
        if found and found["Status"] not in PENDING:
            print(found["StandardOutputContent"], end="")
            print(found["StandardErrorContent"], end="", file=sys.stderr)
            code = int(found["ResponseCode"])
            return code if 0 <= code < 256 else 1
    print(f"the command {command} did not end within {args.deadline:g} s", file=sys.stderr)
    return 31


def _aws(*arguments: str, quiet: bool = False) -> dict | None:
    done = subprocess.run(["aws", "ssm", *arguments, "--output", "json"], capture_output=True, text=True, check=False)
    if done.returncode:
        if not quiet:
            print(done.stderr.strip(), file=sys.stderr)
        return None
    return json.loads(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
