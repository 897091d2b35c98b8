"""A command of this program as text that people copy."""

import shlex


def command(environment: str, *words: str) -> str:
    """The line that runs `python -m deploy WORDS` for an environment, from the checkout."""
    return f"ENVIRONMENT={shlex.quote(environment)} {shlex.join(['.venv/bin/python', '-m', 'deploy', *words])}"


def terraform(environment: str, stack: str, *arguments: str) -> str:
    """The line that runs Terraform in an initialized folder of a stack."""
    return command(environment, "terraform", stack, "--", *arguments)
