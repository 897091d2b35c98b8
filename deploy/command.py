"""A command of this program as text that people copy."""

import shlex

PYTHON = ".venv/bin/python"


def command(environment: str, *words: str) -> str:
    """The line that runs `python -m deploy WORDS` for an environment, from the checkout."""
    return f"ENVIRONMENT={shlex.quote(environment)} {shlex.join([PYTHON, '-m', 'deploy', *words])}"


def terraform(environment: str, stack: str, *arguments: str) -> str:
    """The line that runs Terraform in an initialized folder of a stack."""
    return command(environment, "terraform", stack, "--", *arguments)
