"""Synthesize the stacks of one environment: `ENVIRONMENT=prod python main.py` reads environments/prod.toml."""

import os
import sys

import engine
import slim_bindings

engine.install()
slim_bindings.install()

from cdktf import App  # noqa: E402

from constructs_lib.limits import LimitError  # noqa: E402
from stacks.aws import AwsStack  # noqa: E402
from stacks.files import write_files  # noqa: E402
from stacks.google import GoogleStack  # noqa: E402
from stacks.output import output_folder  # noqa: E402
from stacks.settings import Settings, SettingsError, load  # noqa: E402
from stacks.settings.warnings import announced  # noqa: E402


def synthesize(settings: Settings, environment: str, outdir: str | None = None) -> None:
    """Write cdktf.out: one folder a stack, and the files next to them."""
    app = App(outdir=output_folder(outdir))
    aws = AwsStack(app, settings, environment) if settings.has_aws_stack else None
    google = GoogleStack(app, settings, environment, aws)
    app.synth()
    write_files(google, app.outdir)


if __name__ == "__main__":
    try:
        synthesize(announced(load(name := os.environ.get("ENVIRONMENT", "example")), name), name)
    except (SettingsError, LimitError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
