"""An attached provider ends with its owner, in whatever way that ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from localcloud.mirrors import REGISTRY, provider
from tests.terraform import support
from tests.terraform.attached import attached

pytestmark = support.needs("hashicorp/google")
ATTACH_AND_WAIT = """
import sys
from tests.terraform.attached import attached
owner = type("Owner", (), {})()
print(attached(owner, sys.argv[1], {})["registry.terraform.io/hashicorp/google"]["Pid"], flush=True)
sys.stdin.read()
"""


class Owner:
    """Anything that a provider may live as long as."""


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The google provider, unpacked by `terraform init` if need be."""
    workspace = support.workspace(tmp_path_factory.mktemp("google"), ["hashicorp/google"], {})
    found = provider("hashicorp/google")
    assert found
    required = {"google": {"source": found.source, "version": found.version}}
    workspace.write(json.dumps({"terraform": {"required_providers": required}}))
    (path,) = (workspace.directory / ".terraform/providers" / REGISTRY).glob("*/*/*/*/terraform-provider-*")
    return path


def ended(pid: int) -> bool:
    """Whether a process has ended, or does so within ten seconds."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def test_it_ends_with_its_owner(binary: Path) -> None:
    owner = Owner()
    pid = attached(owner, binary, {})[f"{REGISTRY}/hashicorp/google"]["Pid"]
    os.kill(pid, 0)
    del owner
    assert ended(pid)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_it_ends_with_the_process_that_started_it(binary: Path, how: signal.Signals) -> None:
    command = [sys.executable, "-c", ATTACH_AND_WAIT, str(binary)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        pid = int(process.stdout.readline())
        os.kill(pid, 0)
        process.send_signal(how)
    assert ended(pid)


def test_what_is_no_provider_is_said(tmp_path: Path) -> None:
    (tmp_path / "provider").symlink_to("/bin/false")
    with pytest.raises(AssertionError, match="provider -debug ended with exit code"):
        attached(Owner(), tmp_path / "provider", {})
