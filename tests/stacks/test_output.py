"""An output folder that cannot be written ends a synthesis with a sentence, before anything is built."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from stacks.output import output_folder
from stacks.settings.problems import OptionError

ROOT = Path(__file__).parents[2]
NOBODY = 65534


def synthesis(folder: Path) -> tuple[int, str]:
    environment = {**os.environ, "CDKTF_OUTDIR": str(folder), "ENVIRONMENT": "example"}
    command = [sys.executable, "main.py"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def test_a_file_where_the_folder_should_be(tmp_path):
    (tmp_path / "cdktf.out").write_text("")
    code, message = synthesis(tmp_path / "cdktf.out")
    assert code == 2
    assert message.splitlines()[-1].endswith(
        "cdktf.out is a file; allowed: a folder; delete the file, or set CDKTF_OUTDIR to a folder"
    )


@pytest.mark.parametrize("name", ["absent", "a-file"])
def test_a_folder_below_nothing(tmp_path, name):
    (tmp_path / "a-file").write_text("")
    code, message = synthesis(tmp_path / name / "out")
    assert code == 2
    assert f"there is no folder {tmp_path / name} that can be entered: create it" in message
    assert "Traceback" not in message
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize("inside", ["", "cdktf.out/stacks/demo-aws"])
def test_what_cannot_be_written(inside):
    """A read-only checkout, and what another user synthesized. As root, the check runs as nobody."""
    top = Path(tempfile.mkdtemp(dir="/tmp"))
    (top / inside).mkdir(parents=True, exist_ok=True)
    for path in (top, *top.rglob("*")):
        path.chmod(0o777)
    (top / inside).chmod(0o555)
    read, write = os.pipe()
    child = os.fork()
    if not child:
        if not os.geteuid():
            os.setuid(NOBODY)
        try:
            os.write(write, output_folder(str(top / "cdktf.out")).encode())
        except BaseException as error:
            os.write(write, f"{type(error).__name__} {error}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    said = os.read(read, 10_000).decode()
    (top / inside).chmod(0o777)
    shutil.rmtree(top)
    assert said.startswith(OptionError.__name__)
    assert f"{top / inside} cannot be written: change its owner or mode" in said


def test_what_can_be_written(tmp_path, monkeypatch):
    (tmp_path / "here" / "stacks" / "demo-aws").mkdir(parents=True)
    assert output_folder(str(tmp_path / "here")) == str(tmp_path / "here")
    monkeypatch.setenv("CDKTF_OUTDIR", str(tmp_path / "new"))
    assert output_folder() == str(tmp_path / "new")
    monkeypatch.setenv("CDKTF_OUTDIR", "")
    assert output_folder() == "cdktf.out"


def test_the_folder_of_an_environment_in_cdktf_out(tmp_path, monkeypatch):
    """As docs/reference/guard.md has it for two terminals, in a fresh clone."""
    monkeypatch.chdir(tmp_path)
    assert output_folder("cdktf.out/prod") == "cdktf.out/prod"
    assert (tmp_path / "cdktf.out").is_dir()
