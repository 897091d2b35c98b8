"""Read JSON that somebody names, with its SHA-256; and the stacks of an environment as they were synthesized."""

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from access.errors import Unreadable as UnreadablePart
from access.stack import parsed
from cli.environments import SYNTH_ALL, synthesized_folder
from deploy.errors import DeployError, Unreadable
from deploy.exit_codes import ExitCode
from deploy.stacks import synthesized

_ENGINE = ("access", "constructs_lib/limits", "policy", "resources")


@dataclass(frozen=True)
class Document:
    """JSON, and the SHA-256 of the bytes that it was read from. `name` is the path, or `-` for standard input."""

    name: str
    digest: str
    body: Any


def document(name: str) -> Document:
    """Read a file, or standard input for `-`. Raises DeployError if it is not there, Unreadable if it is not JSON."""
    return _read(name, _bytes(name))


def log_document(name: str) -> Document:
    """Read a log: one list or object, or one entry a line. An empty file is an error: a denied read leaves one."""
    data = _bytes(name)
    if not data.strip():
        raise Unreadable(
            f"{'standard input' if name == '-' else name} is empty, as a read that was denied leaves it; without entries "
            "gcloud writes []"
        )
    lines = data.splitlines()
    if len(lines) > 1 and data.startswith(b"{") and lines[0].rstrip().endswith(b"}"):
        data_of_all = b"[" + b",".join(line for line in lines if line.strip()) + b"]"
        return Document(name, hashlib.sha256(data).hexdigest(), _read(name, data_of_all).body)
    return _read(name, data)


def environment_documents(environment: str, out: Path | None = None) -> list[Document]:
    """The stacks of what was synthesized for an environment, into `out` if given. Raises DeployError without a stack."""
    stacks = synthesized(environment, out or synthesized_folder(), SYNTH_ALL if out else "")
    return [_read(str(stack.file), stack.file.read_bytes()) for stack in stacks]


def answered(run: Callable[[], int]) -> int:
    """Return the exit code of an answer, or report the error and return its code."""
    try:
        return run()
    except DeployError as error:
        print(error, file=sys.stderr)
        return error.code
    except UnreadablePart as error:
        print(error, file=sys.stderr)
        return ExitCode.FAILED


def engine() -> str:
    """The SHA-256 of the code that decides: equal inputs and an equal engine give an equal answer."""
    root = Path(__file__).parent.parent
    files = sorted(path for room in _ENGINE for path in (root / room).glob("*.py"))
    content = [[path.relative_to(root).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()] for path in files]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _bytes(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise DeployError(f"{name}: {error.strerror}; allowed: a file of JSON, or - for standard input") from None


def _read(name: str, data: bytes) -> Document:
    where = "standard input" if name == "-" else name
    try:
        text = data.decode("utf-8-sig")
        body = json.loads(text)
        if isinstance(body, dict) and isinstance(body.get("terraform"), dict):
            body = parsed(text, where)  # refuses what Terraform would read in another way
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{where} is not JSON: {str(error) or type(error).__name__}") from None
    except (TypeError, UnreadablePart) as error:
        raise Unreadable(f"{where}: {error}") from None
    return Document(name, hashlib.sha256(data).hexdigest(), body)
