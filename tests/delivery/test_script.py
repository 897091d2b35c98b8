"""The install script, really run: in a scratch root, with real pip and real Python; only dnf and aws are stand-ins."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

import client
from constructs_lib.aws import packing
from constructs_lib.aws.delivery import DIRECT, command_document, command_script, user_data
from constructs_lib.aws.release import archive, packed_documents, release_files
from constructs_lib.credentials import credential_document

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
FILES = {path.name: path.read_bytes() for path in (ROOT / "client").glob("*.py")}
REQUIREMENTS = (ROOT / "client" / "requirements.txt").read_text()
CLIENT = archive(FILES, REQUIREMENTS)
# The client as it is delivered, but what it sends to the metadata service without a proxy goes to a server on loopback.
ROUTE = b"""
import os, socket
def connect(self, address, real=socket.socket.connect):
    if str(address[0]).startswith(("169.254.", "fd00:")):
        if "TEST_METADATA_PORT" not in os.environ:
            raise OSError("no metadata service here")
        address = ("127.0.0.1", int(os.environ["TEST_METADATA_PORT"]))
    return real(self, address)
socket.socket.connect = connect
"""
ROUTED = FILES | {"__main__.py": ROUTE + FILES["__main__.py"]}
DOCUMENT = credential_document(
    provider_name="projects/345678901234/locations/global/workloadIdentityPools/demo-aws/providers/demo-aws-app",
    service_account_email="demo-app@my-project.iam.gserviceaccount.com",
)
ENVIRONMENT = {
    "GCP_PROJECT_ID": "my-project",
    "GCP_LOCATION": "global",
    "GEMINI_MODEL": "gemini-3.5-flash",
    "KEYLESS_ALLOWED_CIDRS": "203.0.113.7/32",
}


# Stands for Systems Manager: documents by name. The name of a release's contains its digest, so that several can be there.
SERVED = Path(tempfile.mkdtemp(prefix="documents"))
AWS = f'[ "$1 $2 $5" = "ssm get-document --name" ] && exec cat {SERVED}/"$6"'


def serve(client, name=None):
    """The release, which the tool `aws` of every instance has from now on."""
    name = name or f"demo-client-release-{hashlib.sha256(client).hexdigest()[:12]}"
    release, contents = packed_documents(name, client)
    for document, content in contents.items():
        (SERVED / document).write_text(json.dumps(content))
    return release


def script(
    files=ROUTED, requirements=REQUIREMENTS, document=DOCUMENT, environment=ENVIRONMENT, connection=DIRECT, **more
):
    """A workload's script, and its release served; `more` replaces files of the release."""
    release = release_files(files, requirements) | {name.replace("_", "."): text for name, text in more.items()}
    return command_script(serve(packing.pack(release)), document, environment, connection, region="ap-northeast-1")


class Instance:
    """A scratch root, and a PATH without Python 3.11 until dnf has brought it; `venv` takes the place of `python3.11 -m venv`."""

    def __init__(self, folder, wheels, metadata, venv=None):
        self.root, self.tools = folder / "root", folder / "tools"
        for path in (self.root / "usr/local/bin", self.tools):
            path.mkdir(parents=True)
        python = getattr(sys, "_base_executable", sys.executable)
        tools = "sh cat date printenv mkdir rm mv ln cp sed chmod cksum tr touch sleep flock sync tail readlink env grep uname true"
        for name in tools.split():
            (self.tools / name).symlink_to(shutil.which(name))
        self.tool("python3", f'exec {python} "$@"')
        self.tool("aws", AWS)
        if venv:
            copied = f'[ "$1 $2" = "-m venv" ] && exec {shutil.which("cp")} -al {venv} "$3"'
            self.tool("python3.11-of-dnf", f'{copied}\nexec {python} "$@"')
            python = self.tools / "python3.11-of-dnf"
        self.tool(
            "dnf",
            f'echo "$*" >>{folder}/dnf.log\n[ -e {folder}/online ] || exit 1\nln -sf {python} {self.root}/usr/local/bin/python3.11',
        )
        self.folder = folder
        self.online()
        self.env = {
            "PATH": str(self.tools),
            "KEYLESS_ROOT": str(self.root),
            "SSM_action": "update",
            "KEYLESS_PAUSE": "0.3",
            "KEYLESS_TRIES": "40",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheels),
            "PIP_NO_COMPILE": "0",  # pip's way to say yes; what is imported is compiled then
            "TEST_METADATA_PORT": str(metadata),
        }
        self.script = script()

    def tool(self, name, body):
        path = self.tools / name
        path.unlink(missing_ok=True)  # it may be a link to the real one
        path.write_text(f"#!{shutil.which('sh')}\n{body}\n")
        path.chmod(0o755)

    def online(self):
        (self.folder / "online").touch()

    def start(self, script=None, **variables):
        # A file of its own for each run, as the agent makes it: the shell reads it while it runs.
        path = Path(tempfile.mkdtemp(dir=self.folder), "script.sh")
        path.write_text(script or self.script)
        # Absolute, and a bare PATH: what the script calls is what an instance has.
        return subprocess.Popen(
            [shutil.which("sh"), str(path)],
            env=self.env | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, script=None, **variables):
        process = self.start(script, **variables)
        out, _ = process.communicate(timeout=300)
        return process.returncode, out

    @property
    def log(self):
        return (self.root / "var/log/keyless-client.log").read_text()

    def keyless(self, *arguments, **variables):
        command = [
            shutil.which("env"),
            "-i",
            *[f"{k}={v}" for k, v in variables.items()],
            shutil.which("sh"),
            "-c",
            'exec "$0" "$@"',
            str(self.root / "usr/local/bin/keyless"),
            *arguments,
        ]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=180, cwd=self.folder)

    def furnish(self, requirements, packages):
        """Put the packages of another instance where a release with these requirements has them."""
        digest = subprocess.run(["cksum"], input=requirements.encode(), capture_output=True, check=True).stdout
        venv = self.root / "opt/keyless" / f"venv-{digest.decode().replace(' ', '').strip()}-python3.11"
        shutil.copytree(packages, venv, symlinks=True, copy_function=os.link)
        # Each run makes sure that `import google.genai` works: here it imports nothing more. Installations have the real one.
        (module,) = venv.glob("lib/python*/site-packages/google/genai/__init__.py")
        module.unlink()  # the link; the other instance's stays
        module.touch()

    def venvs(self):
        return {path.name: path.stat().st_ino for path in (self.root / "opt/keyless").glob("venv-*")}


def test_first_boot_with_a_network_that_comes_late(cloud, wheels, metadata, tmp_path):
    """User data, the document, dnf and pip: each fails at first."""
    instance = Instance(tmp_path, wheels, metadata)
    (tmp_path / "online").unlink()
    (SERVED / "demo-app-client").write_text(json.dumps(command_document(instance.script)))
    instance.tool("aws", f'echo "$*" >>{tmp_path}/aws.log\n[ -e {tmp_path}/reachable ] || exit 255\n{AWS}')
    late = tmp_path / "wheels-that-come-late"
    process = instance.start(
        "umask 000\n" + _unpacked(user_data("demo-app-client", "ap-northeast-1")), PIP_FIND_LINKS=str(late)
    )
    _until(lambda: _tried(tmp_path / "aws.log") > 1)
    (tmp_path / "reachable").touch()
    _until(lambda: _tried(tmp_path / "dnf.log") > 1)
    instance.online()
    _until(lambda: "install_packages" in instance.log)
    late.symlink_to(wheels)
    process.communicate(timeout=300)
    assert process.returncode == 0, instance.log
    for name in ("run/keyless.sh", "run/keyless.json", "var/log/keyless-client.log"):
        assert (instance.root / name).stat().st_mode & 0o777 == 0o644, "nobody else may write what root runs"
    assert "ssm get-document --region ap-northeast-1 --name demo-app-client" in (tmp_path / "aws.log").read_text()
    assert "failed, again in 0.3 s: install_python" in instance.log
    assert "failed, again in 0.3 s: install_packages" in instance.log
    assert re.search(f"client {client.__version__} release [0-9a-f]{{12}}\n", instance.log)
    done = instance.keyless("--json", **cloud.environment)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["answer"] == cloud.answer
    assert "allowed are 203.0.113.7/32" in next(c["detail"] for c in report["checks"] if c["name"] == "egress")
    _awkward_prompts(instance, cloud)


def _until(true):
    deadline = time.monotonic() + 120
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _tried(log):
    """How often a tool was called."""
    return len(log.read_text().splitlines()) if log.exists() else 0


def _unpacked(text):
    import base64
    import gzip

    return gzip.decompress(base64.b64decode(text)).decode()


PROMPTS = (
    "$(touch x)", "`touch x`", "'; touch x; '", '"; touch x; "', "a\nb\\n$PATH ${HOME} {{ x }}", "--json", "*",
)  # fmt: skip


def _awkward_prompts(instance, cloud):
    """All in one are what Gemini gets; each alone is an argument of the client, which takes a second to start."""
    asked = {"SSM_action": "smoke", "SSM_json": "true", "SSM_expectDenied": "false"}
    everything = "".join(PROMPTS)
    code, out = instance.run(**asked, SSM_prompt=everything, **cloud.environment)
    assert code == 0, out
    assert json.loads(out)["answer"] == cloud.answer
    assert json.loads(cloud.bodies["gemini"][-1])["contents"][0]["parts"][0]["text"] == everything
    main = instance.root / "opt/keyless/current/client/__main__.py"
    client = main.read_bytes()
    main.write_text("import json, sys; print(json.dumps(sys.argv[1:]))")
    for prompt in PROMPTS:
        code, out = instance.run(**asked, SSM_prompt=prompt)
        assert (code, json.loads(out)) == (0, ["--json", f"--prompt={prompt}"])
    main.write_bytes(client)
    assert not list(instance.folder.rglob("x"))
    cloud.allowed = frozenset()
    code, out = instance.run(
        SSM_action="smoke", SSM_prompt="", SSM_json="false", SSM_expectDenied="true", **cloud.environment
    )
    assert code == 0
    assert "denied as expected" in out
    code, out = instance.run(SSM_action="smoke", SSM_noEgress="true", **cloud.environment)
    assert "switched off" in out


def test_interrupted_then_twice_then_renewed(instance):
    process = instance.start()
    deadline = time.monotonic() + 30
    while (
        not list(instance.root.glob("opt/keyless/venv-*/lib/python*/site-packages/google"))
        and time.monotonic() < deadline
    ):
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert not list(instance.root.glob("opt/keyless/venv-*/.complete"))
    assert not (instance.root / "usr/local/bin/keyless").exists()

    code, out = instance.run()
    assert code == 0, out + instance.log
    before = instance.venvs()
    (complete,) = instance.root.glob("opt/keyless/venv-*/.complete")
    installed = complete.stat().st_mtime_ns
    code, out = instance.run()
    assert code == 0, out
    assert instance.venvs() == before
    assert complete.stat().st_mtime_ns == installed

    home = instance.root / "opt/keyless"
    assert (home / "current/credentials.json").stat().st_mode & 0o777 == 0o644
    assert instance.keyless("--check", "document").returncode == 0
    planted = instance.folder / "client"
    planted.mkdir()
    (planted / "__init__.py").write_text("raise SystemExit('the current folder is not to be imported from')")
    assert re.fullmatch(f"{client.__version__} release [0-9a-f]{{12}}\n", instance.keyless("--version").stdout)
    (home / "current/credentials.json").write_text(
        (home / "current/credentials.json").read_text().replace("demo-app@", "evil-app@")
    )
    done = instance.keyless("--check", "document")
    assert done.returncode == 2
    assert "not the document that was delivered" in done.stdout

    changed = script(environment=ENVIRONMENT | {"GCP_PROJECT_ID": "other-project", "NOTE": "it's another"})
    code, out = instance.run(changed)
    assert code == 0, out
    assert instance.keyless("--check", "document").returncode == 0
    assert "project other-project," in instance.keyless("--check", "config").stdout
    assert len(list(home.glob("release-*"))) == 2
    assert instance.venvs() == before


def test_two_at_once(furnished):
    """First boot and `make update` together: one waits for the other."""
    instance = furnished
    code, out = instance.run()
    assert code == 0, out
    threads, codes = [], []
    for _ in range(3):
        thread = threading.Thread(target=lambda: codes.append(instance.run()[0]))
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()
    assert codes == [0, 0, 0]
    assert instance.keyless("--check", "document").returncode == 0


def test_gives_up_and_says_so(instance, tmp_path):
    (tmp_path / "online").unlink()
    code, out = instance.run(KEYLESS_TRIES="2", KEYLESS_PAUSE="0.1")
    assert code == 1
    assert "gave up after 2 attempts: install_python" in out


STEPS = ("write_files", "make_environment", "make_release", "check_identity", "place", "switch_over", "install_release")
INSTALL = release_files({}, "")["install.sh"].decode().splitlines()


def _stopping_points():
    """The lines of the install script's steps after which a command is complete: numbers, and the step of each."""
    points, function = {}, ""
    for number, line in enumerate(INSTALL):
        if line.endswith("() {"):
            function = line[:-4]
        elif line == "}":
            function = ""
        elif function in STEPS:
            points[number + 1] = function
    return points


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.soak)], ids=["every fifth", "each"])
def test_killed_after_a_line(furnished, step):
    """Whatever line the last run was killed after: the client that is there is whole, and the next run gets further."""
    instance = furnished
    before = instance.venvs()
    points = _stopping_points()
    assert len(points) > 40
    points = [point for point, function in points.items() if point % step == 0 or function == "place"]
    quick = dict.fromkeys(FILES, b"")  # it starts in no time; the last one is the client
    home, killed = instance.root / "opt/keyless", 0
    for count, point in enumerate(points):
        settings = ENVIRONMENT | {"GCP_PROJECT_ID": f"project-{count}"}
        document = DOCUMENT | {"audience": DOCUMENT["audience"].replace("345678901234", f"345678901{count:03}")}
        lines = [*INSTALL[:point], "kill -9 0", *INSTALL[point:], ""]
        files = ROUTED if point == points[-1] else quick
        killing = script(files, document=document, environment=settings, install_sh="\n".join(lines).encode())
        process = instance.start(killing)
        process.communicate(timeout=180)
        killed += process.returncode == -signal.SIGKILL
        assert process.returncode in (-signal.SIGKILL, 0), INSTALL[point - 1]
        if not (home / "current").exists():
            assert not (instance.root / "usr/local/bin/keyless").exists()
            continue
        whole = sorted(path.name for path in (home / "current/").iterdir())
        assert whole == ["client", "credentials.json", "environment", "keyless", "load.sh", "requirements.txt", "venv"]
        digest = hashlib.sha256((home / "current/credentials.json").read_bytes()).hexdigest()
        assert digest in (home / "current/environment").read_text(), INSTALL[point - 1]
    assert killed > len(points) / 3
    assert instance.keyless("--check", "config").returncode == 0
    code, out = instance.run()
    assert code == 0, out
    assert instance.keyless("--check", "document").returncode == 0
    assert instance.venvs() == before
    left = [path.name for path in (*home.iterdir(), *(instance.root / "usr/local/bin").iterdir())]
    assert sorted(name.split("-")[0] for name in left) == [
        "current", "keyless", "keyless", "python3.11", "release", "release", "venv",
    ]  # fmt: skip


def test_what_is_broken_is_made_anew_and_what_fails_changes_nothing(furnished, packages):
    instance = furnished
    code, out = instance.run()
    assert code == 0, out
    home, (venv,) = instance.root / "opt/keyless", instance.venvs()

    def answers(project):
        return f"project {project}," in instance.keyless("--check", "config").stdout

    changed = ENVIRONMENT | {"GCP_PROJECT_ID": "other-project"}
    # A flipped bit of the archive's contents; a client that does not start; a disk that is full, or a tool that fails.
    whole = script(environment=changed)
    damaged = re.sub(r"(<<'END_OF_FILES'\n.{100})(.)", lambda m: m[1] + chr(ord(m[2]) ^ 1), whole)
    assert damaged != whole
    mute = script(ROUTED | {"__init__.py": b"raise SystemExit(1)"}, environment=changed)
    for broken, exit_code, said in ((damaged, 56, "the packed files are damaged"), (mute, 1, ""), (whole, 1, "")):
        if broken is whole:
            instance.tool("chmod", "exit 1")
        code, out = instance.run(broken)
        assert code == exit_code, out
        assert said in out
        assert answers("my-project")
    (instance.tools / "chmod").unlink()
    (instance.tools / "chmod").symlink_to(shutil.which("chmod"))

    # An interruption left what seems to work, but is not complete.
    (home / venv / ".complete").unlink()
    (lost,) = (home / venv).glob("lib/python*/site-packages/distro/distro.py")
    lost.unlink()
    code, out = instance.run()
    assert code == 0, out
    assert lost.exists()

    (home / venv / "bin/python").unlink()
    code, out = instance.run(script(environment=changed), PIP_NO_INDEX="1")
    assert code == 0, out
    assert answers("other-project")

    instance.furnish(REQUIREMENTS + "# renewed\n", packages)
    code, out = instance.run(script(requirements=REQUIREMENTS + "# renewed\n"))
    assert code == 0, out
    assert len(instance.venvs()) == 2, "the venv of the release before stays"
    forged = REQUIREMENTS.replace("--hash=sha256:", "--hash=sha256:0000")
    forged = "\n".join(line.replace("0000", "", 1) if line.startswith("#") else line for line in forged.splitlines())
    forged = re.sub(r"sha256:0000(\w{60})\w{4}", r"sha256:0000\1", forged)
    code, out = instance.run(script(requirements=forged, environment=changed))
    assert code == 55, "no second attempt: it would not help"
    assert "DO NOT MATCH THE HASHES" in out
    assert answers("my-project")


def test_modes_and_owners_whatever_the_caller_has(furnished):
    """cloud-init and the agent set neither HOME nor, for certain, a umask."""
    instance = furnished
    path = instance.folder / "strict.sh"
    path.write_text(instance.script)
    strict = f"umask 077; exec {shutil.which('sh')} {path}"
    done = subprocess.run(
        [shutil.which("sh"), "-c", strict], env=instance.env, cwd="/", capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout
    current = (instance.root / "opt/keyless/current").resolve()
    expected = {
        "credentials.json": 0o644,
        "environment": 0o644,
        "keyless": 0o755,
        "client/cli.py": 0o644,
        "client": 0o755,
        ".": 0o755,
    }
    found = {name: (current / name).stat() for name in expected}
    assert {name: status.st_mode & 0o777 for name, status in found.items()} == expected
    assert {status.st_uid for status in found.values()} == {os.getuid()}
    compiled = {path.name.split(".")[0] for path in (current / "client/__pycache__").iterdir()}
    assert compiled == {Path(name).stem for name in FILES}, "whoever may not write here would compile at every start"
    for name in ("etc/keyless/environment", "usr/local/bin/keyless"):
        assert (instance.root / name).resolve().parent == current
    assert (instance.root / "var/log/keyless-client.log").stat().st_mode & 0o777 == 0o644
    assert not (instance.root / "etc/systemd").exists(), "without a proxy the agent keeps its settings"
    assert not list((instance.root / "run").glob("keyless.[0-9]*"))


def test_asked_for_nothing_it_does_nothing(instance):
    """An agent that knows no ENV_VAR sets no variable: a smoke test must not end as a successful update."""
    for action in ("", "Smoke"):
        code, out = instance.run(SSM_action=action)
        assert code == 2
        assert "SSM Agent 3.3.2746.0 or newer" in out
    code, out = instance.run(SSM_action="smoke")
    assert code == 2
    assert "not installed here" in out
    assert not (instance.root / "opt").exists()


def test_waits_for_the_run_that_is_under_way(furnished):
    instance = furnished
    (instance.root / "run").mkdir()
    with (instance.root / "run/keyless.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        process = instance.start()
        time.sleep(1)
        assert process.poll() is None
        assert not (instance.root / "etc").exists()
    out, _ = process.communicate(timeout=180)
    assert process.returncode == 0
    assert "another run is under way" in out
