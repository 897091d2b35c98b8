"""An AWS Lambda function that asks Gemini with no key: {"prompt": "why?"}. {"doctor": true} checks each link instead.

Replace it with your own code. The handler's name is lambda_function.lambda_handler.
"""

import contextlib
import functools
import json
import os
import subprocess
import sys
from typing import Any

from google import genai
from keyless_client import gemini

_open = contextlib.ExitStack()


@functools.cache
def client() -> genai.Client:
    """One client for all invocations of this execution environment.

    The first invocation makes it, not the import: a SnapStart snapshot must hold neither a token nor a connection.
    """
    return _open.enter_context(gemini())


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 (Lambda's signature)
    """The answer to the prompt, or the doctor's report."""
    if event.get("doctor"):
        return doctor()
    answer = client().models.generate_content(model=os.environ["GEMINI_MODEL"], contents=event["prompt"])
    return {"answer": answer.text}


def doctor() -> dict[str, Any]:
    """The report of `keyless --json`: each link of the chain, its cause and its fix."""
    command = [sys.executable, "-m", "keyless_client", "--json"]
    done = subprocess.run(command, cwd=os.environ["LAMBDA_TASK_ROOT"], capture_output=True, text=True, check=False)
    report: dict[str, Any] = json.loads(done.stdout)
    return report
