"""The client as bytes: what is delivered to instances is what stands in this checkout."""

from functools import cache
from pathlib import Path

CLIENT = Path(__file__).parent.parent / "client"


@cache
def client_files() -> dict[str, bytes]:
    """The package's modules by file name."""
    return {path.name: path.read_bytes() for path in sorted(CLIENT.glob("*.py"))}


def client_requirements() -> str:
    """Its requirements, hash-locked."""
    return (CLIENT / "requirements.txt").read_text(encoding="utf-8")
