"""Both stacks deployed on loopback, and proof of who gets in. Then three teams join a perimeter of the security team.

Exit code 0 only if every line is as expected."""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from ..apply import ApplyError
from ..aws.egress import NoInternetRoute
from ..cloud import local_cloud
from .demo_run import DemoRun
from .deploy import Simulation, Terraform, lacking
from .shared_perimeter_run import SharedPerimeterRun
from .table import Line, table, verdict


def main(arguments: list[str] | None = None) -> int:
    """Run both acts and print the table; 0, or 1 if a line is not as expected or a step failed."""
    parser = argparse.ArgumentParser("./keyperim demo", description=__doc__)
    parser.add_argument("--simulate", action="store_true", help="without Terraform, even where it could run")
    given = parser.parse_args(arguments)
    why = "asked for with --simulate" if given.simulate else lacking()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, local_cloud() as cloud:
        make = Simulation if why else Terraform
        deployer = make(Path(folder), cloud.deployer_environment())
        if why:
            print(f"no Terraform is run, the stacks are applied by localcloud.apply: {why}", file=sys.stderr)
        lines: list[Line] = []
        failed = ""
        try:
            for act in (DemoRun, SharedPerimeterRun):
                act(cloud, deployer, Path(folder), lines).run()
        except (RuntimeError, OSError, ApplyError, NoInternetRoute) as problem:
            failed = "\n".join([f"; then it failed: {problem}", *cloud.journal.repeated])
    code, sentence = verdict(lines)
    width = min(max(shutil.get_terminal_size((120, 0)).columns, 80), 180)
    print(table(lines, mark=deployer.name if why else "", width=width))
    print(f"\n{sentence}, {time.monotonic() - began:.0f} s, {deployer.name}{failed}")
    return 1 if failed else code


if __name__ == "__main__":
    sys.exit(main())
