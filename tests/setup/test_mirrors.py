"""Set-up behind a mirror: the index that was named is asked, no other, and its credentials are in no output."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from setup.index import VARIABLES, for_pip
from setup.pipfile import digest
from tests.setup.registry import WHEEL, Registry, integrity, registry, tarball, wheel

pytestmark = pytest.mark.xdist_group("mirrors")  # one virtual environment for all
ROOT = Path(__file__).parents[2]
SECRET = "hunter2-secret"
CREDENTIALS = f"user:{SECRET}"
PIPFILE = '[packages]\ndemo-package = "*"\n'


@pytest.fixture(scope="module")
def venv(tmp_path_factory):
    """A virtual environment as set-up makes it, without packages."""
    project = tmp_path_factory.mktemp("venv")
    shutil.copy(ROOT / "Makefile", project)
    made = ["make", f"PYTHON={sys.executable}", ".venv/bin/python"]
    subprocess.run(made, cwd=project, check=True, capture_output=True)
    return project / ".venv"


@pytest.fixture
def project(tmp_path, venv):
    """A checkout whose lock has one package, and one that no Python 3 needs."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "setup", tmp_path / "setup", ignore=shutil.ignore_patterns("cdktn"))
    for name in (".venv", ".venv-cdktn"):
        shutil.copytree(venv, tmp_path / name, symlinks=True, copy_function=os.link)
    (tmp_path / "Pipfile").write_text(PIPFILE)
    hashes = [f"sha256:{hashlib.sha256(wheel()).hexdigest()}"]
    old = {"version": "==1.0", "hashes": hashes, "markers": "python_version < '3'"}
    lock = {
        "_meta": {"sources": [], "pipfile": {"sha256": digest(tmp_path / "Pipfile")}},
        "default": {"demo-package": {"version": "==1.0", "hashes": hashes}, "of-python-2": old},
        "develop": {},
    }
    (tmp_path / "Pipfile.lock").write_text(json.dumps(lock))
    wanted = {"devDependencies": {"demo-package": "1.0.0"}}
    locked = {"version": "1.0.0", "integrity": integrity(tarball()), "dev": True}
    (tmp_path / "setup/cdktn").mkdir()
    for name in ("Pipfile", "Pipfile.lock"):
        shutil.copy(tmp_path / name, tmp_path / "setup/cdktn")
    packages = {"": wanted, "node_modules/demo-package": locked}
    (tmp_path / "package.json").write_text(json.dumps(wanted))
    (tmp_path / "package-lock.json").write_text(json.dumps({"lockfileVersion": 3, "packages": packages}))
    return tmp_path


def make(project: Path, proxy: Registry, target: str = ".venv/.packages", **variables: str) -> tuple[int, str]:
    """Exit code and output of make, in an environment in which everything but loopback goes to the proxy."""
    home = {"HOME": str(project), "PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1", "PIP_RETRIES": "0"}
    if "HTTPS_PROXY" not in variables:
        home |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), proxy.url(""))
    done = subprocess.run(
        ["make", f"PYTHON={sys.executable}", target],
        cwd=project,
        env=home | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def named(project: Path, name: str, url: str) -> dict[str, str]:
    """Name the index in a variable, or in the pip.conf of this home, and return the variables."""
    if name != "pip.conf":
        return {name: url, "PIP_CONFIG_FILE": os.devnull}
    folder = project / ".config" / "pip"
    folder.mkdir(parents=True)
    (folder / name).write_text(f"[global]\nindex-url = {url}\n[install]\nuser = true\n")
    return {}


def installed(project: Path, venv: str = ".venv") -> bool:
    return any(project.glob(f"{venv}/lib/python*/site-packages/demo_package.py"))


@pytest.mark.parametrize(
    "name",
    [
        "PIP_INDEX_URL",
        "UV_DEFAULT_INDEX",
        "pip.conf",
        *(pytest.param(name, marks=pytest.mark.soak) for name in ("PIPENV_PYPI_MIRROR", "UV_INDEX_URL")),
    ],
)
def test_each_setting_alone_names_the_index(project, name):
    with registry(CREDENTIALS) as index:
        code, output = make(project, index, **named(project, name, index.url(credentials=CREDENTIALS)))
        assert code == 0, output
        assert installed(project)
        assert set(index.asked) == {"/simple/demo-package/", f"/files/{WHEEL}"}
        assert SECRET not in output
        assert not (project / ".tools").exists(), "pipenv only locks"


def test_the_other_engines_packages_come_from_the_same_index(project):
    with registry(CREDENTIALS) as index:
        given = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": index.url(credentials=CREDENTIALS)}
        code, output = make(project, index, ".venv-cdktn/.packages", **given)
        assert code == 0, output
        assert (installed(project, ".venv-cdktn"), installed(project)) == (True, False)
        assert index.outside == []
        assert SECRET not in output
        (project / "setup/cdktn/Pipfile").write_text(PIPFILE.replace("*", ">=1"))
        code, output = make(project, index, ".venv-cdktn/.packages", **given)
    assert code == 2
    assert "setup/cdktn/Pipfile.lock is not of this Pipfile: run `make lock-packages`" in output


def test_the_default_index_is_asked_where_nothing_is_set(project):
    """The proxy of the tests above would have seen it."""
    with registry() as index:
        code, _ = make(project, index, PIP_CONFIG_FILE=os.devnull)
        assert code == 2
        assert index.outside
        assert not installed(project)


def test_pips_own_variable_comes_first_and_uvs_name_of_an_index_is_no_part_of_its_url():
    for name in VARIABLES:
        assert for_pip({name: "https://one/simple"})["PIP_INDEX_URL"] == "https://one/simple"
    variables = {"PIPENV_PYPI_MIRROR": "", "UV_DEFAULT_INDEX": "corp=https://one/simple", "UV_INDEX_URL": "https://two"}
    assert for_pip(variables)["PIP_INDEX_URL"] == "https://one/simple"
    assert for_pip({**variables, "PIPENV_PYPI_MIRROR": "https://x/?a=b"})["PIP_INDEX_URL"] == "https://x/?a=b"
    assert for_pip({**variables, "PIP_INDEX_URL": "https://three"})["PIP_INDEX_URL"] == "https://three"
    assert "PIP_INDEX_URL" not in for_pip({"UV_INDEX_URL": ""})


def test_a_folder_of_wheels_is_enough(project):
    """Filled and used as docs/how-to/mirrors.md has it."""
    environment = {"PATH": os.environ["PATH"], "PIP_CONFIG_FILE": os.devnull}
    filled = (
        ".venv/bin/python -m setup.install Pipfile.lock --dev --print > requirements.txt\n"
        ".venv/bin/python -m pip download --no-deps --require-hashes --requirement requirements.txt --dest WHEELS\n"
    )
    assert filled in (ROOT / "docs" / "how-to" / "mirrors.md").read_text()
    with registry() as index:
        environment["PIP_INDEX_URL"] = index.url()
        subprocess.run(["sh", "-ec", filled], cwd=project, env=environment, check=True, capture_output=True)
        index.asked.clear()
        code, output = make(project, index, PIP_NO_INDEX="1", PIP_FIND_LINKS="WHEELS")
        assert (code, index.asked) == (0, []), output
    assert installed(project)


def test_other_bytes_than_the_locked_ones_are_refused(project):
    with registry() as index:
        index.files[f"/files/{WHEEL}"] += b"more"
        code, output = make(project, index, PIP_INDEX_URL=index.url())
    assert code == 2
    assert "DO NOT MATCH THE HASHES" in output
    assert "the index is that of PIP_INDEX_URL" in output
    assert not installed(project)


def test_a_package_without_a_hash_is_refused(project):
    lock = json.loads((project / "Pipfile.lock").read_text())
    for package in lock["default"].values():
        package["hashes"] = []
    (project / "Pipfile.lock").write_text(json.dumps(lock))
    with registry() as index:
        code, output = make(project, index, PIP_INDEX_URL=index.url())
    assert code == 2
    assert "Hashes are required" in output
    assert not installed(project)


WRONG = f"user:{SECRET}#/wrong"  # pip takes what is before the # for a port


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("PIP_INDEX_URL", f"user:{SECRET}-wrong"),
        ("PIP_INDEX_URL", SECRET),
        ("PIP_INDEX_URL", WRONG),
        ("UV_DEFAULT_INDEX", WRONG),
        ("pip.conf", WRONG),
    ],
)
def test_no_failure_shows_credentials(project, name, given):
    with registry("user:right") as index:
        extra = f"http://{given}@localhost:{index.port}"
        variables = named(project, name, index.url(credentials=given))
        code, output = make(project, index, **variables, PIP_VERBOSE="3", PIP_EXTRA_INDEX_URL=extra)
    assert code == 2
    assert f"the index is that of {name.replace('pip.conf', 'pip')}" in output
    assert SECRET not in output


def test_credentials_that_a_proxy_needs_are_not_shown(project):
    with registry() as index:
        proxy = f"http://{CREDENTIALS}@127.0.0.1:1"
        given = {"HTTPS_PROXY": proxy, "HTTP_PROXY": proxy, "PIP_INDEX_URL": "https://index.invalid/simple"}
        code, output = make(project, index, **given, PIP_RETRIES="1")
    assert code == 2
    assert "ProxyError" in output
    assert SECRET not in output


def test_a_pipfile_that_was_changed_after_the_lock_is_refused(project):
    (project / "Pipfile").write_text(PIPFILE.replace("*", ">=1"))
    with registry() as index:
        code, output = make(project, index, PIP_INDEX_URL=index.url())
        assert (code, index.asked) == (2, [])
    assert "Pipfile.lock is not of this Pipfile: run `make lock-packages`" in output
    before = digest(project / "Pipfile")
    (project / "Pipfile").write_text(PIPFILE.replace("*", ">=1") + "# a comment")
    assert digest(project / "Pipfile") == before


def test_a_virtual_environment_without_pip_gets_it(project):
    for path in project.glob(".venv/lib/python*/site-packages/pip*"):
        shutil.rmtree(path)
    with registry() as index:
        code, output = make(project, index, PIP_INDEX_URL=index.url())
    assert code == 0, output
    assert installed(project)


npm = pytest.mark.skipif(not shutil.which("npm"), reason="npm is not on PATH")


@npm
@pytest.mark.parametrize("given", ["variable", ".npmrc"])
def test_npms_registry_is_honoured(project, given):
    with registry(CREDENTIALS) as index:
        npmrc(project, index, CREDENTIALS, f"registry={index.url('/')}\n" if given == ".npmrc" else "")
        variables = {"npm_config_registry": index.url("/")} if given == "variable" else {}
        code, output = make(project, index, "node_modules/.ready", **variables)
        assert code == 0
        assert (project / "node_modules" / "demo-package" / "package.json").exists(), output
        assert {"/demo-package", "/demo-package.tgz"} <= set(index.asked)
        assert index.outside == []


@npm
@pytest.mark.parametrize("given", [f"user:{SECRET}", SECRET])
def test_npms_failures_show_no_credentials(project, given):
    with registry() as index:
        encoded = npmrc(project, index, given, f"registry={index.url('/nothing/', credentials=given)}\n")
        code, output = make(project, index, "node_modules/.ready")
        assert index.asked
    assert code == 0
    assert "404 Not Found - GET http://" in output
    assert "npm could not install the cdktf and cdktn command lines" in output
    assert SECRET not in output
    assert encoded not in output


def npmrc(project: Path, index: Registry, credentials: str, more: str = "") -> str:
    """Write where npm keeps a registry's credentials, and return what it keeps."""
    encoded = base64.b64encode(credentials.encode()).decode()
    (project / ".npmrc").write_text(f"//127.0.0.1:{index.port}/:_auth={encoded}\n{more}")
    return encoded


@pytest.mark.parametrize("folder", [ROOT, ROOT / "setup/cdktn"])
def test_the_lock_is_of_the_pipfile(folder):
    lock = json.loads((folder / "Pipfile.lock").read_text())
    assert lock["_meta"]["pipfile"] == {"sha256": digest(folder / "Pipfile")}
    assert lock["_meta"]["sources"] == []
