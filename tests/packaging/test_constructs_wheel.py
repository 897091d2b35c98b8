"""The wheel keyless-constructs: the same bytes twice, and apps that have nothing else of the kit."""

import email
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cli import __version__
from tests.packaging.conftest import ROOT, build_wheel

LIBRARY = ROOT / "constructs_lib"
# Each block of the README after the example, in one process.
PROGRAM = """
import re, runpy, sys
runpy.run_path("main.py", run_name="__main__")
for number, block in enumerate(re.findall(r"```python\\n(.*?)```", open("README.md").read(), re.DOTALL)):
    exec(compile(block, "README.md", "exec"), {"__name__": "readme"})
import constructs_lib
print(constructs_lib.__file__, sorted({"slim_bindings", "stacks", "client", "main"} & {*sys.modules}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(ROOT, tmp_path_factory.mktemp("constructs"), "constructs")


def test_the_same_bytes_with_other_dates_and_rubbish(wheel: Path, tmp_path: Path) -> None:
    for name in ("client", "constructs_lib", "packaging", "cli"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"), symlinks=True)
    shutil.copy(ROOT / "LICENSE", tmp_path)
    (tmp_path / "constructs_lib/__pycache__").mkdir()
    (tmp_path / "constructs_lib/__pycache__/x.cpython-311.pyc").write_bytes(b"rubbish")
    for number, path in enumerate(sorted(tmp_path.rglob("*"))):
        os.utime(path, (number, 1_000_000_000 + number))
    other = build_wheel(tmp_path, tmp_path / "out", "constructs", TZ="Asia/Tokyo", PYTHONHASHSEED="7")
    assert (other.name, other.read_bytes()) == (wheel.name, wheel.read_bytes())


def test_holds_the_library_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        found = {name: file.read(name) for name in file.namelist() if ".dist-info/" not in name}
    files = [path for path in LIBRARY.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    expected = {str(path.relative_to(ROOT)): path.read_bytes() for path in files}
    assert found == {**expected, "constructs_lib/LICENSE": (ROOT / "LICENSE").read_bytes()}
    assert {"constructs_lib/py.typed", "constructs_lib/aws/install.sh", "constructs_lib/limits/vertex.py"} <= {*found}


def test_says_what_it_is_and_needs(wheel: Path) -> None:
    """The bindings are those that the kit is tested with, up to their next major version."""
    with zipfile.ZipFile(wheel) as file:
        (name,) = [name for name in file.namelist() if name.endswith("/METADATA")]
        told = email.message_from_bytes(file.read(name))
    assert (told["Name"], told["Version"], told["License"]) == ("keyless-constructs", __version__, "Apache-2.0")
    locked = json.loads((ROOT / "Pipfile.lock").read_text())["default"]
    for need in told.get_all("Requires-Dist"):
        package, least = re.fullmatch(r"([\w-]+)<[\d.]+,>=([\d.]+)", need).groups()  # type: ignore[union-attr]
        assert locked[package]["version"].removeprefix("==").startswith(f"{least}.")


def test_imports_nothing_else_of_the_kit() -> None:
    text = "\n".join(path.read_text() for path in LIBRARY.rglob("*.py"))
    kit = {path.name for path in ROOT.iterdir() if (path / "__init__.py").is_file()} - {"constructs_lib"}
    assert not kit & {found.split(".")[0] for found in re.findall(r"^\s*(?:from|import) ([\w.]+)", text, re.MULTILINE)}


@pytest.mark.parametrize("slim", [True, pytest.param(False, marks=pytest.mark.soak)])
def test_an_app_and_the_readme_work_with_the_wheel_alone(wheel: Path, slim: bool, tmp_path: Path) -> None:
    """Without settings or make; cdktf and the providers' bindings are this environment's.

    Imported as usual the bindings take half a minute; slim_bindings, which loads the same ones, is the only other thing of the kit.
    """
    target = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", f"--target={target}", wheel]
    subprocess.run(pip, check=True)
    shutil.copy(ROOT / "packaging/constructs/example/main.py", tmp_path)
    shutil.copy(ROOT / "packaging/constructs/README.md", tmp_path)
    keep = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR", "LANG")}
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit/slim_bindings").symlink_to(ROOT / "slim_bindings")
    done = subprocess.run(
        [sys.executable, "-c", ("import slim_bindings\nslim_bindings.install()" if slim else "") + PROGRAM],
        cwd=tmp_path,
        env={
            **keep,
            "PYTHONPATH": f"{target}{os.pathsep}{tmp_path / 'kit'}",
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == f"{target}/constructs_lib/__init__.py {['slim_bindings'] if slim else []}\n", done.stderr
    stacks = tmp_path / "cdktf.out/stacks"
    assert {path.name for path in stacks.iterdir()} == {"addresses", "boundary", "level"}
    boundary = json.loads((stacks / "boundary/cdk.tf.json").read_text())
    (level,) = boundary["resource"]["google_access_context_manager_access_level"].values()
    assert level["basic"]["conditions"][0]["ip_subnetworks"] == (
        "${data.terraform_remote_state.addresses.outputs.egress_cidrs}"
    )
    assert len(level["lifecycle"]["precondition"]) == 2
    readme = json.loads((stacks / "level/cdk.tf.json").read_text())
    assert "google_access_context_manager_access_level" in readme["resource"]
