"""AWS's error bodies: each protocol writes them in its own form."""

import json
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from localcloud.proxy import Request, Response

_REQUEST_ID = "00000000-0000-4000-8000-000000000000"


def action(request: Request) -> str:
    """The name of an AWS operation (AllocateAddress), "" where the path is all there is."""
    if target := request.headers.get("x-amz-target"):
        return target.rpartition(".")[2]
    return parameters(request).get("Action", "")


def parameters(request: Request) -> dict[str, str]:
    """What an operation of the query protocol is called with, in the URL or in the body."""
    form = request.body if "form" in request.headers.get("content-type", "") else b""
    query = urlsplit(request.path).query or form.decode(errors="replace")
    return {name: values[0] for name, values in parse_qs(query).items()}


def error(request: Request, status: int, code: str, message: str) -> Response:
    """A refusal in the form of the service that was asked."""
    if "x-amz-target" in request.headers:
        body = json.dumps({"__type": code, "message": message})
        return Response(status, body.encode(), {"Content-Type": "application/x-amz-json-1.1"})
    inner = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if request.host.startswith("ec2."):
        text = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{_REQUEST_ID}</RequestID></Response>"
    else:
        kind = "Sender" if status < 500 else "Receiver"
        text = f"<ErrorResponse><Error><Type>{kind}</Type>{inner}</Error><RequestId>{_REQUEST_ID}</RequestId></ErrorResponse>"
    return Response(status, text.encode(), {"Content-Type": "text/xml"})


def unauthenticated(request: Request, code: str, message: str) -> Response:
    """What a service says to a signature that it does not accept: the same cause, in its own words."""
    if request.host.startswith("ec2."):
        return error(request, 401, "AuthFailure", "AWS was not able to validate the provided access credentials")
    if "x-amz-target" in request.headers:
        named = {
            "InvalidClientTokenId": "UnrecognizedClientException",
            "SignatureDoesNotMatch": "InvalidSignatureException",
        }
        return error(request, 400, named.get(code, f"{code}Exception"), message)
    return error(request, 403, code, message)
