"""The client as bytes: what is delivered to instances is what stands in this checkout."""

from functools import cache
from pathlib import Path

from constructs_lib.aws.delivery import archive

CLIENT = Path(__file__).parent.parent / "client"


@cache
def client_archive() -> bytes:
    """The package's modules, packed; once, however many workloads get them."""
    return archive({path.name: path.read_bytes() for path in CLIENT.glob("*.py")})


def client_requirements() -> str:
    """Its requirements, hash-locked."""
    return (CLIENT / "requirements.txt").read_text(encoding="utf-8")
