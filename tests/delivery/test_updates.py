"""What an update leaves as it is: what works, what runs, and what the release before it installed."""

import base64
import bz2
import io
import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from constructs_lib.aws.delivery import command_document
from tests.delivery.test_script import DOCUMENT, ENVIRONMENT, FILES, REQUIREMENTS, ROOT, SERVED, script

pytestmark = pytest.mark.slow
PREVIOUS = Path(__file__).parent / "previous"


def says(instance, project):
    return f"project {project}," in instance.keyless("--check", "config").stdout


def test_an_update_whose_identity_check_fails_keeps_the_old_release(furnished):
    instance = furnished
    assert instance.run()[0] == 0
    before = (instance.root / "opt/keyless/current").resolve()
    changed = script(environment=ENVIRONMENT | {"GCP_PROJECT_ID": "other-project"})
    code, out = instance.run(changed, TEST_METADATA_PORT="1")
    assert code == 10, "the client's own exit code"
    assert "FAIL  metadata" in out
    assert "attempt 2 of 3" in out, "a metadata service that is slow once refuses no update"
    assert "the release of before is kept" in out
    assert (instance.root / "opt/keyless/current").resolve() == before
    assert says(instance, "my-project")
    assert instance.run(changed)[0] == 0
    assert says(instance, "other-project")


def test_a_first_release_is_installed_whatever_its_identity_check_says(furnished):
    code, out = furnished.run(TEST_METADATA_PORT="1")
    assert code == 0, out
    assert "installed, but the client does not get the instance's AWS identity: run keyless" in out
    assert furnished.keyless("--check", "document").returncode == 0


OTHER_IDENTITIES = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token",
    "AWS_PROFILE": "somebody", "AWS_DEFAULT_PROFILE": "somebody", "AWS_CONFIG_FILE": "/x", "AWS_SHARED_CREDENTIALS_FILE": "/x",
    "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/other", "AWS_WEB_IDENTITY_TOKEN_FILE": "/x", "AWS_ROLE_SESSION_NAME": "x",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.2/x",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "x", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/x",
    "AWS_LAMBDA_FUNCTION_NAME": "x", 
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9",
    "AWS_EC2_METADATA_DISABLED": "true", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:9",
}  # fmt: skip


def test_the_instances_client_is_the_instances_role(furnished, metadata):
    """Whatever a shell or the agent has: for the update's check, for keyless, and for programs."""
    code, out = furnished.run(**OTHER_IDENTITIES)
    assert code == 0, out
    done = furnished.keyless("--check", "aws-identity", **OTHER_IDENTITIES, TEST_METADATA_PORT=str(metadata))
    assert "role demo-app-role from the instance" in done.stdout, done.stdout
    names = "import os; print(sorted(name for name in os.environ if name.startswith('AWS_')))"
    done = started(furnished, "python", "-c", names, **OTHER_IDENTITIES).communicate(timeout=60)
    assert done == ("[]\n", None)
    assert started(furnished).wait(timeout=60) == 2, "keyless-run needs a program, and returns its exit code"
    assert started(furnished, "python", "-c", "raise SystemExit(7)").wait(timeout=60) == 7


def test_every_such_variable_is_removed_by_the_wrapper_and_by_the_unit_of_the_runbook():
    load = (ROOT / "constructs_lib/aws/load.sh").read_text().replace("\\\n", " ")
    runbook = (ROOT / "docs/runbooks/client.md").read_text().replace("\\\n", " ")
    removed = set(re.search("^unset (.+)$", load, re.MULTILINE)[1].split())
    assert removed == set(re.search("^UnsetEnvironment=(.+)$", runbook, re.MULTILINE)[1].split())
    assert set(OTHER_IDENTITIES) <= removed


def started(instance, *command, **variables):
    """A program, started by keyless-run as a unit of systemd would start it."""
    return subprocess.Popen(
        [str(instance.root / "usr/local/bin/keyless-run"), *command],
        env={"PATH": instance.env["PATH"], **variables},
        cwd=instance.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


# Begins with a part of each package, and imports the rest when it is told to.
PROGRAM = """
import client.fault, google.auth, sys
print("begun", flush=True)
sys.stdin.readline()
import client.cli, google.genai.types, google.auth.aws, pydantic
print(client.cli.__file__, google.genai.types.__file__, flush=True)
"""


def test_a_long_running_program_keeps_its_files_over_any_number_of_updates(furnished, packages):
    """Each update has other requirements too, so that the packages' folder changes with the release.

    Without its variables, as one that writes its title over them, a program has its lock alone.
    """
    instance = furnished
    assert instance.run()[0] == 0
    release = (instance.root / "opt/keyless/current").resolve()
    venv = (release / "venv").resolve()
    by_wrapper = started(instance, "python", "-c", PROGRAM)
    # As a program that yesterday's release started: no lock, but its release in a variable.
    by_path = subprocess.Popen(
        [venv / "bin/python", "-c", PROGRAM],
        env={"PYTHONPATH": str(release)}, cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    by_lock = started(instance, shutil.which("env"), "-i", shutil.which("sleep"), "600")
    for program in (by_wrapper, by_path):
        assert program.stdout.readline() == "begun\n"
    for number in range(4):
        requirements = f"{REQUIREMENTS}# {number}\n"
        instance.furnish(requirements, packages)
        code, out = instance.run(script(requirements=requirements))
        assert code == 0, out
        for program in (by_wrapper, by_path)[number // 2 :]:
            assert program.poll() is None
        if number == 1:  # what is no longer used by one is still used by the other
            assert _lazily_imports(by_wrapper, release, venv)
    assert _lazily_imports(by_path, release, venv)
    assert instance.run(script(requirements=requirements))[0] == 0
    assert release.exists()
    by_lock.kill()
    by_lock.communicate()
    assert instance.run(script(requirements=requirements))[0] == 0
    assert not release.exists(), "what is not used is removed"
    assert not venv.exists()
    assert len(instance.venvs()) == 1
    assert len(list((instance.root / "opt/keyless").glob("release-*"))) == 2


def _lazily_imports(program, release, venv):
    out, _ = program.communicate("go on\n", timeout=60)
    client, packages = out.split()
    return (
        program.returncode == 0
        and Path(client).is_relative_to(release)
        and Path(packages).resolve().is_relative_to(venv)
    )


def _previous(name):
    text = (PREVIOUS / name).read_text()
    return text.replace("@NAME@", "demo-app-client").replace("@REGION@", "ap-northeast-1")


def test_an_instance_of_the_release_before_takes_the_update(furnished):
    """Its install script made what is there; `make update` sends the new document."""
    instance, buffer = furnished, io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in FILES.items():
            entry = tarfile.TarInfo(f"client/{name}")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    old = _previous("delivery.sh").replace("@REQUIREMENTS@", REQUIREMENTS.rstrip())
    old = old.replace("@DOCUMENT@", json.dumps(DOCUMENT)).replace("@ENVIRONMENT@", "GCP_PROJECT_ID=old-project")
    old = old.replace("@CLIENT@", base64.b64encode(bz2.compress(buffer.getvalue())).decode())
    instance.tool("dirname", f'exec {shutil.which("dirname")} "$@"')
    code, out = instance.run(old)
    assert says(instance, "old-project"), out
    code, out = instance.run()
    assert code == 0, out
    assert says(instance, "my-project")
    assert len(list((instance.root / "opt/keyless").glob("release-*"))) == 2


def test_the_bootstrap_of_the_release_before_runs_the_new_document(furnished):
    """An instance that was built with yesterday's user data and boots today."""
    (SERVED / "demo-app-client").write_text(json.dumps(command_document(furnished.script)))
    code, out = furnished.run(_previous("bootstrap.sh"), SSM_action="")
    assert code == 0, furnished.log
    assert furnished.keyless("--check", "document").returncode == 0
