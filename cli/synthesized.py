"""Synthesize environments of a revision by its own code: a subprocess that has its files, and no credentials of its caller."""

import os
import signal
import subprocess
import sys
from pathlib import Path

SECONDS = 900
ONE_BY_ONE = 2
"""Up to so many environments each have a process; more of them share one."""
_GIVEN = ("PATH", "LANG", "LC_ALL", "TZ", "ENGINE", "JSII_NODE", "NODE_OPTIONS", "SLIM_BINDINGS")
# What is made once, in folders that the home decides otherwise; jsii unpacks cdktf for seconds without its own.
_CACHES = {"SLIM_BINDINGS_CACHE": "slim_bindings", "JSII_RUNTIME_PACKAGE_CACHE_ROOT": "aws/jsii/package-cache"}


def synthesized_by(root: Path, names: list[str], out: Path, run: Path) -> dict[str, tuple[Path, str]]:
    """Each environment's folder below `out`, and why it was not synthesized, or empty."""
    if not names:
        return {}
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    all_at_once = len(names) > ONE_BY_ONE and (root / "cli" / "synth.py").is_file()
    if all_at_once:
        why = _run(root, ["-m", "cli", "synth", "--all"], run, CDKTF_OUTDIR=str(out))
        return {name: (out / name, _problem(out / name, name, why)) for name in names}
    found = {}
    for name in names:
        why = _run(root, ["main.py"], run, ENVIRONMENT=name, CDKTF_OUTDIR=str(out / name))
        found[name] = (out / name, _problem(out / name, name, why))
    return found


def _run(root: Path, command: list[str], run: Path, **variables: str) -> str:
    """What it printed to standard error."""
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=root,
        env={**_environment(run), **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        return process.communicate(timeout=SECONDS)[1]
    except subprocess.TimeoutExpired:
        return f"it did not end within {SECONDS} seconds"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def _environment(run: Path) -> dict[str, str]:
    """What synthesis needs, and an empty home: no credentials, in variables or in files below the home."""
    home = run / "home"
    home.mkdir(exist_ok=True, mode=0o700)
    given = {name: os.environ[name] for name in _GIVEN if name in os.environ}
    caches = {name: os.environ.get(name) or str(_cache() / below) for name, below in _CACHES.items()}
    return {**given, **caches, "HOME": str(home), "TMPDIR": str(home)}


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()


def _problem(folder: Path, name: str, printed: str) -> str:
    if (folder / "manifest.json").is_file():
        return ""
    lines = [
        line.strip()
        for line in printed.splitlines()
        if line.strip() and not line.startswith(("warning:", "slim_bindings:"))
    ]
    first = next((number for number, line in enumerate(lines) if f"{name}.toml" in line), max(len(lines) - 1, 0))
    return f"it was not synthesized: {'; '.join(lines[first : first + 3]) or 'no reason was printed'}"
