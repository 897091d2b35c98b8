"""The instance metadata service of instances that exist in moto: IMDSv2, as the instance's metadata options say.

Paths, status codes and the document's fields are those of "Instance metadata and user data" in the Amazon EC2 User Guide.
"""

import base64
import datetime
import json
import secrets
import time
from collections.abc import Callable
from typing import Any

from moto.iam.models import iam_backends

from localcloud.proxy import Request, Response

from . import egress, keys, trust
from .sigv4 import Key

HOSTS = ("169.254.169.254", "fd00:ec2::254")
NOTHING = Response(raw=b"")
"""No answer at all: where packets get lost, a caller waits; here its connection ends at once."""
_RENEWED = 15 * 60
"""Seconds before the end of a role's keys from which on the next ones are handed out."""


class Metadata:
    """Answers for whatever instance asks; sessions and keys are each instance's own."""

    def __init__(self) -> None:
        self._sessions: dict[str, tuple[str, float]] = {}
        self._keys: dict[str, Key] = {}

    def __call__(self, request: Request, id: str, hops: int = 0) -> Response:
        """The answer to instance `id`, or to a container on it `hops` network hops away."""
        instance = egress.instance(id)
        if instance is None or instance.state != "running":
            return NOTHING
        options = instance.metadata_options
        if ":" in request.host and options.http_protocol_ipv6 != "enabled":
            return NOTHING
        if options.http_endpoint != "enabled":
            return _error(403, "Forbidden")
        if request.path == "/latest/api/token":
            # The limit is the time to live of the answer's packets: 1 does not leave the instance.
            return self._session(request, id) if hops < int(options.http_put_response_hop_limit) else NOTHING
        given = request.headers.get("x-aws-ec2-metadata-token")
        holder, until = self._sessions.get(given or "", ("", 0.0))
        if (given or options.http_tokens == "required") and (holder != id or until < time.time()):
            return _error(401, "Unauthorized")
        if request.method not in ("GET", "HEAD"):
            return _error(405, "Method Not Allowed")
        return _text(_leaf(self._tree(instance), request.path))

    def _session(self, request: Request, id: str) -> Response:
        seconds = request.headers.get("x-aws-ec2-metadata-token-ttl-seconds", "")
        if request.method != "PUT":
            return _error(405, "Method Not Allowed")
        if "x-forwarded-for" in request.headers:
            return _error(403, "Forbidden")
        if not (seconds.isascii() and seconds.isdigit() and 1 <= int(seconds) <= 21600):
            return _error(400, "Bad Request")
        token = secrets.token_urlsafe(40) + "=="
        self._sessions[token] = (id, time.time() + int(seconds))
        headers = {"Content-Type": "text/plain", "X-Aws-Ec2-Metadata-Token-Ttl-Seconds": seconds}
        return Response(200, token.encode(), headers)

    def _tree(self, instance: Any) -> dict[str, Any]:
        """What can be asked for: folders, and texts or what makes them."""
        zone, region = instance.placement.zone, instance.ec2_backend.region_name
        profile = _profile(instance)
        role = profile.roles[0] if profile and profile.roles else None
        iam: dict[str, Any] = {}
        if profile:
            iam["info"] = _json(Code="Success", InstanceProfileArn=profile.arn, InstanceProfileId=profile.id)
        if role:
            iam["security-credentials"] = {role.name: lambda: self._credentials(instance, role)}
        metadata = {
            "ami-id": instance.image_id,
            "instance-id": instance.id,
            "instance-type": instance.instance_type,
            "local-ipv4": instance.private_ip,
            "mac": instance.nics[0].mac_address,
            "placement": {"availability-zone": zone, "region": region},
        } | ({"iam": iam} if iam else {})
        dynamic = {"instance-identity": {"document": lambda: _document(instance, zone, region)}}
        data = {"user-data": lambda: base64.b64decode(instance.user_data.as_bytes())} if instance.user_data else {}
        return {"meta-data": metadata, "dynamic": dynamic, **data}

    def _credentials(self, instance: Any, role: Any) -> str:
        if not trust.admits(role, trust.EC2):
            return _json(Code="AssumeRoleUnauthorizedAccess", Message=f"EC2 cannot assume the role {role.name}.")
        kept = self._keys.get(instance.id)
        valid = kept and keys.find(kept.id)
        if not valid or not valid.userid.startswith(role.id) or valid.expires - _RENEWED < time.time():
            valid = keys.assume(role, instance.id, region=instance.ec2_backend.region_name)
            self._keys[instance.id] = valid
        return _json(Code="Success", Type="AWS-HMAC", **credentials(valid))


def credentials(key: Key) -> dict[str, str]:
    """A session's keys, as the metadata services of EC2 and ECS write them."""
    return {
        "LastUpdated": _stamp(datetime.datetime.now(datetime.UTC)),
        "AccessKeyId": key.id,
        "SecretAccessKey": key.secret,
        "Token": key.token,
        "Expiration": _stamp(datetime.datetime.fromtimestamp(key.expires, datetime.UTC)),
    }


def _profile(instance: Any) -> Any | None:
    """The instance profile, as IAM has it now."""
    association = instance.ec2_backend.iam_instance_profile_associations.get(instance.id)
    profiles = iam_backends[instance.owner_id][instance.ec2_backend.partition].instance_profiles.values()
    return association and next((one for one in profiles if one.id == association.iam_instance_profile.id), None)


def _document(instance: Any, zone: str, region: str) -> str:
    return _json(
        accountId=instance.owner_id, architecture=instance.architecture, availabilityZone=zone,
        billingProducts=None, devpayProductCodes=None, marketplaceProductCodes=None, imageId=instance.image_id,
        instanceId=instance.id, instanceType=instance.instance_type, kernelId=None,
        pendingTime=_stamp(instance.launch_time), privateIp=instance.private_ip, ramdiskId=None, region=region,
        version="2017-09-30",
    )  # fmt: skip


def _leaf(tree: dict[str, Any], path: str) -> str | bytes | None:
    """The text at a path, or the list of what is below it; None if there is nothing."""
    node: Any = tree
    for part in path.removeprefix("/latest").strip("/").split("/"):
        node = node.get(part) if isinstance(node, dict) else None
    if isinstance(node, dict):
        return "\n".join(name + "/" * isinstance(below, dict) for name, below in node.items())
    found: str | bytes | None = node() if isinstance(node, Callable) else node  # type: ignore[arg-type]
    return found if path.startswith("/latest/") else None


def _text(text: str | bytes | None) -> Response:
    if text is None:
        return _error(404, "Not Found")
    return Response(200, text if isinstance(text, bytes) else text.encode(), {"Content-Type": "text/plain"})


def _error(status: int, title: str) -> Response:
    return Response(status, f"<html><title>{status} - {title}</title></html>".encode(), {"Content-Type": "text/html"})


def _json(**fields: Any) -> str:
    return json.dumps(fields, indent=2)


def _stamp(when: datetime.datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
