"""What the stacks deliver, used as the client uses it: google-auth itself, with what an instance or a role's session finds.

An instance finds its user data, the command document that this names, the credential document in there, and keys and
region of the metadata service; its requests leave as AWS routes them. A role's session has the document of the Google
stack's output, and comes from the first address.
"""

import gzip
import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from google.auth import aws, exceptions
from moto.ssm.models import ssm_backends

from localcloud.aws import keys
from localcloud.aws.cloud import LINK_LOCAL
from localcloud.cloud import LocalCloud
from localcloud.proxy import Request, Response

from .callers import INSTANCE, Callers
from .calls import ASK, SCOPE, said

METADATA = "http://169.254.169.254/latest"
CLEAN = re.compile("AWS_|GOOGLE_|GCE_")


@dataclass(frozen=True)
class Delivery:
    """A workload's credential document and its client's variables, and where both are: an instance, or an address with

    the variables of a key. `leaves` is where its requests to the internet come from.
    """

    workload: str
    where: str
    leaves: str
    document: Mapping[str, Any] = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)


@dataclass
class Wire:
    """google-auth's transport: the handlers of the local cloud, whose last answer stays here."""

    cloud: LocalCloud
    where: str
    leaves: str
    last: Response = field(default_factory=Response)

    def __call__(self, url: str, method: str = "GET", body: Any = None, headers: Any = None, **_: Any) -> Any:
        parts = urlsplit(url)
        host, path = parts.hostname or "", (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        data = body.encode() if isinstance(body, str) else body or b""
        given = {k.lower(): v.decode() if isinstance(v, bytes) else v for k, v in (headers or {}).items()}
        egress = self.where if host in LINK_LOCAL else self.leaves
        self.last = self.cloud.answer(Request(parts.scheme, host, method, path, given, data, egress))
        if self.last.raw is not None:
            raise exceptions.TransportError(f"nothing answers at {url}")  # type: ignore[no-untyped-call]
        return Answer(self.last.status, self.last.headers, self.last.body)


@dataclass(frozen=True)
class Answer:
    """A transport's answer."""

    status: int
    headers: Mapping[str, str]
    data: bytes


def everything(callers: Callers) -> Iterator[Delivery]:
    """What both stacks deliver."""
    outputs, aws_settings = callers.deployed.outputs, callers.intent.aws
    for name, document in outputs["credential_documents"].items():
        role = keys.role(aws_settings["account_id"], callers.intent.role(name), aws_settings["region"])
        key = keys.assume(role, INSTANCE, region=aws_settings["region"])
        session = {
            "AWS_ACCESS_KEY_ID": key.id, "AWS_SECRET_ACCESS_KEY": key.secret, "AWS_SESSION_TOKEN": key.token,
            "AWS_REGION": aws_settings["region"],
        }  # fmt: skip
        environment = outputs["client_environment"] | session
        yield Delivery(name, callers.home, callers.home, json.loads(document), environment)
    others = "existing_network" in aws_settings  # how a network of others leads out is its owners' word
    for name, id in outputs.get("instance_ids", {}).items():
        script = _script(callers, id)
        document, environment = (_file(script, name) for name in ("DOCUMENT", "ENVIRONMENT"))
        variables = dict(shlex.split(line)[0].split("=", 1) for line in environment.splitlines())
        yield Delivery(name, id, callers.home if others else id, json.loads(document), variables)


def asked(callers: Callers, one: Delivery) -> str:
    """What comes of asking Gemini with it."""
    wire = Wire(callers.cloud, one.where, one.leaves)
    kept = {name: value for name, value in os.environ.items() if not CLEAN.match(name)}
    model = "/".join(
        f"{kind}/{one.environment[name]}"
        for kind, name in (
            ("projects", "GCP_PROJECT_ID"), ("locations", "GCP_LOCATION"), ("publishers/google/models", "GEMINI_MODEL"),
        )
    )  # fmt: skip
    with patch.dict(os.environ, kept | dict(one.environment), clear=True):
        try:
            credentials = aws.Credentials.from_info(one.document, scopes=[SCOPE])  # type: ignore[no-untyped-call]
            credentials.refresh(wire)
            headers = {"authorization": f"Bearer {credentials.token}", "content-type": "application/json"}
            wire(f"https://aiplatform.googleapis.com/v1/{model}:generateContent", "POST", json.dumps(ASK), headers)
        except exceptions.GoogleAuthError as error:
            return said(wire.last) if wire.last.raw is not None or wire.last.status != 200 else str(error)
    return said(wire.last)


def _script(callers: Callers, id: str) -> str:
    """The script that an instance runs at its first boot."""
    wire = Wire(callers.cloud, id, id)
    seconds = {"x-aws-ec2-metadata-token-ttl-seconds": "60"}
    token = wire(f"{METADATA}/api/token", "PUT", headers=seconds).data.decode()
    user_data = wire(f"{METADATA}/user-data", headers={"x-aws-ec2-metadata-token": token}).data
    found = re.search("--region '(.+)' --name '(.+?)'", gzip.decompress(user_data).decode())
    assert found, f"{id}: its user data fetches no document"
    ssm = ssm_backends[callers.intent.aws["account_id"]][found[1]]
    content = json.loads(ssm.get_document(found[2], None, None, "JSON")["Content"])
    return "\n".join(content["mainSteps"][0]["inputs"]["runCommand"])


def _file(script: str, name: str) -> str:
    """A file that the script has in it."""
    found = re.search(f"<<'END_OF_{name}'\n(.*?)\nEND_OF_{name}\n", script, re.DOTALL)
    assert found, f"the script writes no {name}"
    return found[1]
