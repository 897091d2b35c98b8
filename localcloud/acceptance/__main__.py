"""Runs the google provider's acceptance tests inside the local cloud, and prints a table of what came out.

`go test -c` builds a binary from one package of the provider; leave it in the package's own folder, where its fixtures
are. Exit code 0 if every test was run, whatever came out; 2 if one could not be, or if a binary did not run to its end.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from ..cloud import local_cloud, whole_google
from .report import Result, results, table
from .world import environment, prepare


def main(arguments: list[str] | None = None) -> int:
    """Run each binary in a separate cloud; the table goes to standard output, what the tests say to standard error."""
    parser = argparse.ArgumentParser("python -m localcloud.acceptance", description=__doc__)
    parser.add_argument("--run", default="^TestAcc", metavar="REGEX", help="as in go test (default: %(default)s)")
    parser.add_argument("binary", nargs="+", type=Path, help="what go test -c wrote")
    given = parser.parse_args(arguments)
    try:
        ended = [(binary.stem, *run(binary, given.run)) for binary in given.binary]
    except OSError as problem:
        print(f"localcloud.acceptance: {problem}", file=sys.stderr)
        return 2
    if empty := [package for package, found, code in ended if not found and not code]:
        print(f"localcloud.acceptance: no test matches {given.run!r} in {', '.join(empty)}", file=sys.stderr)
        return 2
    print(table((package, found) for package, found, _ in ended))
    wrong = [(package, code) for package, found, code in ended if code != any(one.outcome == "failed" for one in found)]
    for package, code in wrong:
        print(
            f"localcloud.acceptance: {package} ended with exit code {code}: the table may lack tests", file=sys.stderr
        )
    return 2 if wrong else 0


def run(binary: Path, pattern: str) -> tuple[list[Result], int]:
    """The results of one binary, and its exit code. OSError if it or Terraform cannot be started.

    The code is 1 if a test failed and else 0. With any other one the binary crashed or was killed: a negative one is the
    signal.
    """
    with local_cloud(google=whole_google(polls=0)) as cloud:
        prepare(cloud)
        command = [str(binary.resolve()), "-test.v", "-test.timeout=0", "-test.parallel=4", f"-test.run={pattern}"]
        process = subprocess.Popen(
            command, cwd=binary.resolve().parent, env=environment(cloud, os.environ),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        )  # fmt: skip
        lines = []
        with process:
            for line in process.stdout or ():
                lines.append(line)
                print(line, end="", file=sys.stderr, flush=True)
        return results("".join(lines)), process.returncode


if __name__ == "__main__":
    sys.exit(main())
