"""How a run ends when it does not end well: one message, one exit code, never a traceback."""


class DeployError(Exception):
    """Something is missing or not as it must be: exit code 2."""

    code = 2


class TerraformFailed(DeployError):
    """Terraform said no, and has said why: exit code 1."""

    code = 1


class Refused(DeployError):
    """The guard said no: exit code 3."""

    code = 3


class NotConfirmed(DeployError):
    """Nobody said yes: exit code 4."""

    code = 4
