import os
import shutil
from pathlib import Path

import pytest

from tests.deploy.project import Project
from tests.shared import once


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in [*os.environ]:
        if name.startswith(("TF_", "CDKTF_")) or name in ("TERRAFORM_BINARY_NAME", "AUTO_APPROVE"):
            monkeypatch.delenv(name)
    return Project(tmp_path, monkeypatch)


@pytest.fixture
def deployed(project: Project, tmp_path_factory: pytest.TempPathFactory, capfd: pytest.CaptureFixture[str]) -> Project:
    """The project, applied: a copy of one that is deployed once for all tests."""

    def deploy(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as monkeypatch:
            assert Project(folder, monkeypatch).run("deploy") == 0

    origin = once(tmp_path_factory, "deployed", deploy)
    shutil.copytree(origin, project.root, dirs_exist_ok=True)
    for kept in (project.root / ".cache/states").iterdir():
        kept.write_text(kept.read_text().replace(str(origin), str(project.root)))
    capfd.readouterr()
    return project
