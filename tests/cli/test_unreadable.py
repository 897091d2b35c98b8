"""A plan of another form ends each verb that reads one with a sentence: taken for empty, it would pass."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

QUESTION = ["--who", "role/demo-app", "--from", "203.0.113.7", "--call", "aiplatform"]


@pytest.mark.parametrize("verb", ["access", "diff", "lint"])
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (None, "the plan's resource_changes is None; allowed: a list, or nothing: plan again"),
        ([1], "the plan's resource_changes[0] is not a change (type, address, change.actions): plan again"),
    ],
)
def test_changes_of_another_form_are_a_sentence(tmp_path: Path, verb: str, changes: object, said: str) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"resource_changes": changes}))
    given = {"access": [str(plan), *QUESTION], "diff": [str(plan), str(plan)], "lint": [str(plan)]}[verb]
    done = subprocess.run([sys.executable, "-m", "cli", verb, *given], capture_output=True, text=True, check=False)
    assert said in done.stdout + done.stderr
    assert done.returncode not in (0, 130)
    assert "Traceback" not in done.stderr
