"""`python -m deploy.look`: whether perimeters hold what the stacks in cdktf.out attach to them, without Terraform.

`plan` and `deploy` report the same. This is for a machine without Terraform, such as one that runs the simulated demo.
"""

import os
import sys

from deploy import joining, stacks
from deploy.errors import DeployError


def main() -> int:
    """Check each perimeter that the environment in ENVIRONMENT joins. Returns 0, or the exit code of the first problem."""
    try:
        for stack in stacks.synthesized(os.environ["ENVIRONMENT"]):
            joining.after(stack)
    except DeployError as error:
        print(error, file=sys.stderr)
        return error.code
    return 0


if __name__ == "__main__":
    sys.exit(main())
