"""Both clouds on loopback: who calls, from which address, and who answers.

    with local_cloud() as cloud:
        subprocess.run(["terraform", "apply"], env={**os.environ, **cloud.deployer_environment()})
        subprocess.run(["python", "-m", "client", "doctor"], env={**os.environ, **cloud.instance_environment("i-...")})

A caller's proxy address names it: `http://203.0.113.7:x@...` comes from that address; `http://i-0abc...:x@...` is that
instance, whose address is found again at each request as AWS would route it; `i-0abc...~1` is one network hop away from
it, as a container on it is. `http://project-345678901234:x@...` is a machine at Google, in the project with this number.
"""

import contextlib
import dataclasses
import json
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .aws import backends
from .aws.callers import Caller
from .aws.cloud import LINK_LOCAL, NOTHING, Aws
from .aws.egress import NoInternetRoute
from .faults import Faults, line
from .google.errors import refusal
from .google.state import State
from .journal import KINDS, Journal, attempt
from .proxy import Proxy, Request, Response
from .store import Store

ACCOUNT = "123456789012"
DEPLOYER = ("192.0.2.100", "ya29.deployer")
"""Where Terraform runs, and its access token at Google."""
INTERNAL = "localcloud.internal"
_ONE = threading.Lock()
Google = Callable[[Request], Response]


class LocalCloud:
    """One AWS and one Google. There is one in a process: moto keeps its state in the process itself.

    `google` makes what answers requests to *.googleapis.com, given this cloud: its `aws.verify` and `decided` are what
    Google asks and tells, and `state` is all it knows. `account` is the AWS account that Terraform works in. `folder`
    gets the authority's certificate; `store` is read first, and kept up to date: ValueError if it cannot be read.
    """

    def __init__(
        self,
        folder: Path,
        google: "Callable[[LocalCloud], Google]",
        *,
        store: Store | None = None,
        account: str = ACCOUNT,
        port: int = 0,
    ) -> None:
        self.aws, self.journal, self.faults, self.lock = Aws(account), Journal(), Faults(), threading.RLock()
        self.store = store
        self._answered: deque[tuple[str, Response]] = deque(maxlen=256)
        """The newest answers to AWS SDKs, by invocation. The aws provider repeats one answered request in 10,000."""
        self.state = store.read() if store else State()
        self.google = google(self)
        self.proxy = Proxy(self.answer, folder, self._refusal, port)
        if store:
            store.keep(self._snapshot)

    def answer(self, request: Request) -> Response:
        """Answer a request in process, as the proxy would; `egress` is the user name of its proxy address."""
        caller, started = request.egress, time.monotonic()
        instance, _, hops = caller.partition("~") if caller.startswith("i-") else ("", "", "")
        entry = self.journal.write(
            "request", caller=caller, egress="", host=request.host, method=request.method, path=request.path,
            operation=line(request), status=0, **attempt(request.headers),
        )  # fmt: skip
        try:
            if instance and request.host not in (*LINK_LOCAL, INTERNAL):
                request = dataclasses.replace(request, egress=self.aws.address(instance))
            entry["egress"] = request.egress
            answer = self._again(entry) or self.faults.around(
                request, lambda asked: self._handle(asked, instance, int(hops or 0))
            )
        except NoInternetRoute as lost:
            entry["lost"] = str(lost)
            answer = NOTHING
        if self.store:
            self.store.touch(request, entry["operation"].partition("#")[2])
        entry["status"] = 0 if answer.raw is not None else answer.status
        if "invocation" in entry and entry["status"] == 200:
            self._answered.append((entry["invocation"], answer))
        if answer.status >= 400 and request.host.endswith(".googleapis.com"):
            entry["refusal"] = refusal(answer.body)
        entry["seconds"] = round(time.monotonic() - started, 3)
        return dataclasses.replace(answer, broken=lambda why: entry.update(broken=why))

    def _again(self, entry: dict[str, Any]) -> Response | None:
        """The answer that an earlier attempt got. An answer that a fault kept from the caller does not count."""
        invocation = entry.get("invocation") if "attempt" in entry else None
        return next((answer for one, answer in list(self._answered) if one == invocation), None)

    def decided(self, call: Any, decision: Any) -> None:
        """Write what Google decided (policy.decision.Decision) on one of its calls into the journal."""
        self.journal.write(
            "decision", service=call.service, method=call.method, egress=call.request.egress,
            principals=sorted(getattr(call.identity, "principals", [])),
            **{side: dict(vars(verdict)) for side, verdict in vars(decision).items()},
        )  # fmt: skip

    def environment(self, egress: str) -> dict[str, str]:
        """The variables of a process that reaches this cloud from an address; no identity comes with it."""
        return self.proxy.environment(egress)

    def deployer_environment(self) -> dict[str, str]:
        """The variables for plan, apply and destroy. Start `terraform init` without them: it needs the outside."""
        address, token = DEPLOYER
        return {**self.environment(address), **self.aws.deployer(), "GOOGLE_OAUTH_ACCESS_TOKEN": token}

    def instance_environment(self, id: str, hops: int = 0) -> dict[str, str]:
        """The variables of a process on an instance that Terraform created, or `hops` network hops away from it."""
        return self.environment(f"{id}~{hops}" if hops else id)

    def as_caller(
        self, role: str, *, address: str, account: str = "", session: str = "session", region: str = "ap-northeast-1"
    ) -> Caller:
        """A session of a role that Terraform did not make, from an address that it did not either.

        The role is made if its account has none of this name. `environment(address) | caller.keys` (or
        `caller.container`) are the variables of its process.
        """
        return self.aws.caller(role, account=account, session=session, address=address, region=region)

    def close(self) -> None:
        """Stop listening."""
        self.proxy.close()

    def _handle(self, request: Request, instance: str, hops: int) -> Response:
        if self.aws.has(request.host):
            return self.aws(request, instance, hops)
        if request.host.endswith(".googleapis.com"):
            with self.lock:
                return self.google(request)
        where = urlsplit(request.path)
        if (request.host, where.path) == (INTERNAL, "/journal"):
            asked = dict(parse_qsl(where.query))
            kind, since = asked.get("kind", ""), asked.get("since", "0")
            if kind not in ("", *KINDS) or not since.isdecimal():
                allowed = f"allowed: kind={' or '.join(KINDS)}, and since=NUMBER, how many entries to leave out"
                return Response(400, f"journal: got {where.query!r}, {allowed}\n".encode())
            return Response(200, self.journal.json(kind, int(since)), {"Content-Type": "application/x-ndjson"})
        return Response(404, f"no such host or path in the local cloud: {request.host}{request.path}\n".encode())

    def _snapshot(self) -> tuple[bytes, str]:
        with self.lock, self.aws.moto.lock:
            return backends.dump(), json.dumps(self.state.json(), indent=1)

    def _refusal(self, caller: str, host: str) -> tuple[int, str] | None:
        """Why there is no tunnel to a host."""
        if not (self.aws.has(host) or host.endswith(".googleapis.com")):
            reason = f"no such host in the local cloud: {host}"
        elif caller.startswith("i-"):
            try:
                self.aws.address(caller.partition("~")[0])
            except NoInternetRoute as lost:
                reason = f"no internet route: {lost}"
            else:
                return None
        else:
            return None
        self.journal.write(
            "request", caller=caller, egress="", host=host, method="CONNECT", path="", status=0, lost=reason
        )
        return (504 if reason.startswith("no internet") else 403), reason


def no_google(_: LocalCloud) -> Google:
    """For AWS alone: nothing answers at Google."""
    return lambda request: Response(501, f"this local cloud has no Google: {request.host}\n".encode())


def whole_google(**options: Any) -> Callable[[LocalCloud], Google]:
    """All of Google's half; options are localcloud.google.pipeline.Google's (lag, enabling, polls, now)."""

    def make(cloud: LocalCloud) -> Google:
        from .google.pipeline import Google as Whole  # noqa: PLC0415 (half a second that AWS alone does not need)

        return Whole(cloud.state, verify=cloud.aws.verify, decided=cloud.decided, **options)

    return make


@contextlib.contextmanager
def local_cloud(folder: Path | None = None, **options: Any) -> Iterator[LocalCloud]:
    """The clouds until the block ends, their state in memory or in a folder; options are LocalCloud's.

    `google`: whole_google(...) by default, no_google for AWS alone. RuntimeError if this process has clouds already.
    """
    with contextlib.ExitStack() as ends:
        if not _ONE.acquire(blocking=False):
            raise RuntimeError("this process has a local cloud already, and moto's state is the process's own")
        ends.callback(_ONE.release)
        certificate = folder or Path(ends.enter_context(tempfile.TemporaryDirectory()))
        store = ends.enter_context(contextlib.closing(Store(folder))) if folder else None
        cloud = LocalCloud(certificate, options.pop("google", None) or whole_google(), store=store, **options)
        ends.callback(cloud.close)
        yield cloud
