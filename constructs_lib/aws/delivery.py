"""How the client gets onto an instance: at first boot by user data, later by `make update`, both through SSM documents.

User data holds 16,384 bytes, less than the client needs. So it fetches and runs the workload's command document, which
holds credential document and environment as text that a reviewer can read. The command fetches the files that all
workloads share from the documents of a ClientRelease. AmazonSSMManagedInstanceCore allows ssm:GetDocument, and Amazon
Linux 2023 has the aws command.
"""

import base64
import gzip
import hashlib
import io
import json
import re
import shlex
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from cdktf_cdktf_provider_aws.ssm_document import SsmDocument
from constructs import Construct

from constructs_lib import limits
from constructs_lib.aws import packing
from constructs_lib.aws.connection import AUTHORITY, Connection
from constructs_lib.aws.release import ClientRelease, Release, read, script
from constructs_lib.aws.shared_command import SharedCommand

DIRECT = Connection()
CURRENT = "@ROOT@/opt/keyless/current"
# Any text. The agent checks it with Go's regexp, which refuses to repeat anything more than 1000 times; only the service
# counts `maxChars`.
PROMPT = r"^[\s\S]*$"
PROMPT_CHARACTERS = 4000


class Delivery(Construct):
    """A command document that installs, renews and tries the client, and the user data that runs it at first boot.

    - `name`: of the document; also what `make update` and `make smoke` call.
    - `release`: the files that are installed; the document depends on its documents.
    - `credential_document`: as constructs_lib.credentials makes it; no secret.
    - `environment`: further variables, such as GCP_PROJECT_ID: one line each, without {{ (Systems Manager's parameters).
    - `allowed_cidrs`: addresses that the perimeter allows, literals or references.
    - `connection`: proxy, certificate authority and package index, where the network needs them.
    - `shared`: holds the text that the documents of many workloads have in common; without it each document is a literal.

    Attributes: `document`, `user_data_base64` (let the instance depend on `document`). Raises LimitError.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        region: str,
        release: ClientRelease,
        credential_document: Mapping[str, Any],
        environment: Mapping[str, str],
        allowed_cidrs: Sequence[str],
        connection: Connection = DIRECT,
        shared: SharedCommand | None = None,
    ) -> None:
        super().__init__(scope, id)
        variables = {**environment, "KEYLESS_ALLOWED_CIDRS": ",".join(allowed_cidrs)}
        text = command_script(
            release.release, credential_document, variables, connection, region=region, escape=_literal
        )
        content = limits.ssm_document(json.dumps(command_document(text), separators=(",", ":")))
        self.document = SsmDocument(
            self,
            "document",
            name=limits.ssm_document_name(name),
            document_type="Command",
            document_format="JSON",
            content=shared.content(content) if shared else content,
            target_type="/AWS::EC2::Instance",
            depends_on=release.documents,
        )
        self.user_data_base64 = limits.user_data(user_data(name, region, connection))


def user_data(name: str, region: str, connection: Connection = DIRECT) -> str:
    """Base64 of the gzip of the bootstrap script. The same bytes for the same arguments. Raises LimitError."""
    fixed = {
        "@NAME@": limits.ssm_document_name(name),
        "@REGION@": limits.aws_region(region),
        "@PROXY@": connection.https_proxy or "",
        "@NO_PROXY@": connection.exceptions,
        "@AUTHORITY@": (connection.certificate_authority or "").strip(),
    }
    text = _filled(read("bootstrap.sh"), fixed)
    # Not gzip.compress: with Python 3.11 and 3.12 it names the system in the header, from 3.13 on it does not.
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=buffer, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(text.encode())
    return base64.b64encode(buffer.getvalue()).decode()


def command_script(
    release: Release,
    credential_document: Mapping[str, Any],
    environment: Mapping[str, str],
    connection: Connection = DIRECT,
    *,
    region: str,
    escape: Any = str,
) -> str:
    """A workload's script. `escape` is applied to all text but the references in `environment`. Raises LimitError."""
    own = _before_the_release(connection.pem)
    document = json.dumps(credential_document, indent=2)
    variables = {
        "GOOGLE_APPLICATION_CREDENTIALS": f"{CURRENT}/credentials.json",
        "KEYLESS_DOCUMENT_SHA256": hashlib.sha256(f"{document}\n".encode()).hexdigest(),
        **environment,
        **connection.variables(CURRENT),
    }
    # References have no bytes yet.
    known = sorted(f"{name}={value}" for name, value in variables.items() if "${" not in value)
    delivered = hashlib.sha256("\n".join([release.digest, *own, document, *known]).encode()).hexdigest()
    lines = [_line(name, value, escape) for name, value in {**variables, "KEYLESS_RELEASE": delivered[:12]}.items()]
    before, _, after = script("command.sh").decode().rstrip().partition("@ENVIRONMENT@")
    fixed = {
        "@DOCUMENT@": document,
        "@FILES@": "\n".join(own),
        "@OWN_DIGEST@": packing.digest(own),
        "@DIGEST@": release.digest,
        "@NAMES@": " ".join(release.names),
        "@REGION@": limits.aws_region(region),
    }
    return f"{escape(_filled(before, fixed))}{chr(10).join(lines)}{escape(_filled(after, fixed))}\n"


def command_document(text: str) -> dict[str, Any]:
    """The SSM document. Parameters reach the script as variables, never as text of a command."""

    def parameter(description: str, default: str, **more: Any) -> dict[str, Any]:
        return {
            "type": "String",
            "description": description,
            "default": default,
            "interpolationType": "ENV_VAR",
            **more,
        }

    return {
        "schemaVersion": "2.2",
        "description": "Installs, renews or tries the client that calls Gemini without a key",
        "parameters": {
            "action": parameter("update or smoke", "update", allowedValues=["update", "smoke"]),
            "prompt": parameter(
                "smoke: the question; empty for the usual one", "", allowedPattern=PROMPT, maxChars=PROMPT_CHARACTERS
            ),
            "json": parameter("smoke: print JSON", "false", allowedValues=["true", "false"]),
            "expectDenied": parameter(
                "smoke: succeed only if the perimeter denies", "false", allowedValues=["true", "false"]
            ),
            "noEgress": parameter("smoke: leave the check egress out", "false", allowedValues=["true", "false"]),
        },
        "mainSteps": [
            {
                "action": "aws:runShellScript",
                "name": "client",
                "precondition": {"StringEquals": ["platformType", "Linux"]},
                "inputs": {"timeoutSeconds": "3600", "runCommand": text.splitlines()},
            }
        ],
    }


@lru_cache(maxsize=8)  # the workloads of an environment share it
def _before_the_release(pem: str) -> tuple[str, ...]:
    """The files that fetching a release needs, as text: what its documents cannot contain."""
    files = {"load.sh": script("load.sh"), **({AUTHORITY: pem.encode()} if pem else {})}
    return packing.lines(packing.pack(files))


def _line(name: str, value: str, escape: Any) -> str:
    """A line of the environment file. References stay, in quotes. They and the text next to them need no other quotes."""
    beside = re.sub(r"""\$\{[^{}'"]*\}""", "", value)
    plain = re.fullmatch(r"[\w./:,@ -]*", beside, re.ASCII)
    one_line = re.search(r"[\x00-\x1f\x7f]|\{\{", value) is None
    if not re.fullmatch(r"[A-Z][A-Z0-9_]*|no_proxy|https_proxy", name) or not one_line or ("${" in value and not plain):
        allowed = "a name of A-Z, 0-9 and _; a value in one line without {{, and no quotes next to references"
        raise limits.LimitError("environment", f"{name}={value}", allowed, "the script that writes the file")
    return f"{name}='{value}'" if "${" in value else f"{name}={escape(shlex.quote(value))}"


def _literal(text: str) -> str:
    """Text that Terraform must not take for a template."""
    return text.replace("${", "$${").replace("%{", "%%{")


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Each placeholder once: what is filled in may look like one."""
    return re.sub("|".join(values), lambda found: values[found[0]], text)
