"""The smallest cdktf program: an App, one stack, one output, no provider. What slim_bindings is held against."""

import sys

import cdktf

app = cdktf.App(outdir=sys.argv[1])
stack = cdktf.TerraformStack(app, "stack")
cdktf.LocalBackend(stack, path="terraform.tfstate")
cdktf.TerraformOutput(stack, "output", value="value")
app.synth()
