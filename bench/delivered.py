"""The AWS stack of N built workloads with the client: `delivered.py OUTDIR N`. Prints its bytes and the seconds it took.

Settings are not checked: Google's condition holds fewer roles than AWS has instances.
"""

import json
import sys
import time
from pathlib import Path

import slim_bindings

slim_bindings.install()

import cdktf  # noqa: E402

from stacks.aws import AwsStack  # noqa: E402
from stacks.settings.derived import Settings  # noqa: E402


def settings(number: int) -> Settings:
    """One network and `number` workloads."""
    network = {"cidr": "10.0.0.0/16", "zones": ["eu-west-1a"]}
    return Settings.model_validate(
        {
            "prefix": "bench",
            "aws": {"region": "eu-west-1", "account_id": "123456789012", "network": network},
            "google": {"project_id": "my-project", "project_number": "345678901234"},
            "workload": [{"name": f"workload{index}"} for index in range(number)],
        }
    )


if __name__ == "__main__":
    app = cdktf.App(outdir=sys.argv[1])
    begin = time.perf_counter()
    AwsStack(app, settings(int(sys.argv[2])), "bench")
    app.synth()
    seconds = time.perf_counter() - begin
    written = Path(app.outdir, "stacks", "bench-aws", "cdk.tf.json").stat().st_size
    print(json.dumps({"bytes": written, "seconds": seconds}))
