"""Faults at the request that makes a resource, for every type, with the real providers.

By itself this runs a choice; SOAK=1 runs all and writes docs/faults.md. FAULT_KINDS chooses types by a regular expression,
FAULTS_LEFT=1 the cells that have no sign yet, or a `!`.
"""

import os
import re
from collections.abc import Iterator

import pytest

from tests.faults.outcomes import FAULTS, outcome
from tests.faults.parts import WRITES
from tests.faults.stage import Stage
from tests.faults.table import done_with, write
from tests.terraform import support

pytestmark = support.needs("hashicorp/aws", "hashicorp/google")
CHOICE = [
    ("google_iam_workload_identity_pool", "dropped", True),
    ("google_access_context_manager_access_level", "409", False),
]
KINDS = [kind for kind in WRITES if re.search(os.environ.get("FAULT_KINDS", ""), kind)]
ALL = [(kind, fault, done) for kind in KINDS for done in (False, True) for fault in FAULTS]
CASES = [
    pytest.param(*case, marks=pytest.mark.xdist_group(f"fault-{case[0]}"))
    for case in (ALL if os.environ.get("SOAK") else CHOICE)
    if not (os.environ.get("FAULTS_LEFT") and done_with(case))
]


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Stage]]:
    """A place for each provider."""
    stages = {cloud: Stage(tmp_path_factory.mktemp(cloud)) for cloud in ("aws", "google")}
    yield stages
    for stage in stages.values():
        stage.close()


@pytest.mark.parametrize(("kind", "fault", "done"), CASES)
def test_a_fault(
    kind: str,
    fault: str,
    done: bool,
    stages: dict[str, Stage],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    text = "a defect"
    try:
        text = outcome(kind, fault, done, stages[kind.partition("_")[0]], monkeypatch, capfd)
        assert done or "adopt" not in text
    finally:
        if os.environ.get("SOAK"):
            write(kind, fault, done, text)
