"""Run a command against the machine's package index: `python -m setup.index npm ci`.

pip and npm read their own settings (pip.conf, PIP_*, .npmrc, npm_config_*). An index that is set only for pipenv or uv is
passed on to pip. The command's output goes to standard error, without the user names, passwords and tokens of URLs.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping

# In the order in which they are asked: the first that is set is taken. pip's own variable comes first.
VARIABLES = ("PIP_INDEX_URL", "PIPENV_PYPI_MIRROR", "UV_DEFAULT_INDEX", "UV_INDEX_URL")
# Up to the last @: a password may have an unescaped / or #, which pip then reports as an invalid URL.
CREDENTIALS = re.compile(r"(?<=//)[^\s'\"]+@")
# uv accepts a name before an index's URL.
NAME = re.compile(r"^[\w.-]+=(?=\w+:)")


def source(environment: Mapping[str, str]) -> str | None:
    """Return the variable that names the index, or None where pip's files or its default decide."""
    return next((name for name in VARIABLES if environment.get(name)), None)


def for_pip(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for pip: with the index of pipenv's or uv's variable, and always into the virtual environment."""
    name = source(environment)
    index = {"PIP_INDEX_URL": NAME.sub("", environment[name])} if name else {}
    # `user = true` in pip.conf makes pip refuse to install into a virtual environment.
    return {**environment, **index, "PIP_USER": "0"}


def secrets(settings: str) -> list[str]:
    """Return what is before the host of the URLs in some settings, and each password's parts, the longest first.

    An error can name a part alone: for pip, a password ends at an unescaped /, # or ?, and the port is what comes before.
    """
    whole = CREDENTIALS.findall(settings)
    parts = [part for each in whole for part in re.split(r"[/#?@]", each.partition(":")[2])]
    return sorted(
        {part for part in [*(each.rstrip("@") for each in whole), *parts] if len(part) > 3}, key=len, reverse=True
    )


def hidden(line: str, known: list[str]) -> str:
    """Return a line of output without the known secrets, and without what is before the host of any URL."""
    for secret in known:
        line = line.replace(secret, "****")
    return CREDENTIALS.sub("****@", line)


def _settings() -> str:
    """The environment, and what pip read in its files."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    return "\n".join([*os.environ.values(), listed.stdout])


def run(command: list[str]) -> int:
    """Run a command with `for_pip`'s environment, print its output to standard error, and return its exit code."""
    known = secrets(_settings())
    try:
        with subprocess.Popen(
            command,
            env=for_pip(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            for line in process.stdout or []:
                print(hidden(line, known), end="", file=sys.stderr, flush=True)
    except FileNotFoundError:
        print(f"{command[0]} is not on PATH", file=sys.stderr)
        return 2
    return process.returncode


if __name__ == "__main__":
    try:
        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
