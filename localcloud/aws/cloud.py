"""Amazon's half of the local cloud: moto, the metadata services, checkip."""

import dataclasses
import json
from collections.abc import Mapping

from localcloud.proxy import Request, Response

from . import egress, keys
from .callers import Caller
from .metadata import HOSTS, NOTHING, Metadata
from .moto import Moto
from .sigv4 import verify

_CONTAINER, _CHECKIP = "169.254.170.2", "checkip.amazonaws.com"
LINK_LOCAL = (*HOSTS, _CONTAINER)
"""Hosts that every instance and task reaches without any route."""


class Aws:
    """All of AWS that this machine has, with one account of interest and a user who runs Terraform in it."""

    def __init__(self, account: str) -> None:
        self.account, self.moto, self.metadata = account, Moto(), Metadata()
        self._callers: dict[tuple[str, ...], Caller] = {}

    def has(self, host: str) -> bool:
        """Whether this is a host of AWS's."""
        return host in LINK_LOCAL or host.endswith(".amazonaws.com")

    def __call__(self, request: Request, instance: str = "", hops: int = 0) -> Response:
        """The answer to a request of an instance (`hops` hops away from it), or of anybody, `instance` being ""."""
        if request.host in HOSTS:
            with self.moto.lock:
                return self.metadata(request, instance, hops)
        if request.host == _CONTAINER:
            return self._container(request)
        if request.host == _CHECKIP:
            return Response(200, f"{request.egress}\n".encode(), {"Content-Type": "text/plain"})
        return self.moto(request)

    def verify(self, method: str, url: str, headers: Mapping[str, str]) -> dict[str, str]:
        """Who signed this request for AWS STS: account, arn and userid; raises sigv4.Refused."""
        with self.moto.lock:
            return verify(method, url, headers, keys.find)

    def address(self, instance: str) -> str:
        """Where an instance's traffic to the internet comes from. Raises egress.NoInternetRoute."""
        with self.moto.lock:
            return egress.address(instance)

    def deployer(self, account: str = "") -> dict[str, str]:
        """Return the keys of the user who runs Terraform, or of a user in another account."""
        with self.moto.lock:
            key = keys.user(account or self.account, "deployer")
        return {"AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret, "AWS_EC2_METADATA_DISABLED": "true"}

    def let_deployer_assume(self, role_arn: str, external_id: str = "") -> None:
        """A role of any account that trusts the deployer's, as `[aws.assume_role]` expects to find it."""
        condition = {"Condition": {"StringEquals": {"sts:ExternalId": external_id}}} if external_id else {}
        principal = {"AWS": f"arn:aws:iam::{self.account}:root"}
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **condition}
        with self.moto.lock:
            keys.trusting(role_arn, json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    def caller(self, role: str, *, account: str = "", session: str, address: str, region: str) -> Caller:
        """A session of a role from `address`; the role is made if its account has none of this name. Made once."""
        wanted = (role, account or self.account, session, region)
        with self.moto.lock:
            kept = self._callers.get(wanted)
            if kept is None or keys.find(kept.key.id) is None:
                key = keys.assume(keys.role(wanted[1], role, region), session, region=region)
                kept = self._callers[wanted] = Caller(key, address, region)
        return dataclasses.replace(kept, address=address)

    def _container(self, request: Request) -> Response:
        caller = next((one for one in self._callers.values() if request.path == f"/v2/credentials/{one.task}"), None)
        if caller is None or request.headers.get("authorization") != caller.authorization:
            return Response(403 if caller else 404, b"{}")
        return Response(200, caller.document().encode())


__all__ = ["LINK_LOCAL", "NOTHING", "Aws"]
