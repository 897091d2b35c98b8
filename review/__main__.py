"""`python -m review`: the review of what was synthesized for the environment in ENVIRONMENT."""

import argparse
import os
import sys
from pathlib import Path

from deploy.errors import DeployError
from deploy.stacks import synthesized

from .summary import summary

argparse.ArgumentParser(prog="python -m review", description=__doc__).parse_args()
environment = os.environ.get("ENVIRONMENT", "example")
try:
    stacks = synthesized(environment, Path(os.environ.get("CDKTF_OUTDIR") or "cdktf.out"))
except DeployError as error:
    print(error, file=sys.stderr)
    sys.exit(error.code)
print(summary(environment, {stack.name: stack.document for stack in stacks}))
