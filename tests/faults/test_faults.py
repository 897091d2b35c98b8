"""Faults at the request that makes a resource, for every type, with the real providers.

By itself this runs a choice; SOAK=1 runs all and writes docs/faults.md. FAULT_KINDS chooses types by a regular expression.
"""

import os
import re
from pathlib import Path

import pytest

from tests.faults.outcomes import FAULTS, outcome
from tests.faults.parts import WRITES
from tests.faults.table import write
from tests.terraform import support

pytestmark = [support.needs("hashicorp/aws", "hashicorp/google"), pytest.mark.xdist_group("faults")]
CHOICE = [
    ("google_iam_workload_identity_pool", "dropped", True),
    ("google_access_context_manager_access_level", "409", False),
]
KINDS = [kind for kind in WRITES if re.search(os.environ.get("FAULT_KINDS", ""), kind)]
ALL = [(kind, fault, done) for kind in KINDS for done in (False, True) for fault in FAULTS]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder for each provider, which is initialized once."""
    return {cloud: tmp_path_factory.mktemp(cloud) for cloud in ("aws", "google")}


@pytest.mark.parametrize(("kind", "fault", "done"), ALL if os.environ.get("SOAK") else CHOICE)
def test_a_fault(
    kind: str,
    fault: str,
    done: bool,
    root: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    text = "a defect"
    try:
        text = outcome(kind, fault, done, root[kind.partition("_")[0]], monkeypatch, capfd)
        assert done or "adopt" not in text
    finally:
        if os.environ.get("SOAK"):
            write(kind, fault, done, text)
