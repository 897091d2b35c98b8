"""Instances: the packages are installed on one for all tests, and copied to the others."""

import subprocess
import sys

import pytest

from localcloud.proxy import Proxy
from tests.cloud.cloud import Cloud
from tests.delivery.test_script import REQUIREMENTS, ROOT, Instance
from tests.shared import once


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    """The locked wheels, downloaded once."""
    return once(tmp_path_factory, "wheels", _download)


def _download(folder):
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


@pytest.fixture(scope="session")
def metadata(tmp_path_factory):
    """The port of a metadata service that has a role."""
    proxy = Proxy(Cloud(), tmp_path_factory.mktemp("metadata"))
    yield proxy.port
    proxy.close()


@pytest.fixture(scope="session")
def venv(tmp_path_factory):
    """What `python3.11 -m venv` makes in three seconds."""

    def make(folder):
        subprocess.run([getattr(sys, "_base_executable", sys.executable), "-m", "venv", folder], check=True)

    return once(tmp_path_factory, "venv", make)


@pytest.fixture
def instance(tmp_path, wheels, metadata, venv):
    return Instance(tmp_path, wheels, metadata, venv)


@pytest.fixture(scope="session")
def packages(tmp_path_factory, wheels, metadata, venv):
    """The packages' folder of an instance that the client was installed on, to copy from."""

    def install(folder):
        code, out = Instance(folder, wheels, metadata, venv).run()
        assert code == 0, out

    folder = once(tmp_path_factory, "first-instance", install)
    (venv,) = (folder / "root/opt/keyless").glob("venv-*")
    return venv


@pytest.fixture
def furnished(instance, packages):
    """An instance that has the packages already, and no client."""
    instance.furnish(REQUIREMENTS, packages)
    return instance


@pytest.fixture
def cloud(tmp_path):
    cloud = Cloud()
    proxy = Proxy(cloud, tmp_path)
    cloud.environment = proxy.environment() | {"TEST_METADATA_PORT": str(proxy.port)}
    yield cloud
    proxy.close()
