"""The wheel and a Lambda zip as make builds them, and the clouds that their programs call."""

import os
import subprocess
from pathlib import Path

import pytest

from localcloud.proxy import Proxy
from tests.client import conftest
from tests.cloud.cloud import Cloud

proxy = conftest.proxy  # the fixture
ROOT = Path(__file__).parents[2]
BUILDER = ROOT / ".tools" / "build" / "bin" / "python"


def build_wheel(tree: Path, out: Path, package: str = "client", **variables: str) -> Path:
    """What `make wheel` runs, in a copy of the repository."""
    if not BUILDER.exists():
        pytest.skip("hatchling is not installed: run `make .tools/build/.ready`")
    command = [BUILDER, "-m", "hatchling", "build", "--target", "wheel", "--directory", out]
    folder, environ = tree / "packaging" / package, {**os.environ, **variables}
    subprocess.run(command, cwd=folder, env=environ, check=True, capture_output=True)
    (wheel,) = out.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    return build_wheel(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def cloud(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """Both clouds, healthy."""
    cloud = Cloud()
    monkeypatch.setattr(proxy, "answer", cloud)
    return cloud
