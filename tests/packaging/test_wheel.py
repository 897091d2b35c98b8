"""The wheel keyless-client: the same bytes everywhere, and the client under its other name."""

import ast
import email
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

import client
from setup.client_requirements import ROOTS
from setup.lambda_zips import HANDLER
from tests.client.conftest import document
from tests.packaging.conftest import ROOT, build_wheel

SOURCES = sorted((ROOT / "client").glob("*.py"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder with the wheel alone, as pip installs it; what it needs comes from this environment."""
    folder = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", f"--target={folder}", wheel]
    subprocess.run(pip, check=True)
    return folder


@pytest.fixture
def run(installed, proxy, cloud, tmp_path):  # noqa: ARG001
    """Runs a command in a folder where no package `client` is, in a healthy cloud."""
    path = tmp_path / "credentials.json"
    path.write_text(json.dumps(document()))
    keep = {name: value for name, value in os.environ.items() if name in ("PATH", "TMPDIR", "LANG")}
    told = {"GOOGLE_APPLICATION_CREDENTIALS": str(path), "GCP_PROJECT_ID": "my-project", "PYTHONPATH": str(installed)}

    def run(*command):
        return subprocess.run(
            command,
            cwd=tmp_path,
            env={**keep, **proxy.environment(), **told},
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    return run


def test_the_same_bytes_with_another_umask_other_dates_and_rubbish(wheel, tmp_path):
    """A wheel that differs from machine to machine cannot be compared with the one that was reviewed."""
    for name in ("client", "packaging"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "LICENSE", tmp_path)
    (tmp_path / "client" / "__pycache__").mkdir()
    (tmp_path / "client" / "__pycache__" / "api.cpython-311.pyc").write_bytes(b"rubbish")
    for number, path in enumerate(sorted(tmp_path.rglob("*"))):
        path.chmod(0o700 if path.is_dir() else 0o600)
        os.utime(path, (number, 1_000_000_000 + number))
    before = os.umask(0o077)
    try:
        other = build_wheel(tmp_path, tmp_path / "out", TZ="Asia/Tokyo", LC_ALL="C", PYTHONHASHSEED="7")
    finally:
        os.umask(before)
    assert other.name == wheel.name
    assert other.read_bytes() == wheel.read_bytes()


def test_holds_the_client_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as file:
        found = {name: file.read(name) for name in file.namelist() if ".dist-info/" not in name}
    files = [ROOT / "LICENSE", *(path for path in (ROOT / "client").iterdir() if path.is_file())]
    assert found == {f"keyless_client/{path.name}": path.read_bytes() for path in files}
    assert "keyless_client/py.typed" in found
    assert "keyless_client/report.schema.json" in found


def test_says_what_it_is_and_needs(wheel):
    with zipfile.ZipFile(wheel) as file:
        (name,) = [name for name in file.namelist() if name.endswith("/METADATA")]
        told = email.message_from_bytes(file.read(name))
    assert (told["Name"], told["Version"], told["Requires-Python"]) == ("keyless-client", client.__version__, ">=3.11")
    needs = dict(re.fullmatch(r"([\w-]+)(>=[\d.]+)", each).groups() for each in told.get_all("Requires-Dist"))
    assert set(needs) == set(ROOTS), "the instance installs the same three, at their locked versions"
    assert told["License"] == "Apache-2.0"


def test_the_command_runs_the_chain(run, installed, cloud):
    done = run(sys.executable, installed / "bin" / "keyless", "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["answer"], report["client_version"]) == (0, cloud.answer, client.__version__)
    assert run(sys.executable, "-m", "keyless_client", "--quiet").stdout == f"{cloud.answer}\n"


def test_the_command_names_itself(run, installed):
    command = [sys.executable, installed / "bin" / "keyless"]
    assert run(*command, "--help").stdout.startswith("usage: keyless ")
    wrong = run(*command, "--nope")
    assert (wrong.returncode, wrong.stderr.splitlines()[-1][:15]) == (2, "keyless: error:")
    assert "see `keyless --help`" in run(*command, "--nope", "--json").stdout


def test_a_program_imports_it(run, cloud):
    program = (
        "from keyless_client import gemini\n"
        "with gemini() as google:\n"
        "    print(google.models.generate_content(model='gemini-3.5-flash', contents='hello').text)\n"
        "import keyless_client\n"
        "keyless_client.nothing\n"
    )
    done = run(sys.executable, "-c", program)
    assert done.stdout == f"{cloud.answer}\n", done.stderr
    assert done.stderr.splitlines()[-1] == "AttributeError: module 'keyless_client' has no attribute 'nothing'"


def test_a_type_checker_knows_the_public_names(run, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "from keyless_client import credentials, gemini\nreveal_type(gemini)\nreveal_type(credentials)\n"
    )
    checker = [sys.executable, "-m", "mypy", f"--config-file={ROOT}/pyproject.toml", f"--cache-dir={ROOT}/.mypy_cache"]
    done = run(*checker, program, HANDLER)  # the repository's own cache: google-genai alone takes ten seconds
    assert done.returncode == 0, done.stdout
    assert "google.genai.client.Client" in done.stdout
    assert "-> keyless_client.chain.Chain" in done.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_module_never_calls_itself_client(path):
    """Under the wheel's name `import client` would fail, and `python -m client` is no command."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert not [alias.name for alias in node.names if alias.name.split(".")[0] == "client"]
        elif isinstance(node, ast.ImportFrom):
            assert node.level or not (node.module or "").startswith("client")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not re.search(
                r"-m client|(from|import) client\b|\bclient\.(credentials|gemini|explain)\b|\bclient/\w|'client'",
                node.value,
            ), node.value


def test_both_names_in_the_checkout():
    """`python -m client` and `from client import gemini` stay."""
    done = subprocess.run([sys.executable, "-m", "client", "--version"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"{client.__version__}\n")
    assert callable(client.gemini)
