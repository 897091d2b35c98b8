"""How a run ends when it does not end well: one message, one exit code, never a traceback."""

from deploy.exit_codes import ExitCode


class DeployError(Exception):
    """Usage or settings are wrong, or something is missing."""

    code = ExitCode.USAGE


class Failed(DeployError):
    """Terraform or the synthesis failed, and has printed why."""

    code = ExitCode.FAILED


class Conflict(Failed):
    """An apply ended only because somebody else wrote the perimeter at the same time."""


class Unreadable(DeployError):
    """A file is not what cdktf or Terraform writes."""

    code = ExitCode.FAILED


class Refused(DeployError):
    """The guard refused the plan: an absolute rule is broken."""

    code = ExitCode.REFUSED


class NotConfirmed(DeployError):
    """The plan was not confirmed, or what it widens was not accepted."""

    def __init__(self, message: str, code: ExitCode = ExitCode.WIDER) -> None:
        super().__init__(message)
        self.code = code


class Undecided(DeployError):
    """What would be applied cannot be read, so it cannot be decided."""

    code = ExitCode.UNDECIDED


class PlanAgain(DeployError):
    """What was planned no longer fits what is there."""

    code = ExitCode.PLAN_AGAIN
