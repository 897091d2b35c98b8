"""The client as bytes: what is delivered to instances is what this checkout contains."""

from functools import cache
from pathlib import Path

from constructs_lib.aws.release import archive

CLIENT = Path(__file__).parent.parent / "client"


@cache
def client_archive() -> bytes:
    """The package's modules and hash-locked requirements, packed; once, however many workloads get them."""
    modules = {path.name: path.read_bytes() for path in CLIENT.glob("*.py")}
    return archive(modules, (CLIENT / "requirements.txt").read_text(encoding="utf-8"))
