"""cdktf's names return cdktn's modules."""

import json
import os
import subprocess
import textwrap

import pytest

from engine import successor
from tests.engine import CDKTN, ROOT, needs_cdktn


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("cdktf", "cdktn"),
        ("cdktf._jsii", "cdktn._jsii"),
        ("cdktf_cdktf_provider_aws", "cdktn_provider_aws"),
        ("cdktf_cdktf_provider_google.provider", "cdktn_provider_google.provider"),
        ("cdktf_cdktf_provider_google_beta.a.b", "cdktn_provider_google_beta.a.b"),
        ("cdktfx", None),
        ("cdktf_cli", None),
        ("my.cdktf", None),
        ("cdktn", None),
    ],
)
def test_names(name: str, other: str | None) -> None:
    assert successor(name) == other


PROGRAM = """
    import importlib, json, sys
    import engine
    engine.install(); engine.install()
    import slim_bindings
    slim_bindings.install()
    import cdktf, cdktn
    import cdktf_cdktf_provider_aws as aws
    from cdktf_cdktf_provider_aws.vpc import Vpc
    import cdktn_provider_aws.vpc
    try:
        import cdktf_cdktf_provider_nothing
    except ModuleNotFoundError as error:
        missing = error.name
    app = cdktf.Testing.app()
    vpc = Vpc(cdktf.TerraformStack(app, "stack"), "vpc", cidr_block="10.0.0.0/16")
    print(json.dumps({
        "one module": cdktf is cdktn and aws is cdktn_provider_aws and Vpc is cdktn_provider_aws.vpc.Vpc,
        "imported when named": aws.subnet is importlib.import_module("cdktn_provider_aws.subnet"),
        "own specification": [cdktf.__spec__.name, aws.vpc.__spec__.name, aws.vpc.__spec__.parent],
        "of both": isinstance(vpc, cdktf.TerraformResource) and isinstance(vpc, cdktn.TerraformResource),
        "missing": missing,
        "finders": sum(getattr(each, "__module__", "") == "engine" for each in sys.meta_path),
    }))
"""


@needs_cdktn
@pytest.mark.parametrize("switch", ["", pytest.param("off", marks=pytest.mark.soak)])  # ordinary imports are slow
def test_one_module_has_two_names(switch: str) -> None:
    variables = {**os.environ, "ENGINE": "cdktn", "PYTHONPATH": str(ROOT), "SLIM_BINDINGS": switch}
    program = [CDKTN, "-c", textwrap.dedent(PROGRAM)]
    assert json.loads(subprocess.check_output(program, cwd=ROOT, env=variables, text=True)) == {
        "one module": True,
        "imported when named": True,
        "own specification": ["cdktn", "cdktn_provider_aws.vpc", "cdktn_provider_aws.vpc"],
        "of both": True,
        "missing": "cdktn_provider_nothing",
        "finders": 1,
    }
