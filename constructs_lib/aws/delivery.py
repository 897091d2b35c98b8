"""How the client gets onto an instance: at first boot by user data, later by `make update`, both through one document.

The client with its explanations takes 33 KB as gzip and 27 KB as bzip2: more than user data holds (16,384 bytes). So
the SSM command document (65,536 bytes) carries client, requirements, credential document and environment, and user data
fetches and runs it: AmazonSSMManagedInstanceCore allows ssm:GetDocument, and Amazon Linux 2023 has the aws command.
"""

import base64
import bz2
import gzip
import hashlib
import io
import json
import re
import shlex
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cdktf_cdktf_provider_aws.ssm_document import SsmDocument
from constructs import Construct

from constructs_lib import limits

HERE = Path(__file__).parent
# Any text. The agent checks it with Go's regexp, which refuses to repeat anything more than 1000 times; only the service
# counts `maxChars`.
PROMPT = r"^[\s\S]*$"
PROMPT_CHARACTERS = 4000


class Delivery(Construct):
    """A command document that installs, renews and tries the client, and the user data that runs it at first boot.

    - `name`: of the document; also what `make update` and `make smoke` call.
    - `client`: the package as `archive` packs it, and `requirements`, hash-locked.
    - `credential_document`: as constructs_lib.credentials makes it; no secret.
    - `environment`: further variables, such as GCP_PROJECT_ID: one line each, without {{ (Systems Manager's parameters).
    - `allowed_cidrs`: addresses that the perimeter allows, literals or references.

    Attributes: `document`, `user_data_base64` (let the instance depend on `document`). Raises LimitError.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        region: str,
        client: bytes,
        requirements: str,
        credential_document: Mapping[str, Any],
        environment: Mapping[str, str],
        allowed_cidrs: Sequence[str],
    ) -> None:
        super().__init__(scope, id)
        variables = {**environment, "KEYLESS_ALLOWED_CIDRS": ",".join(allowed_cidrs)}
        script = install_script(client, requirements, credential_document, variables, escape=_literal)
        content = json.dumps(command_document(script))
        self.document = SsmDocument(
            self,
            "document",
            name=limits.ssm_document_name(name),
            document_type="Command",
            document_format="JSON",
            content=limits.ssm_document(content),
            target_type="/AWS::EC2::Instance",
        )
        self.user_data_base64 = limits.user_data(user_data(name, region))


def user_data(name: str, region: str) -> str:
    """Base64 of the gzip of the bootstrap script. The same bytes for the same arguments. Raises LimitError."""
    fixed = {"@NAME@": limits.ssm_document_name(name), "@REGION@": limits.aws_region(region)}
    script = _text("bootstrap.sh")
    for placeholder, value in fixed.items():
        script = script.replace(placeholder, value)
    # Not gzip.compress: with Python 3.11 and 3.12 it names the system in the header, from 3.13 on it does not.
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=buffer, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(script.encode())
    return base64.b64encode(buffer.getvalue()).decode()


def archive(client: Mapping[str, bytes]) -> bytes:
    """The files of the package, {"__init__.py": b"..."}, as tar.bz2. The same bytes everywhere: there is one libbz2."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in sorted(client.items()):
            entry = tarfile.TarInfo(f"client/{name}")
            entry.size, entry.mode = len(content), 0o644
            tar.addfile(entry, io.BytesIO(content))
    return bz2.compress(buffer.getvalue(), 9)


def install_script(
    client: bytes,
    requirements: str,
    credential_document: Mapping[str, Any],
    environment: Mapping[str, str],
    *,
    escape: Any = str,
) -> str:
    """The script with its files. `escape` is applied to all text but the references in `environment`. Raises LimitError."""
    document = json.dumps(credential_document, indent=2)
    digest = hashlib.sha256(f"{document}\n".encode()).hexdigest()
    fixed = {
        "GOOGLE_APPLICATION_CREDENTIALS": "@ROOT@/opt/keyless/current/credentials.json",
        "KEYLESS_DOCUMENT_SHA256": digest,
    }
    lines = [_line(name, value, escape) for name, value in {**fixed, **environment}.items()]
    before, _, after = _text("delivery.sh").rstrip().partition("@ENVIRONMENT@")
    before = before.replace("@REQUIREMENTS@", requirements.rstrip()).replace("@DOCUMENT@", document)
    after = after.replace("@CLIENT@", "\n".join(_lines(client)))
    return f"{escape(before)}{chr(10).join(lines)}{escape(after)}\n"


def command_document(script: str) -> dict[str, Any]:
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
                "inputs": {"timeoutSeconds": "3600", "runCommand": script.splitlines()},
            }
        ],
    }


def _lines(data: bytes) -> list[str]:
    text = base64.b64encode(data).decode()
    return [text[start : start + 1000] for start in range(0, len(text), 1000)]


def _line(name: str, value: str, escape: Any) -> str:
    """A line of the environment file. References stay, in quotes: what stands beside them, and they, need no others."""
    beside = re.sub(r"""\$\{[^{}'"]*\}""", "", value)
    plain = re.fullmatch(r"[\w./:,@ -]*", beside, re.ASCII)
    one_line = re.search(r"[\x00-\x1f\x7f]|\{\{", value) is None
    if not re.fullmatch(r"[A-Z][A-Z0-9_]*", name) or not one_line or ("${" in value and not plain):
        allowed = "a name of A-Z, 0-9 and _; a value in one line without {{, and beside references no quotes"
        raise limits.LimitError("environment", f"{name}={value}", allowed, "the script that writes the file")
    return f"{name}='{value}'" if "${" in value else f"{name}={escape(shlex.quote(value))}"


def _literal(text: str) -> str:
    """Text that Terraform must not take for a template."""
    return text.replace("${", "$${").replace("%{", "%%{")


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
