"""A command of this program as text that people copy."""

import shlex

PROGRAM = "./keyperim"


def command(environment: str, *words: str) -> str:
    """The line that runs a verb for an environment, from the checkout."""
    return shlex.join([PROGRAM, "-e", environment, *words])


def terraform(environment: str, stack: str, *arguments: str) -> str:
    """The line that runs Terraform in an initialized folder of a stack."""
    return command(environment, "terraform", stack, "--", *arguments)
