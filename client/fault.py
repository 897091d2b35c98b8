"""What can go wrong, by layer: the number is the exit code, and part of the contract."""

import enum
import functools
from typing import Any

from .redact import clean

LONGEST = 3000  # characters of a cause: Google's own sentence is shown in full


class Layer(enum.IntEnum):
    """Exit codes. 0 is success, 130 is Ctrl-C; everything else is here."""

    UNEXPECTED = 1
    CONFIGURATION = 2
    CLOCK = 3
    METADATA = 10
    AWS_IDENTITY = 11
    TOKEN_EXCHANGE = 12
    IMPERSONATION = 13
    EGRESS = 14
    PERIMETER = 20
    IAM = 21
    API_DISABLED = 22
    MODEL_OR_LOCATION = 23
    QUOTA = 24
    GEMINI = 25
    NETWORK = 30
    TIMEOUT = 31
    NOT_DENIED = 40


class Fault(Exception):
    """A classified failure: `cause` in one sentence, the exact `fix`, and what was `not_cause`.

    `identifier` is the unique identifier of a perimeter violation, for the audit log, and `service` the API that the
    perimeter denied. `transient` says that the same call may pass in a moment.
    """

    def __init__(
        self,
        layer: Layer,
        cause: str,
        fix: str,
        not_cause: str = "",
        *,
        identifier: str = "",
        service: str = "",
        transient: bool = False,
    ) -> None:
        self.layer, self.cause = layer, clean(cause, LONGEST)
        self.fix, self.not_cause = clean(fix, 1500), clean(not_cause)
        super().__init__(f"{self.cause} (fix: {self.fix})" if fix else self.cause)
        self.identifier, self.service, self.transient = clean(identifier), service, transient

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy or a pickle has neither frames nor the exceptions before it: they hold answers of hosts."""
        kept: dict[str, Any] = {"identifier": self.identifier, "service": self.service, "transient": self.transient}
        return functools.partial(Fault, **kept), (self.layer, self.cause, self.fix, self.not_cause)


class Skip(Exception):
    """A check that has nothing to do here; the message says why."""
