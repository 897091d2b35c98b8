"""The constructs of N workloads in two stacks: `growth.py OUTDIR N`. Prints the resources and the seconds they took.

The callers are without the condition of the identity provider, whose length limits one pool provider to some 40 roles.
"""

import json
import sys
import time
from pathlib import Path

import slim_bindings

slim_bindings.install()

import cdktf  # noqa: E402
from cdktf_cdktf_provider_aws.provider import AwsProvider  # noqa: E402
from cdktf_cdktf_provider_google.provider import GoogleProvider  # noqa: E402

from constructs_lib.aws.network import Network  # noqa: E402
from constructs_lib.aws.workload import Ec2Workload  # noqa: E402
from constructs_lib.google.caller import ImpersonatedCaller  # noqa: E402

POOL = "principalSet://iam.googleapis.com/projects/345678901234/locations/global/workloadIdentityPools/bench"


def build(app: cdktf.App, number: int) -> None:
    """Both stacks."""
    aws, google = (cdktf.TerraformStack(app, name) for name in ("aws", "google"))
    AwsProvider(aws, "aws", region="eu-west-1")
    GoogleProvider(google, "google", project="project")
    network = Network(aws, "network", name="bench", region="eu-west-1", cidr="10.0.0.0/16", zones=["eu-west-1a"])
    subnet = network.private_subnets["eu-west-1a"]
    for name in (f"workload{index}" for index in range(number)):
        Ec2Workload(aws, name, name=name, role_name=name, region="eu-west-1", subnet=subnet)
        principal_set = f"{POOL}/attribute.aws_role/{name}"
        caller = ImpersonatedCaller(
            google, name, project_id="project", account_id=name, principal_set=principal_set, display_name=name
        )
        caller.grant("roles/aiplatform.user", depends_on=[])


def resources(folder: Path) -> int:
    """How many resources and data sources were synthesized."""
    stacks = [json.loads(path.read_text()) for path in folder.glob("stacks/*/cdk.tf.json")]
    kinds = [kind for stack in stacks for block in ("resource", "data") for kind in stack.get(block, {}).values()]
    return sum(map(len, kinds))


if __name__ == "__main__":
    app = cdktf.App(outdir=sys.argv[1])
    begin = time.perf_counter()
    build(app, int(sys.argv[2]))
    app.synth()
    seconds = time.perf_counter() - begin
    print(json.dumps({"resources": resources(Path(app.outdir)), "seconds": seconds}))
