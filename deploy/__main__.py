"""`python -m deploy plan|apply|destroy|lock|undelete|adopt`, for the environment in ENVIRONMENT."""

import argparse
import os
import sys

from deploy import adopt, undelete
from deploy.errors import DeployError
from deploy.lockfile import lock
from deploy.run import Run
from deploy.stacks import synthesized
from deploy.terraform import binary


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    parser.add_argument("command", choices=("plan", "apply", "destroy", "lock", "undelete", "adopt"))
    command = parser.parse_args(arguments).command
    environment = os.environ.get("ENVIRONMENT", "example")
    try:
        _run(command, environment)
    except DeployError as error:
        print(error, file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return 0


def _run(command: str, environment: str) -> None:
    match command:
        case "plan":
            Run(environment).plan()
        case "apply":
            Run(environment).deploy()
        case "destroy":
            Run(environment).destroy()
        case "lock":
            lock(environment, synthesized(environment), binary())
        case "undelete":
            print("\n".join(undelete.commands(synthesized(environment))))
        case "adopt":
            print("\n".join(adopt.commands(environment, synthesized(environment))))


if __name__ == "__main__":
    sys.exit(main())
