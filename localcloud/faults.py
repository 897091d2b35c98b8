"""Fault injection at the n-th request that matches: an error, a lost connection, a slow answer, a call-back.

cloud.faults.add(InjectedFault(r"POST https://ec2\\..*#AllocateAddress", drop=True, done=True))   # address there, answer lost
"""

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from .aws import errors
from .google.api_call import ApiError
from .proxy import Request, Response

_FORMS = {
    403: ("AccessDenied", "PERMISSION_DENIED", "forbidden"),
    409: ("ConcurrentModification", "ABORTED", "aborted"),
    412: ("PreconditionFailed", "FAILED_PRECONDITION", "conditionNotMet"),
    429: ("Throttling", "RESOURCE_EXHAUSTED", "rateLimitExceeded"),
    500: ("InternalFailure", "INTERNAL", "internalError"),
    503: ("ServiceUnavailable", "UNAVAILABLE", "backendError"),
}
"""AWS's code, Google's status and its reason, by HTTP status."""


@dataclass
class InjectedFault:
    """One mishap, at some of the requests that match.

    These are number `at` to `at + times - 1` of those in whose line `matching` (a regular expression) is found. A line is `METHOD https://host/path`, for AWS with `#Action`. `done`: the cloud does the work first.
    Several of `status` (403, 409, 412, 429, 500 or 503, with a body as that cloud writes it; ValueError for another), `drop` (the connection ends without an
    answer), `delay` (seconds until the answer) and `call` (called before an answer is given) may be combined. A delay is outside of
    the clouds' locks: others are answered meanwhile, so what was read or is to be written is old by then.
    """

    matching: str
    status: int = 0
    drop: bool = False
    delay: float = 0
    call: Callable[[Request], None] | None = None
    done: bool = False
    at: int = 1
    times: int = 1
    seen: int = 0
    """How many requests matched so far."""

    def __post_init__(self) -> None:
        if self.status and self.status not in _FORMS:
            raise ValueError(f"status: got {self.status}, which is none of {', '.join(map(str, _FORMS))}")

    @property
    def happened(self) -> bool:
        """Whether it has come to pass at all."""
        return self.seen >= self.at


class Faults:
    """The mishaps to come; several may befall one request, and the first that answers wins."""

    def __init__(self) -> None:
        self._faults: list[InjectedFault] = []
        self._lock = threading.Lock()

    def add(self, fault: InjectedFault) -> InjectedFault:
        """Plan a mishap."""
        re.compile(fault.matching)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._faults.clear()

    def around(self, request: Request, handler: Callable[[Request], Response]) -> Response:
        """The handler's answer, or what became of it."""
        due = self._due(line(request))
        for fault in due:
            if not fault.done and (answer := _inject(fault, request)):
                return answer
        answer = handler(request)
        for fault in due:
            if fault.done and (lost := _inject(fault, request)):
                return lost
        return answer

    def _due(self, text: str) -> list[InjectedFault]:
        due = []
        with self._lock:
            for fault in self._faults:
                if re.search(fault.matching, text):
                    fault.seen += 1
                    if fault.at <= fault.seen < fault.at + fault.times:
                        due.append(fault)
        return due


def _inject(fault: InjectedFault, request: Request) -> Response | None:
    if fault.call:
        fault.call(request)
    time.sleep(fault.delay)
    if fault.drop:
        return Response(raw=b"")
    return error(request, fault.status) if fault.status else None


def line(request: Request) -> str:
    """A request in one line: `POST https://iam.amazonaws.com/#CreateRole`."""
    action = errors.action(request) if request.host.endswith(".amazonaws.com") else ""
    return f"{request.method} {request.scheme}://{request.host}{request.path}" + (f"#{action}" if action else "")


def error(request: Request, status: int) -> Response:
    """An error with this HTTP status, in the form of the cloud that was asked."""
    code, name, reason = _FORMS[status]
    message = f"the local cloud was told to answer {status}"
    if request.host.endswith(".amazonaws.com"):
        return errors.error(request, status, code, message)
    if urlsplit(f"//{request.host}{request.path}").path == "/v1/token":
        return Response(status, json.dumps({"error": "server_error", "error_description": message}).encode())
    return ApiError(status, name, message, reason=reason).response()
