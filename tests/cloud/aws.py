"""The instance's metadata service (v2), a container's credentials, STS, checkip."""

from __future__ import annotations

import datetime
import email.utils
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from localcloud.aws import sigv4
from localcloud.proxy import Request, Response

if TYPE_CHECKING:
    from .cloud import Cloud

_META = "/latest/meta-data/"


@dataclass
class Keys:
    """Real-looking keys of the role, and the metadata service's session token."""

    id: str = "ASIAQ3EGUXK7N2VTBL4D"
    secret: str = "8hT/x2Qm+VfW0dJk7Lr5ZpYc3NsAoE9uGiBtRw1X"
    token: str = "IQoJb3JpZ2luX2VjEKz//////////wEaDmFwLW5vcnRoZWFzdC0xIkcwRQIhANq7" + "FwoGZXIvYXdzEBYaD" * 8 + "=="
    session: str = "AQAEAKx7t0jB6S4mQ2vYpL9ZcR1nDfHwUeXgTsIoPbNaMkVqJz3yFA=="
    container: str = "Container-Authorization-7f3a9c5e1b2d"
    web_identity: str = (
        "eyJhbGciOiJSUzI1NiJ9."
        "eyJpc3MiOiAiaHR0cHM6Ly9vaWRjLmVrcy5hcC1ub3J0aGVhc3QtMS5hbWF6b25hd3MuY29tL2lkL0VYQU1QTEUiLCAic3ViIjogInN5c3RlbTpzZXJ2aWNlYWNjb3VudDpzaG9wOmFwcCIsICJhdWQiOiBbInN0cy5hbWF6b25hd3MuY29tIl19"
        ".c2lnbmF0dXJlLW9mLXRoZS1jbHVzdGVy"
    )
    """Of system:serviceaccount:shop:app, for sts.amazonaws.com."""
    lifetime: float = 6 * 3600


def http_date(ahead: float = 0) -> str:
    """The Date header of a clock that is `ahead` seconds ahead."""
    return email.utils.formatdate(time.time() + ahead, usegmt=True)


def metadata(cloud: Cloud, request: Request) -> Response:
    """IMDSv2: a token by PUT, 401 without it."""
    if request.path == "/latest/api/token":
        good = request.method == "PUT" and "x-aws-ec2-metadata-token-ttl-seconds" in request.headers
        return _text(cloud.keys.session) if good else Response(400)
    given = request.headers.get("x-aws-ec2-metadata-token")
    if given != cloud.keys.session and (given or cloud.imdsv2_required):
        return Response(401, b"<html>401 - Unauthorized</html>", {"Content-Type": "text/html"})
    folder = _META + "iam/security-credentials"
    if request.path == _META + "instance-id":
        return _text("i-0123456789abcdef0")
    if request.path == _META + "placement/availability-zone":
        return _text(cloud.zone)
    if request.path == _META + "placement/region":
        return _text("-".join(cloud.zone.split("-")[:3]).rstrip("abcdef"))
    if request.path.rstrip("/") == folder and cloud.role:
        return _text(cloud.role)
    if request.path == f"{folder}/{cloud.role}" and cloud.role:
        return _json({"Code": "Success", "Type": "AWS-HMAC", **_credentials(cloud)})
    return Response(404, b"<html>404 - Not Found</html>", {"Content-Type": "text/html"})


def container(cloud: Cloud, request: Request) -> Response:
    """ECS: the task role's credentials."""
    if request.headers.get("authorization", cloud.keys.container) != cloud.keys.container:
        return Response(403, b"{}")
    return _json({"RoleArn": f"arn:aws:iam::{cloud.account}:role/{cloud.role}", **_credentials(cloud)})


def checkip(_: Cloud, request: Request) -> Response:
    """The caller's egress address, with a newline."""
    return _text(request.egress + "\n")


def sts(cloud: Cloud, request: Request) -> Response:
    """GetCallerIdentity, and AssumeRoleWithWebIdentity for whoever has the service account's token."""
    form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
    if form.get("Action") != "AssumeRoleWithWebIdentity":
        return caller_identity(cloud, request)
    if form["WebIdentityToken"] != cloud.keys.web_identity:
        return sts_error(400, "InvalidIdentityToken", "No OpenIDConnect provider found in your account")
    keys = {"SessionToken" if name == "Token" else name: value for name, value in _credentials(cloud).items()}
    credentials = "".join(f"<{name}>{value}</{name}>" for name, value in keys.items())
    role, session = form["RoleArn"].rpartition("/")[2], form["RoleSessionName"]
    return Response(
        200,
        f"""<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <Audience>sts.amazonaws.com</Audience>
    <AssumedRoleUser>
      <AssumedRoleId>AROAQ3EGUXK7EXAMPLE00:{session}</AssumedRoleId>
      <Arn>arn:aws:sts::{cloud.account}:assumed-role/{role}/{session}</Arn>
    </AssumedRoleUser>
    <Credentials>{credentials}</Credentials>
    <SubjectFromWebIdentityToken>system:serviceaccount:shop:app</SubjectFromWebIdentityToken>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata><RequestId>ad4156e9-bce1-11e2-82e6-6b6efEXAMPLE</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>""".encode(),
        {"Content-Type": "text/xml"},
    )


def sts_error(status: int, code: str, message: str) -> Response:
    """An error in the form of AWS's query APIs."""
    text = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    text = f'<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">{text}<RequestId>1</RequestId></ErrorResponse>'
    return Response(status, text.encode(), {"Content-Type": "text/xml"})


def caller_identity(cloud: Cloud, request: Request) -> Response:
    """GetCallerIdentity for whoever calls it directly."""
    url = f"https://{request.host}{request.path}"
    code, _, message = rejection(cloud, request.method, url, request.headers).partition(": ")
    if code:
        return sts_error(403, code, message)
    return Response(200, f"<GetCallerIdentityResponse><Arn>{cloud.arn}</Arn></GetCallerIdentityResponse>".encode())


def rejection(cloud: Cloud, method: str, url: str, headers: dict[str, str]) -> str:
    """Why AWS STS rejects a signed request, code and message; "" if it does not."""
    keys, expires = cloud.keys, float("inf" if cloud.keys.lifetime > 0 else 0)
    key = sigv4.Key(keys.id, keys.secret, cloud.account, cloud.arn, "AROAEXAMPLE", keys.token, expires)
    try:
        sigv4.verify(method, url, headers, {keys.id: key}.get, now=time.time() + cloud.clock_ahead)
    except sigv4.Refused as refused:
        return str(refused)
    return ""


def _credentials(cloud: Cloud) -> dict[str, str]:
    expiry = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=abs(cloud.keys.lifetime) or 3600)
    return {
        "AccessKeyId": cloud.keys.id, "SecretAccessKey": cloud.keys.secret, "Token": cloud.keys.token,
        "Expiration": expiry.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }  # fmt: skip


def _text(text: str) -> Response:
    return Response(200, text.encode(), {"Content-Type": "text/plain"})


def _json(data: object) -> Response:
    return Response(200, json.dumps(data).encode())
