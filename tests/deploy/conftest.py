import os
from pathlib import Path

import pytest

from tests.deploy.project import Project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in [*os.environ]:
        if name.startswith(("TF_", "CDKTF_")) or name in ("TERRAFORM_BINARY_NAME", "AUTO_APPROVE"):
            monkeypatch.delenv(name)
    return Project(tmp_path, monkeypatch)
