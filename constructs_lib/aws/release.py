"""The client's files, once for each environment: SSM documents that the command of every workload fetches."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cdktf_cdktf_provider_aws.ssm_document import SsmDocument
from constructs import Construct

from constructs_lib import limits
from constructs_lib.aws import packing

HERE = Path(__file__).parent
LINES = 50
"""Of packed text in one document: about 50,600 bytes of the 65,536."""


@dataclass(frozen=True)
class Release:
    """What a command needs to fetch the files: the documents' names, in order, and the SHA-256 of their text."""

    names: Sequence[str]
    digest: str


class ClientRelease(Construct):
    """SSM documents that hold the client's files, as many as these need. Running one does nothing.

    - `name`: of the documents, which are numbered: `name`-1, `name`-2.
    - `client`: the package and its requirements, as `archive` packs them.

    Attributes: `documents`, `release` (their names and digest). Raises LimitError.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, client: bytes) -> None:
        super().__init__(scope, id)
        self.release, contents = packed_documents(name, client)
        self.documents = [
            self._create_document(number, document_name, content)
            for number, (document_name, content) in enumerate(contents.items(), start=1)
        ]

    def _create_document(self, number: int, name: str, content: dict[str, Any]) -> SsmDocument:
        return SsmDocument(
            self,
            f"document-{number}",
            name=limits.ssm_document_name(name),
            document_type="Command",
            document_format="JSON",
            content=limits.ssm_document(json.dumps(content, separators=(",", ":"))),
            target_type="/AWS::EC2::Instance",
        )


def packed_documents(name: str, client: bytes) -> tuple[Release, dict[str, dict[str, Any]]]:
    """The release, and the content of its documents by name."""
    lines = packing.lines(client)
    parts = [lines[start : start + LINES] for start in range(0, len(lines), LINES)]
    contents = {f"{name}-{number}": _holder(part) for number, part in enumerate(parts, start=1)}
    return Release(tuple(contents), packing.digest(lines)), contents


def _holder(lines: Sequence[str]) -> dict[str, Any]:
    """A command document whose text is comments, so that running it does nothing but say so."""
    said = ["echo 'this document holds files of the client; make update runs the document of a workload' >&2", "exit 1"]
    return {
        "schemaVersion": "2.2",
        "description": "Holds files of the client that calls Gemini without a key; running it does nothing",
        "mainSteps": [
            {
                "action": "aws:runShellScript",
                "name": "files",
                "precondition": {"StringEquals": ["platformType", "Linux"]},
                "inputs": {"runCommand": [*said, *(f"#{line}" for line in lines)]},
            }
        ],
    }


def archive(client: Mapping[str, bytes], requirements: str) -> bytes:
    """The files of a release, packed. The same bytes everywhere."""
    return packing.pack(release_files(client, requirements))


def release_files(client: Mapping[str, bytes], requirements: str) -> dict[str, bytes]:
    """The files of a release by path, without its settings; `client` is {"__init__.py": b"..."}."""
    return {
        "install.sh": script("install.sh"),
        "keyless": script("keyless.sh"),
        "requirements.txt": requirements.encode(),
        **{f"client/{name}": content for name, content in client.items()},
    }


def script(name: str) -> bytes:
    """A shell script without its lines of comment, but with the interpreter's."""
    return re.sub(r"(?m)^ *#(?!!).*\n", "", read(name)).encode()


def read(name: str) -> str:
    """The text of a file next to this module."""
    return (HERE / name).read_text(encoding="utf-8")
