"""What answers under each host name: AWS metadata and STS, Google STS, IAM Credentials, Gemini, checkip."""

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from localcloud.proxy import Request, Response

from . import aws, google

Fault = Response | Callable[[Request], Response | None]


@dataclass
class Cloud:
    """One AWS account and one Google project, with every knob that a test turns.

    `faults` maps a service (metadata, container, aws-sts, sts, iamcredentials, gemini, checkip) to what answers in its
    place; a callable may return None to let the real one answer. `log` has every request, as (service, method, path).
    """

    role: str = "demo-app-role"
    zone: str = "ap-northeast-1a"
    account: str = "123456789012"
    number: str = "345678901234"
    service_account: str = "demo-app@my-project.iam.gserviceaccount.com"
    direct: bool = False
    answer: str = "Google Cloudは、Googleが提供するクラウドサービスです。"
    condition: Callable[[str], bool] = bool
    allowed: frozenset[str] | None = None
    restricted: frozenset[str] = frozenset({"aiplatform.googleapis.com"})
    imdsv2_required: bool = True
    clock_ahead: float = 0
    """Seconds that the cloud's clocks are ahead of this machine's."""
    faults: dict[str, Fault] = field(default_factory=dict)
    keys: aws.Keys = field(default_factory=aws.Keys)
    tokens: google.Tokens = field(default_factory=google.Tokens)
    log: list[tuple[str, str, str]] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    bodies: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def arn(self) -> str:
        """The caller as AWS names it."""
        return f"arn:aws:sts::{self.account}:assumed-role/{self.role}/i-0123456789abcdef0"

    @property
    def secrets(self) -> list[str]:
        """Everything that must never be printed."""
        return [self.keys.secret, self.keys.token, self.keys.session, *self.tokens.all]

    def __call__(self, request: Request) -> Response:
        service = service_of(request.host)
        with self._lock:
            self.log.append((service, request.method, request.path))
            self.hosts.add(request.host)
            self.bodies[service].append(request.body)
        fault = self.faults.get(service)
        response = fault(request) if callable(fault) else fault
        if response is None:
            response = _SERVICES.get(service, _unknown)(self, request)
        if self.clock_ahead and "Date" not in response.headers:
            response.headers["Date"] = aws.http_date(self.clock_ahead)
        return response


def service_of(host: str) -> str:
    """The service behind a host name."""
    if host in ("169.254.169.254", "fd00:ec2::254"):
        return "metadata"
    if "aiplatform" in host and host.endswith(".googleapis.com"):
        return "gemini"
    if host.startswith("sts.") and host.endswith(".amazonaws.com"):
        return "aws-sts"
    if host in ("169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost", "::1") or host.startswith("127."):
        return "container"
    return "checkip" if host == "checkip.amazonaws.com" else host.split(".")[0]


def _unknown(_: Cloud, request: Request) -> Response:
    return Response(404, f"no such host in this cloud: {request.host}".encode())


_SERVICES: dict[str, Callable[[Cloud, Request], Response]] = {
    "metadata": aws.metadata,
    "container": aws.container,
    "aws-sts": aws.sts,
    "checkip": aws.checkip,
    "sts": google.exchange,
    "iamcredentials": google.generate_access_token,
    "gemini": google.generate_content,
}
