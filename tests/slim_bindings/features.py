"""What cdktf programs do besides making resources, as text: the same with and without slim_bindings."""

import json

import cdktf
import jsii
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.provider import AwsProvider
from cdktf_cdktf_provider_aws.security_group import *  # noqa: F403
from cdktf_cdktf_provider_aws.security_group import SecurityGroup, SecurityGroupIngress
from cdktf_cdktf_provider_aws.vpc import Vpc


@jsii.implements(cdktf.IAspect)
class Tagging:
    """Adds a tag to whatever has tags."""

    def visit(self, node):
        if isinstance(node, Vpc | SecurityGroup):
            node.tags = {**(node.tags_input or {}), "class": type(node).__name__}


def report() -> str:
    """Synthesized JSON, values and errors."""
    app = cdktf.Testing.app()
    stack = cdktf.TerraformStack(app, "features")
    AwsProvider(stack, "aws", region="eu-west-1")
    vpc = Vpc(stack, "vpc", cidr_block="10.0.0.0/16", tags={"a": "b"})
    group = SecurityGroup(stack, "group", vpc_id=vpc.id, ingress=[SecurityGroupIngress(from_port=443, to_port=443)])
    vpc.add_override("lifecycle.prevent_destroy", True)
    group.put_timeouts(create="10m")
    group.override_logical_id("renamed")
    identity = DataAwsCallerIdentity(stack, "identity")
    state = cdktf.DataTerraformRemoteStateLocal(stack, "state", path="other.tfstate")
    values = {
        "function": cdktf.Fn.join(",", [vpc.id, cdktf.Token.as_string(state.get("x")), identity.account_id]),
        "escape": cdktf.TerraformOutput(stack, "escape", value=cdktf.Fn.raw_string("${x}")).friendly_unique_id,
        "nested": group.timeouts.create_input,
        "list": len(vpc.node.find_all()),
    }
    cdktf.TerraformOutput(stack, "function", value=values["function"])
    values["late"] = _late(stack)
    values["errors"] = [_error(stack, number, **wrong) for number, wrong in enumerate(_WRONG)]
    cdktf.Aspects.of(stack).add(Tagging())
    return cdktf.Testing.synth(stack, True) + json.dumps(values, indent=1)


_WRONG = (
    {"cidr_block": 5},
    {"tags": ["x"]},
    {"tags": {"x": 5}},
    {"enable_dns_support": "maybe"},
    {"ipv4_netmask_length": "x"},
    {"depends_on": 3},
    {"lifecycle": 3},
    {"lifecycle": {"prevent_destroy": "x", "nothing": 1}},
    {"connection": cdktf.TerraformResourceLifecycle()},
    {"nothing": 1},
)


def _error(stack, number, **wrong):
    try:
        Vpc(stack, f"wrong-{number}", **wrong)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "none"


def _late(stack):
    from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket, S3BucketTimeouts

    bucket = S3Bucket(stack, "late", bucket="late", timeouts=S3BucketTimeouts(create="1m"))
    found = [node for node in stack.node.find_all() if isinstance(node, S3Bucket)]
    return [bucket.bucket_input, bucket.timeouts.create_input, bucket.arn, len(found), found[0] is bucket]
