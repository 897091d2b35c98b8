from pathlib import Path

import pytest

from tests.deploy.project import Project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in ("TF_CLI_CONFIG_FILE", "TERRAFORM_BINARY_NAME"):
        monkeypatch.delenv(name, raising=False)
    return Project(tmp_path, monkeypatch)
