"""`schema`: the JSON Schema of an environment's file, which an editor checks the file against while it is written."""

import argparse
import json

from deploy.exit_codes import ExitCode
from review.command import PROGRAM
from stacks.settings.schema import schema


def main() -> int:
    """Print the schema. Returns 0."""
    argparse.ArgumentParser(f"{PROGRAM} schema", description=__doc__, allow_abbrev=False).parse_args()
    print(json.dumps(schema(), indent=2, ensure_ascii=False))
    return ExitCode.DONE


if __name__ == "__main__":
    raise SystemExit(main())
