"""moto, called in process: no port, one request at a time, for the identity that signed it."""

import functools
import re
import threading
import traceback

from moto.core.base_backend import BackendDict
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import EnvironBuilder, run_wsgi_app

from localcloud.proxy import Request, Response

from . import errors, keys, moto_patches, trust
from .sigv4 import Refused, verify

_TOKEN = re.compile(rb"&ClientToken=[^&]")
_NOT_AWS = ("/moto-api", "/latest/")


class Moto:
    """AWS's regional and global endpoints. There is one AWS in a process: moto keeps its state in the process itself."""

    def __init__(self) -> None:
        moto_patches.apply()
        self.lock = threading.RLock()
        """Held while a request is answered, and while moto's models are read."""
        self.failures: list[str] = []
        """Tracebacks of what moto could not answer."""
        self._repeated: dict[tuple[str, str, bytes], Response] = {}
        """Answers to requests with a client token ("Ensuring idempotency in Amazon EC2 API requests")."""
        self._application = one = DomainDispatcherApplication(create_backend_app)
        # Without this, moto lists its folders twice for each request, to find the backend of a host.
        one.get_backend_for_host = functools.cache(one.get_backend_for_host)
        self.reset()

    def reset(self) -> None:
        """Forget everything: no account has anything but what AWS puts there."""
        for backends in list(BackendDict._instances):
            backends.clear()
        BackendDict._instances.clear()
        self._repeated.clear()
        keys.forget()

    def __call__(self, request: Request) -> Response:
        """AWS's answer, in the account of the key that signed; AWS's refusal if the signature is not right."""
        with self.lock:
            try:
                caller = verify(request.method, url(request), request.headers, keys.find, body=request.body)
            except Refused as refused:
                return errors.unauthenticated(request, refused.code, refused.message)
            if errors.action(request) == trust.ASSUME and (denied := trust.refusal(request, caller)):
                return errors.error(request, 403, "AccessDenied", denied)
            try:
                return self._once(request, caller["account"])
            except Exception:  # noqa: BLE001 (whatever moto raises: nobody gains by asking again, as after a 500)
                self.failures.append(f"{errors.action(request)}: {traceback.format_exc()}")
                return errors.error(
                    request, 400, "UnsupportedOperation", f"the local cloud has no {errors.action(request)}"
                )

    def _once(self, request: Request, account: str) -> Response:
        """The answer; the first one again, if the request repeats its client token."""
        key = account, request.host, request.body
        if key not in self._repeated:
            answer = self._answer(request, account)
            if not (_TOKEN.search(request.body) and answer.status == 200):
                return answer
            self._repeated[key] = answer
        return self._repeated[key]

    def _answer(self, request: Request, account: str) -> Response:
        if request.path.startswith(_NOT_AWS):
            return errors.error(request, 404, "NoSuchPath", f"AWS has no path {request.path}")
        host = request.host.replace(
            ".us-gov.", ".us-gov-west-1."
        )  # moto takes the name before amazonaws.com for a region
        headers = {**request.headers, "host": host, "x-moto-account-id": account}
        for name in ("content-length", "transfer-encoding"):  # of the body as it came, not as it is handed on
            headers.pop(name, None)
        builder = EnvironBuilder(
            method=request.method, base_url=f"https://{host}", path=request.path, headers=list(headers.items()),
            data=request.body,
        )  # fmt: skip
        with moto_patches.alone():
            parts, status, answered = run_wsgi_app(self._application, builder.get_environ(), buffered=True)
        kept = {name: value for name, value in answered.items() if name.lower() != "connection"}
        return Response(int(status.split()[0]), b"".join(parts), kept)


def url(request: Request) -> str:
    """The whole address of a request."""
    return f"{request.scheme}://{request.host}{request.path}"
