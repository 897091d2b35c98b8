"""Write a zip for each Lambda runtime and architecture: the client, what it needs, and a handler: `make lambda`.

pip unpacks the wheels that client/requirements.txt names by hash; nothing is compiled and no package is resolved. The
same files give the same bytes. With a workload the zip also holds its credential document, which is no secret.
"""

import argparse
import fcntl
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from setup.client_requirements import platforms
from stacks.credentials import client_environment, credential_document_of
from stacks.settings import SettingsError, load

ROOT = Path(__file__).parent.parent
REQUIREMENTS = ROOT / "client" / "requirements.txt"
HANDLER = ROOT / "packaging" / "lambda" / "lambda_function.py"
WHEELS = ROOT / ".cache" / "wheels"
DOCUMENT = "credentials.json"
TASK = "/var/task"  # where Lambda unpacks a zip
RUNTIMES = ["python3.12", "python3.13", "python3.14"]
ARCHITECTURES = {"x86_64": "x86_64", "arm64": "aarch64"}  # Lambda's names, and Python's
# AWS Lambda Developer Guide, "Lambda quotas": a zip that is uploaded directly, and unpacked with all layers.
ZIPPED, UNZIPPED = 50 * 2**20, 250 * 2**20


class Refused(Exception):
    """A sentence for the person who builds."""


def main() -> int:
    """Exit code 2 with a sentence for whatever a person can correct."""
    p = argparse.ArgumentParser("make lambda", description=__doc__, allow_abbrev=False)
    p.add_argument("--wheel", type=Path, required=True)
    p.add_argument("--out", type=Path, default=Path("dist"))
    p.add_argument("--workload", default="", help="whose credential document goes in")
    p.add_argument("--runtime", default="", help="one runtime instead of all")
    p.add_argument("--architecture", default="", help="one architecture instead of both")
    args = p.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    try:
        runtimes = chosen("RUNTIME", args.runtime, RUNTIMES)
        architectures = chosen("ARCHITECTURE", args.architecture, ARCHITECTURES)
        name, more = of_workload(args.workload, args.out) if args.workload else ("lambda", {})
        for runtime in runtimes:
            for architecture in architectures:
                path = args.out / f"{name}-{runtime}-{architecture}.zip"
                print(build(path, args.wheel, runtime, architecture, more))
    except (Refused, SettingsError) as error:
        print(f"make lambda: {error}", file=sys.stderr)
        return 2
    return 0


def chosen(word: str, value: str, allowed: Collection[str]) -> list[str]:
    """The one value that was given on make's command line, or all. Raises Refused."""
    if value and value not in allowed:
        raise Refused(f"{word} is {value!r}; allowed: {', '.join(allowed) or 'nothing'}")
    return [value] if value else list(allowed)


def of_workload(name: str, out: Path) -> tuple[str, dict[str, bytes]]:
    """The beginning of the zips' names and the workload's document; its variables become a file for the aws command."""
    environment = os.environ.get("ENVIRONMENT", "example")
    settings = load(environment)
    workloads = {each.name: each for each in settings.workloads if not each.has_instance}  # the others are instances
    chosen(f"WORKLOAD of environments/{environment}.toml, with a role_name,", name, workloads)
    document = json.dumps(credential_document_of(settings, workloads[name]), indent=2) + "\n"
    variables = {"GOOGLE_APPLICATION_CREDENTIALS": f"{TASK}/{DOCUMENT}", **client_environment(settings)}
    file = out / f"{environment}-{name}-environment.json"
    file.write_text(json.dumps({"Variables": variables}, indent=2) + "\n", encoding="utf-8")
    print(f"{file}: for `aws lambda ... --environment file://{file}`")
    return f"{environment}-{name}", {DOCUMENT: document.encode()}


def build(path: Path, wheel: Path, runtime: str, architecture: str, more: dict[str, bytes]) -> str:
    """Write one zip and describe it. Raises Refused when pip fails or the zip is larger than Lambda takes."""
    with tempfile.TemporaryDirectory() as folder:
        install(Path(folder), runtime.removeprefix("python"), ARCHITECTURES[architecture])
        with zipfile.ZipFile(wheel) as client:
            client.extractall(folder)
        files = {name: file.read_bytes() for name, file in contents(Path(folder))}
    files |= {HANDLER.name: HANDLER.read_bytes(), **more}
    write(path, files)
    zipped, unzipped = path.stat().st_size, sum(map(len, files.values()))
    for size, limit, state in ((zipped, ZIPPED, "zipped"), (unzipped, UNZIPPED, "unzipped")):
        if size > limit:
            path.unlink()
            raise Refused(f"{path.name} has {size} bytes {state}; Lambda takes {limit}")
    return f"{path}: {zipped / 2**20:.1f} MB, unzipped {unzipped / 2**20:.1f} MB"


def install(folder: Path, python: str, architecture: str) -> None:
    """Unpack the locked wheels for one Python and architecture; they are downloaded once, into .cache/wheels."""
    where = ["--implementation=cp", f"--python-version={python}", *platforms(architecture)]
    locked = ["--require-hashes", "--no-deps", "--only-binary=:all:", f"--requirement={REQUIREMENTS}", *where]
    WHEELS.mkdir(parents=True, exist_ok=True)
    unpack = ["install", "--no-index", f"--find-links={WHEELS}", "--no-compile", f"--target={folder}", *locked]
    with (WHEELS / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another terminal would unpack a wheel that is still being written
        if _pip(unpack).returncode == 0:
            return
        for command in (["download", f"--dest={WHEELS}", *locked], unpack):
            if (done := _pip(command)).returncode:
                why = done.stderr.strip()
                raise Refused(f"pip could not get the wheels for Python {python} on {architecture}:\n{why}")


def contents(folder: Path) -> Iterator[tuple[str, Path]]:
    """What goes into the zip: no programs of packages, whose first line names this machine, and no list of them."""
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if file.is_file() and not name.startswith("bin/") and file.name not in ("RECORD", "direct_url.json"):
            yield name, file


def write(path: Path, files: dict[str, bytes]) -> None:
    """The same bytes for the same files, whatever their order, dates and modes (and the same zlib)."""
    fresh = path.with_name(f"{path.name}.new")
    with zipfile.ZipFile(fresh, "w") as file:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name)  # 1980-01-01
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o100644 << 16
            file.writestr(entry, content)
    fresh.replace(path)


def _pip(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments, "--quiet"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main())
