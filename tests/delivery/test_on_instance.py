"""`make smoke` and `make update`, with a stand-in for the aws command."""

import json
import os
import subprocess
import sys

import pytest

from tests.delivery.test_script import ROOT

AWS = """
import json, pathlib, sys
folder = pathlib.Path({folder!r})
with open(folder / "log", "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
if sys.argv[2] == "send-command":
    print(json.dumps({{"Command": {{"CommandId": "c-1"}}}}))
elif (folder / "log").read_text().count("get-command-invocation") == 1:
    sys.exit("InvocationDoesNotExist")
else:
    print(json.dumps({{"Status": {status!r}, "ResponseCode": {code}, "StandardOutputContent": "answer\\n", "StandardErrorContent": ""}}))
"""


@pytest.mark.parametrize(("status", "code"), [("Success", 0), ("Failed", 20)])
def test_smoke(tmp_path, status, code):
    tool = tmp_path / "aws"
    tool.write_text(f"#!{sys.executable}\n" + AWS.format(folder=str(tmp_path), status=status, code=code))
    tool.chmod(0o755)
    prompt = "$(touch x) `id` 'a' \"b\"\nc"
    command = [
        sys.executable,
        ROOT / "setup/on_instance.py",
        "smoke",
        "--document",
        "demo-app-client",
        "--instance",
        "i-1",
        "--region",
        "eu-west-1",
    ]
    done = subprocess.run(
        [*command, "--prompt", prompt, "--expect-denied"],
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stdout) == (code, "answer\n"), done.stderr
    first = json.loads((tmp_path / "log").read_text().splitlines()[0])
    assert first[:6] == ["ssm", "send-command", "--region", "eu-west-1", "--document-name", "demo-app-client"]
    parameters = json.loads(first[first.index("--parameters") + 1])
    assert parameters == {"action": ["smoke"], "prompt": [prompt], "json": ["false"], "expectDenied": ["true"]}
