"""Instances: one that is furnished once for all files, and copies of it."""

import os
import shutil
import subprocess
import sys

import pytest

from localcloud.proxy import Proxy
from tests.cloud.cloud import Cloud
from tests.delivery.test_script import ROOT, Instance


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    """The locked wheels, downloaded once."""
    folder = tmp_path_factory.mktemp("wheels")
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--require-hashes",
        "--only-binary",
        ":all:",
        "--no-deps",
        "--dest",
        str(folder),
    ]
    done = subprocess.run(
        [*command, "-r", str(ROOT / "client" / "requirements.txt")], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"the wheels cannot be had here: {done.stderr[-200:]}")
    return folder


@pytest.fixture(scope="session")
def metadata(tmp_path_factory):
    """The port of a metadata service that has a role."""
    proxy = Proxy(Cloud(), tmp_path_factory.mktemp("metadata"))
    yield proxy.port
    proxy.close()


@pytest.fixture
def instance(tmp_path, wheels, metadata):
    return Instance(tmp_path, wheels, metadata)


@pytest.fixture(scope="session")
def first(tmp_path_factory, wheels, metadata):
    """An instance with the client on it, to copy from."""
    first = Instance(tmp_path_factory.mktemp("first"), wheels, metadata)
    code, out = first.run()
    assert code == 0, out
    return first


@pytest.fixture
def furnished(tmp_path, wheels, metadata, first):
    """An instance that has the packages already, and no client."""
    instance = Instance(tmp_path, wheels, metadata)
    (venv,) = first.venvs()
    place = instance.root / "opt/keyless" / venv
    shutil.copytree(first.root / "opt/keyless" / venv, place, symlinks=True, copy_function=os.link)
    _import_in_an_instant(place)
    return instance


def _import_in_an_instant(venv):
    """Let `import google.genai`, of which each run makes sure, import nothing more. Installations have the real one."""
    (module,) = venv.glob("lib/python*/site-packages/google/genai/__init__.py")
    module.unlink()  # the link; the other instance's stays
    module.touch()


@pytest.fixture
def cloud(tmp_path):
    cloud = Cloud()
    proxy = Proxy(cloud, tmp_path)
    cloud.environment = proxy.environment() | {"TEST_METADATA_PORT": str(proxy.port)}
    yield cloud
    proxy.close()
