"""ENGINE chooses the packages. A value that cannot be served is an error, and never the other engine's JSON."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine import CDKTN, ROOT, needs_cdktn

UNKNOWN = "ENGINE is 'pulumi'; allowed: cdktf, cdktn"


def ends(*command: str | Path, engine: str = "", folder: Path = ROOT) -> tuple[int, str]:
    """Exit code and standard error; standard output is empty."""
    variables = {**os.environ, "ENGINE": engine, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr.strip()


@pytest.mark.parametrize(
    "command", [("./keyperim", "plan"), ("setup/engine.sh", "main.py"), (sys.executable, "main.py")]
)
def test_an_unknown_engine_is_named(command: tuple[str, ...]) -> None:
    assert ends(*command, engine="pulumi") == (2, UNKNOWN)


def test_packages_that_are_not_installed(tmp_path: Path) -> None:
    (tmp_path / "setup").mkdir()
    shutil.copy(ROOT / "setup/engine.sh", tmp_path / "setup")
    said = "the packages are not installed: run `{}` in {}"
    assert ends("setup/engine.sh", folder=tmp_path) == (2, said.format("make setup", tmp_path))
    expected = (2, said.format("make setup ENGINE=cdktn", tmp_path))
    assert ends("setup/engine.sh", engine="cdktn", folder=tmp_path) == expected


def test_set_up_ends_with_an_error_for_an_unknown_engine(tmp_path: Path) -> None:
    """After the installation, which is not repeated."""
    for name in ("Makefile", "Pipfile", "Pipfile.lock", "setup/engine.sh"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to("/bin/true")
    (tmp_path / ".venv/.dev-packages").touch()
    code, said = ends("make", "setup", engine="pulumi", folder=tmp_path)
    assert code == 2
    assert said.splitlines()[0] == UNKNOWN
    assert ends("make", "setup", engine="cdktf", folder=tmp_path) == (0, "")


@needs_cdktn
def test_the_python_of_the_other_engine_is_refused() -> None:
    for python, engine in ((sys.executable, "cdktn"), (CDKTN, "cdktf")):
        code, said = ends(python, "main.py", engine=engine)
        assert code == 2
        assert said.startswith(f"ENGINE is '{engine}', and ")
        assert said.endswith(f" has no package {engine}: start Python with setup/engine.sh")


@needs_cdktn
@pytest.mark.parametrize("verb", ["demo", "cloud"])
def test_the_fake_clouds_need_the_development_packages(verb: str) -> None:
    needed = "the development packages, which are installed for cdktf alone: unset ENGINE"
    assert ends("./keyperim", verb, engine="cdktn") == (2, f"ENGINE is 'cdktn', and {verb} needs {needed}")


@pytest.mark.parametrize("verb", ["synth", "plan", "deploy", "destroy", "update"])
@pytest.mark.parametrize(("engine", "venv"), [("", ".venv"), ("cdktf", ".venv"), ("cdktn", ".venv-cdktn")])
def test_make_installs_only_the_packages_of_the_engine(verb: str, engine: str, venv: str, tmp_path: Path) -> None:
    """In a new clone. The engine comes from the environment, or from make's command line."""
    for name in ("Makefile", "Pipfile", "Pipfile.lock", "setup/cdktn/Pipfile", "setup/cdktn/Pipfile.lock"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    variables = {**os.environ, "ENGINE": engine}
    told = subprocess.check_output(["make", "-n", verb], cwd=tmp_path, env=variables, text=True)
    assert [word for word in told.split() if word.endswith("/.packages")] == [f"{venv}/.packages"]
    assert "setup.install" in told
    given = subprocess.check_output(["make", "-n", verb, f"ENGINE={engine}"], cwd=tmp_path, text=True)
    assert given == told
