"""What no further attempt can heal stops at once, with a sentence and an exit code of its own (docs/runbooks/on-call.md)."""

import base64
import gzip
from pathlib import Path

import pytest

from constructs_lib.aws.delivery import user_data
from tests.delivery.test_script import ROOT

pytestmark = pytest.mark.slow
ON_CALL = (ROOT / "docs/runbooks/on-call.md").read_text()


@pytest.fixture
def machine(instance):
    """An instance whose retries would be noticed: each waits a minute."""
    instance.env |= {"KEYLESS_TRIES": "180", "KEYLESS_PAUSE": "60"}
    return instance


def remove(machine, name):
    (machine.tools / name).unlink()


def dnf(machine, body):
    machine.tool("dnf", f'for last; do :; done\necho "$last" >>{machine.folder}/dnf.log\n{body}')


def stops(machine, exit_code, *said, script=None):
    code, out = machine.run(script)
    assert code == exit_code, out + machine.log
    for words in said:
        assert words in out + (machine.log if script else "")
    assert f"| {exit_code} |" in ON_CALL, "explained where somebody looks at night"


def test_no_aws_command(machine):
    """At first boot, and at an update."""
    boot = gzip.decompress(base64.b64decode(user_data("demo-app-client", "ap-northeast-1"))).decode()
    remove(machine, "aws")
    stops(machine, 50, "the aws command is missing", script=boot)
    stops(machine, 50, "the aws command is missing")


def test_no_python_to_unpack_with(machine):
    remove(machine, "python3")
    stops(machine, 51, "python3 is missing")


def test_neither_python_nor_dnf(machine):
    remove(machine, "dnf")
    stops(machine, 52, "Python 3.11 to 3.14 and dnf are missing")


@pytest.mark.parametrize(
    ("release", "noted"),
    [
        ('ID="amzn"\nVERSION_ID="2023"\n', None),
        ('ID="amzn"\nVERSION_ID="2"\n', "amzn 2"),
        ("ID=ubuntu\nVERSION_ID=24.04\n", "ubuntu 24.04"),
        (None, "unknown"),
    ],
)
def test_another_image_than_amazon_linux_2023_is_noted(machine, release, noted):
    if release:
        (machine.root / "etc").mkdir(exist_ok=True)
        (machine.root / "etc/os-release").write_text(release)
    machine.tool("uname", "echo riscv64")
    machine.run()
    assert ("the client is made for Amazon Linux 2023" in machine.log) is (noted is not None)
    assert noted is None or f"the image is '{noted}'" in machine.log


@pytest.mark.parametrize("architecture", ["armv7l", "i686", "riscv64"])
def test_an_architecture_without_packages(machine, architecture):
    machine.tool("uname", f"echo {architecture}")
    stops(machine, 53, f"the architecture is {architecture}, allowed are x86_64 and aarch64")


@pytest.mark.parametrize(
    "said", ["Error: Unable to find a match: $last", "No match for argument: $last"], ids=["dnf 4", "dnf 5"]
)
def test_a_repository_without_a_python_that_is_new_enough(machine, said):
    dnf(machine, f'echo "{said}" >&2; exit 1')
    stops(machine, 54, "Python is too old: got Python 3.")
    asked = (machine.folder / "dnf.log").read_text().split()
    assert asked == ["python3.14", "python3.13", "python3.12", "python3.11"], (
        "the newest that the lock was made for first"
    )


def test_the_newest_python_that_dnf_has_is_installed(furnished):
    """An older image's repository has 3.11 alone; 3.11 is also what the packages here were installed for."""
    installed = (furnished.tools / "dnf").read_text().splitlines()[-1]
    dnf(
        furnished,
        f'[ "$last" = python3.11 ] || {{ echo "Error: Unable to find a match: $last"; exit 1; }}\n{installed}',
    )
    code, out = furnished.run()
    assert code == 0, out
    assert (furnished.folder / "dnf.log").read_text().split()[-1] == "python3.11"


def test_an_installed_python_is_taken_newest_first(furnished):
    for version in ("3.12", "3.14"):
        furnished.tool(f"python{version}", f'echo {version} >>{furnished.folder}/taken; [ "$2" != venv ]')
    assert furnished.run()[0] == 1, "no virtual environment is made"
    assert set(Path(furnished.folder, "taken").read_text().split()) == {"3.14"}
    assert not (furnished.folder / "dnf.log").exists()


def test_a_network_that_is_not_there_yet_is_tried_again(machine):
    dnf(machine, 'echo "Error: Failed to download metadata for repo" >&2; exit 1')
    code, out = machine.run(KEYLESS_TRIES="3", KEYLESS_PAUSE="0.1")
    assert code == 1
    assert "gave up after 3 attempts: install_python" in out
    assert (machine.folder / "dnf.log").read_text().split() == ["python3.14"] * 3
