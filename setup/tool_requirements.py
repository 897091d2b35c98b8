"""Write setup/<tool>.txt: what a tool in .tools needs, in the newest versions, each wheel by its hash: `make lock-packages`.

Only wheels that suit every platform are written. Nothing is written unless every tool can be resolved.
"""

from pathlib import Path

from setup.client_requirements import ARCHITECTURES, PYTHONS, resolved

FOLDER = Path(__file__).parent
TOOLS = {"build": "hatchling", "pipenv": "pipenv"}


def text(root: str) -> str:
    """Return the file's contents. Raises SystemExit where Pythons or architectures need different wheels."""
    found = [resolved([root], {}, python, architecture) for python in PYTHONS for architecture in ARCHITECTURES]
    pins: dict[str, str] = {}
    for pin, digest in (item for each in found for item in each.items()):
        if pins.setdefault(pin, digest) != digest:
            raise SystemExit(f"{root}: {pin} has no wheel for every platform; name a version that has one in TOOLS")
    lines = [f"{pin} --hash=sha256:{digest}" for pin, digest in sorted(pins.items())]
    return "\n".join([f"# {root} and what it needs. Written by `make lock-packages`.", *lines]) + "\n"


if __name__ == "__main__":
    texts = {FOLDER / f"{tool}.txt": text(root) for tool, root in TOOLS.items()}
    for path, content in texts.items():
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_text(content, encoding="utf-8")
        fresh.replace(path)
