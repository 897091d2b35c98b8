"""The Lambda zips: each binary fits its runtime, nothing is compiled here, and one is run as Lambda runs it."""

import hashlib
import io
import json
import os
import platform
import re
import shutil
import struct
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from functools import cache
from pathlib import Path

import pytest
from packaging.tags import compatible_tags, cpython_tags, parse_tag
from packaging.utils import parse_wheel_filename

from setup import lambda_zips
from setup.lambda_zips import ARCHITECTURES, REQUIREMENTS, RUNTIMES, TASK, WHEELS
from tests.packaging.conftest import ROOT

# ELF specification, e_machine.
MACHINES = {62: "x86_64", 183: "arm64"}
# "AWS Lambda Developer Guide", runtimes: from Python 3.12 on they run on Amazon Linux 2023, which has glibc 2.34.
GLIBC = (2, 34)
HERE = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
ALL = [(runtime, architecture) for runtime in RUNTIMES for architecture in ARCHITECTURES]
pytestmark = pytest.mark.xdist_group("lambda")  # one zip for all
OURS = ("keyless_client", "lambda_function.py", "credentials.json")
# What Lambda's own bootstrap does, with nothing but the standard library and the zip on the path.
BOOTSTRAP = """
import importlib, json, os, sys
sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
module, _, function = os.environ["_HANDLER"].rpartition(".")
handler = getattr(importlib.import_module(module), function)
print(json.dumps([handler(event, None) for event in json.loads(sys.argv[1])]))
"""


@cache
def interpreter(runtime):
    """A Python of this version on this machine, or None."""
    found = [
        shutil.which(runtime),
        *Path.home().glob(f".pyenv/versions/{runtime.removeprefix('python')}.*/bin/{runtime}"),
    ]
    works = (
        path
        for path in found
        if path and subprocess.run([path, "-c", "import ssl"], capture_output=True).returncode == 0
    )
    return next(works, None)


# `make test` builds one zip: one that can be run here. The others are built by `make soak`.
CHOSEN = next(((each, HERE) for each in RUNTIMES if interpreter(each)), (RUNTIMES[0], "x86_64"))
EACH = [pytest.param(pair, id="-".join(pair), marks=[] if pair == CHOSEN else pytest.mark.soak) for pair in ALL]


@pytest.fixture(scope="module")
def build(wheel, tmp_path_factory):
    """Builds a zip once, as `make lambda` does; skips where no package index can be reached."""

    @cache
    def build(runtime, architecture):
        out = tmp_path_factory.mktemp("zips")
        words = [f"--wheel={wheel}", f"--out={out}", f"--runtime={runtime}", f"--architecture={architecture}"]
        done = subprocess.run(
            [sys.executable, "-m", "setup.lambda_zips", *words, "--workload=summaries"],
            cwd=ROOT, env={**os.environ, "ENVIRONMENT": "existing-network", "PIP_RETRIES": "1", "PIP_DEFAULT_TIMEOUT": "15"}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode and "connection broken" in done.stderr:
            pytest.skip("no package index can be reached, and .cache/wheels does not hold the wheels")
        assert done.returncode == 0, done.stderr
        return out

    return build


@pytest.fixture(params=EACH)
def built(request, build):
    """One zip after the other: runtime, architecture, path."""
    (path,) = build(*request.param).glob("*.zip")
    return *request.param, path


def test_each_binary_fits_its_runtime(built):
    runtime, architecture, path = built
    version = runtime.removeprefix("python").replace(".", "")
    with zipfile.ZipFile(path) as file:
        binaries = {name: file.read(name) for name in file.namelist() if file.read(name).startswith(b"\x7fELF")}
        assert [name for name in file.namelist() if ".so" in Path(name).suffixes] == list(binaries)
    assert len(binaries) >= 5
    for name, content in binaries.items():
        tag = f"cpython-{version}-{ARCHITECTURES[architecture]}-linux-gnu"
        assert Path(name).name.split(".", 1)[1] in (f"{tag}.so", "abi3.so")
        assert content[4:6] == b"\x02\x01", f"{name} is not 64 bit, little-endian"
        assert MACHINES[struct.unpack_from("<H", content, 18)[0]] == architecture, name
        wanted = [tuple(map(int, each.split(b"."))) for each in re.findall(rb"\0GLIBC_(\d+\.\d+)", content)]
        assert wanted, f"{name} names no version of glibc"
        assert max(wanted) <= GLIBC, f"{name} needs a newer glibc than Amazon Linux 2023 has"


def test_each_package_is_a_locked_wheel_for_this_runtime_unchanged(built):
    runtime, architecture, path = built
    fits = tags_of(runtime, architecture)
    locked = REQUIREMENTS.read_text()
    original = {}
    for wheel in WHEELS.glob("*.whl"):
        if parse_wheel_filename(wheel.name)[3] & fits and hashlib.sha256(wheel.read_bytes()).hexdigest() in locked:
            with zipfile.ZipFile(wheel) as file:
                original |= {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(path) as file:
        names = [name for name in file.namelist() if not name.startswith(OURS)]
        changed = [name for name in names if original.get(name) != file.read(name)]
        texts = {name: message_from_bytes(file.read(name)) for name in names if name.endswith(("/METADATA", "/WHEEL"))}
    assert {name.split("/")[1] for name in changed} == {"INSTALLER", "REQUESTED"}, "what pip writes, and nothing else"
    for name, text in texts.items():
        if name.endswith("/WHEEL"):
            assert {tag for each in text.get_all("Tag") for tag in parse_tag(each)} & fits, name
    found = {text["Name"].lower().replace("_", "-"): text["Version"] for name, text in texts.items() if text["Version"]}
    assert found == dict(re.findall(r"^([\w.-]+)==(\S+)", locked, re.M))
    assert not [name for name in names if name.endswith(".pyc")]


def tags_of(runtime, architecture):
    """What Python packaging's own library says that this runtime can load."""
    version = (3, int(runtime.removeprefix("python3.")))
    names = [f"manylinux_2_{minor}_{ARCHITECTURES[architecture]}" for minor in range(GLIBC[1], 4, -1)]
    return {*cpython_tags(version, platforms=names), *compatible_tags(version, platforms=names)}


def test_lambda_takes_it(built):
    """AWS Lambda Developer Guide, "Lambda quotas", and "Working with .zip file archives": everybody may read."""
    *_, path = built
    assert path.stat().st_size < 50_000_000
    with zipfile.ZipFile(path) as file:
        entries = file.infolist()
        assert file.testzip() is None
    assert sum(entry.file_size for entry in entries) < 250_000_000
    names = [entry.filename for entry in entries]
    assert {"credentials.json", "lambda_function.py", "keyless_client/__init__.py"} <= set(names)
    # What would differ from one machine to the next.
    assert names == sorted(names)
    assert {(entry.date_time, entry.external_attr >> 16) for entry in entries} == {((1980, 1, 1, 0, 0, 0), 0o100644)}
    assert not [name for name in names if name.startswith("bin/") or name.endswith(("/RECORD", "/direct_url.json"))]


@pytest.mark.soak
def test_the_same_bytes_with_another_umask(build):
    before = os.umask(0o077)
    try:
        (again,) = build.__wrapped__(*CHOSEN).glob("*.zip")
    finally:
        os.umask(before)
    (first,) = build(*CHOSEN).glob("*.zip")
    assert again.read_bytes() == first.read_bytes()


@pytest.mark.parametrize("kind", ["source", "another hash"])
def test_neither_source_nor_another_wheel_is_taken(kind, tmp_path, monkeypatch):
    """A source distribution would run its setup.py on this machine, and compile for it."""
    ran = tmp_path / "ran"
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    if kind == "source":
        file = wheels / "thing-1.0.tar.gz"
        script = f"open({str(ran)!r}, 'w')\nfrom setuptools import setup\nsetup(name='thing', version='1.0')\n"
        with tarfile.open(file, "w:gz") as tar:
            entry = tarfile.TarInfo("thing-1.0/setup.py")
            entry.size = len(script)
            tar.addfile(entry, io.BytesIO(script.encode()))
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
    else:
        with zipfile.ZipFile(wheels / "thing-1.0-py3-none-any.whl", "w") as made:
            made.writestr("thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
        digest = "0" * 64
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"thing==1.0 --hash=sha256:{digest}\n")
    monkeypatch.setattr(lambda_zips, "REQUIREMENTS", requirements)
    monkeypatch.setattr(lambda_zips, "WHEELS", wheels)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    with pytest.raises(
        lambda_zips.Refused, match="No matching distribution found for thing" if kind == "source" else "(?i)hash"
    ):
        lambda_zips.install(tmp_path / "target", "3.12", "x86_64")
    assert not ran.exists()
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_run_as_lambda_runs_it(runtime, build, tmp_path, cloud, proxy):
    """The function's own keys, a folder that nobody can write to, no package but those of the zip: an answer, and no key."""
    if not (python := interpreter(runtime)):
        pytest.skip(f"{runtime} is not on this machine")
    if (runtime, HERE) != CHOSEN and not os.environ.get("SOAK"):
        pytest.skip(f"make test runs {CHOSEN[0]}; `make soak` runs every Python of this machine")
    out, task = build(runtime, HERE), tmp_path / "task"
    with zipfile.ZipFile(out / f"existing-network-summaries-{runtime}-{HERE}.zip") as file:
        file.extractall(task)
    told = json.loads((out / "existing-network-summaries-environment.json").read_text())["Variables"]
    cloud.service_account = "shared-summaries@my-project.iam.gserviceaccount.com"
    cloud.role = "lambda-summaries"
    keys = cloud.keys
    environ = {
        "PATH": os.environ["PATH"], "TZ": ":UTC", "LANG": "en_US.UTF-8", "_HANDLER": "lambda_function.lambda_handler",
        "LAMBDA_TASK_ROOT": str(task), "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}", "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1", "AWS_LAMBDA_FUNCTION_NAME": "summaries", "AWS_ACCESS_KEY_ID": keys.id,
        "AWS_SECRET_ACCESS_KEY": keys.secret, "AWS_SESSION_TOKEN": keys.token,
        **{name: value.replace(TASK, str(task)) for name, value in told.items()}, **proxy.environment(),
    }  # fmt: skip
    for folder in [task, *task.rglob("*/")]:
        folder.chmod(0o555)
    # Root may write anywhere; without this capability it may not.
    drop = ["setpriv", "--bounding-set=-dac_override"] if os.getuid() == 0 else []

    def run(*events):
        return subprocess.run(
            [*drop, python, "-I", "-S", "-c", BOOTSTRAP, json.dumps(events)],
            env=environ, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    assert (run().stdout, cloud.log) == ("[]\n", []), (
        "a SnapStart snapshot is taken after the import, and holds no token"
    )
    done = run({"prompt": "why?"}, {"prompt": "again?"}, {"doctor": True})
    for folder in [task, *task.rglob("*/")]:
        folder.chmod(0o755)
    assert done.returncode == 0, done.stderr
    first, second, report = json.loads(done.stdout)
    assert first == second == {"answer": cloud.answer}
    assert report["identity"]["source"] == "function"
    assert (report["ok"], report["answer"]) == (True, cloud.answer)
    asked = [service for service, *_ in cloud.log]
    assert asked[:4] == ["sts", "iamcredentials", "gemini", "gemini"], "one token for both invocations"
    assert not {"metadata", "container"} & set(asked)
    assert [path for path in task.rglob("*") if path.name == "__pycache__"] == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--runtime=python3.11"], "RUNTIME is 'python3.11'; allowed: python3.12, python3.13, python3.14"),
        (["--architecture=aarch64"], "ARCHITECTURE is 'aarch64'; allowed: x86_64, arm64"),
        (["--workload=nothing"], "with a role_name, is 'nothing'; allowed: summaries"),
        (["--workload=app"], "with a role_name, is 'app'; allowed: summaries"),
    ],
)
def test_wrong_words(words, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ENVIRONMENT", "existing-network")
    monkeypatch.setattr(sys, "argv", ["", "--wheel=none.whl", f"--out={tmp_path}", *words])
    assert lambda_zips.main() == 2
    assert sentence in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
