"""The documents that all workloads share: fetched with the instance's role, whole or not at all."""

import hashlib
import json
import shutil
import subprocess
import time

import pytest
import trustme

from constructs_lib.aws import packing
from constructs_lib.aws.connection import Connection
from constructs_lib.aws.delivery import command_script
from constructs_lib.aws.release import LINES, packed_documents, release_files
from tests.delivery.test_script import AWS, CLIENT, DOCUMENT, ENVIRONMENT, REQUIREMENTS, ROUTED, SERVED, script, serve
from tests.delivery.test_updates import OTHER_IDENTITIES, says

pytestmark = pytest.mark.slow
NEXT = ENVIRONMENT | {"GCP_PROJECT_ID": "other-project"}


def packed(files=ROUTED, **more):
    return packing.pack(release_files(files | more, REQUIREMENTS))


def served(name, client):
    """Make these the documents' present content, and return it by name."""
    return serve(client, name), packed_documents(name, client)[1]


def command(release):
    return command_script(release, DOCUMENT, NEXT, region="ap-northeast-1")


def noise(size):
    """Python source of about this many bytes that does not compress."""
    digits = "".join(hashlib.sha512(str(number).encode()).hexdigest() for number in range(size // 128))
    return f'noise = "{digits}"\n'.encode()


@pytest.fixture
def installed(furnished):
    """An instance with a release, and a log of what its aws command was called with."""
    assert furnished.run()[0] == 0
    furnished.tool("aws", f'echo "$*" >>{furnished.folder}/aws.log\n{AWS}')
    furnished.asked = lambda: (furnished.folder / "aws.log").read_text().splitlines()
    return furnished


def test_a_client_three_times_as_large_comes_in_more_documents(installed):
    release, contents = served("large-client-release", packed(**{"noise.py": noise(240_000)}))
    assert len(contents) >= 4
    assert max(len(json.dumps(content).encode()) for content in contents.values()) < 58_000
    code, out = installed.run(command(release))
    assert code == 0, out
    assert says(installed, "other-project")
    assert [line.split()[5] for line in installed.asked()] == [f"large-client-release-{n + 1}" for n in range(len(contents))]  # fmt: skip
    kept = (installed.root / "opt/keyless/current/client/noise.py").read_bytes()
    assert kept == noise(240_000)


def test_no_line_is_lost_where_one_document_ends():
    for count in (1, LINES - 1, LINES, LINES + 1, 3 * LINES):
        client = noise(count * 1600)[: count * packing.WIDTH * 4 // 5]
        release, contents = packed_documents("x", client)
        assert len(release.names) == -(-count // LINES)
        found = [
            line[1:]
            for content in contents.values()
            for line in content["mainSteps"][0]["inputs"]["runCommand"]
            if line.startswith("#")
        ]
        assert tuple(found) == packing.lines(client)


def test_what_cannot_be_fetched_changes_nothing(installed):
    """Documents of another release, or none, are tried again and then refused. A smoke test fetches and unpacks nothing."""
    python3 = (installed.tools / "python3").read_text()
    installed.tool("python3", "exit 1")
    code, out = installed.run(SSM_action="smoke")
    assert code not in (0, 50, 51), "there is no cloud here"
    assert "project my-project," in out
    assert not (installed.folder / "aws.log").exists()
    assert not list((installed.root / "run").glob("keyless.[0-9]*"))
    (installed.tools / "python3").write_text(python3)

    before = (installed.root / "opt/keyless/current").resolve()
    release, _ = served("other-client-release", packed())
    served("other-client-release", packed(**{"more.py": b"more = 1\n"}))
    code, out = installed.run(command(release), KEYLESS_TRIES="3", KEYLESS_PAUSE="0.1")
    assert code == 56, out
    assert len(installed.asked()) == 3 * len(release.names)
    assert out.count("the packed files are damaged, or of another release") == 3
    assert f"nothing is installed: {' '.join(release.names)} hold another release than this command" in out
    (SERVED / release.names[0]).unlink()
    code, out = installed.run(command(release), KEYLESS_TRIES="2", KEYLESS_PAUSE="0.1")
    assert code == 1, out
    assert "gave up after 2 attempts: fetch_release" in out
    assert (installed.root / "opt/keyless/current").resolve() == before
    assert says(installed, "my-project")
    assert not (installed.root / "opt/keyless/new").exists()
    assert not list((installed.root / "run").glob("keyless.[0-9]*"))


def test_documents_that_are_updated_one_after_the_other_during_an_update(installed):
    """As Terraform does it: the command is new already, the first document too, the second is not."""
    name, release, new = "renewed-client-release", *packed_documents("renewed-client-release", packed())
    served(name, packed(**{"__init__.py": noise(20_000), "cli.py": noise(200_000)}))
    first, *others = new
    assert others
    (SERVED / first).write_text(json.dumps(new[first]))
    process = installed.start(command(release), KEYLESS_PAUSE="0.5")
    deadline = time.monotonic() + 60
    while "damaged, or of another release" not in installed.log and time.monotonic() < deadline:
        time.sleep(0.05)
    for other in others:
        (SERVED / other).write_text(json.dumps(new[other]))
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, out
    assert says(installed, "other-project")


def test_running_a_shared_document_does_nothing_but_say_so(tmp_path):
    _, contents = packed_documents("demo-client-release", CLIENT)
    for content in contents.values():
        (step,) = content["mainSteps"]
        (tmp_path / "script.sh").write_text("\n".join(step["inputs"]["runCommand"]))
        for shell in filter(None, map(shutil.which, ("sh", "bash"))):
            done = subprocess.run(
                [shell, "script.sh"], cwd=tmp_path, env={"PATH": "/nowhere"}, capture_output=True, text=True, check=False
            )  # fmt: skip
            assert (done.returncode, done.stdout) == (1, "")
            assert (
                done.stderr == "this document holds files of the client; make update runs the document of a workload\n"
            )
            assert [path.name for path in tmp_path.iterdir()] == ["script.sh"]


PEM = trustme.CA().cert_pem.bytes().decode()
METADATA = "169.254.169.254,169.254.170.2,169.254.170.23,fd00:ec2::254,fd00:ec2::23"


@pytest.mark.parametrize("authority", [None, PEM, "/etc/company.pem"], ids=["none", "PEM", "path"])
def test_documents_are_fetched_as_the_role_through_the_proxy(instance, authority):
    """Whatever identity, proxy and authority the agent's environment names."""
    env, cat = shutil.which("env"), shutil.which("cat")
    seen, bundle = instance.folder / "seen", instance.folder / "bundle"
    copy = f'{cat} "$AWS_CA_BUNDLE" >{bundle}' if authority == PEM else ":"
    instance.tool("aws", f"{env} >{seen}\n{copy}\nexit 1")  # what comes then is not asked here
    image = instance.root / "etc/pki/tls/certs/ca-bundle.crt"
    image.parent.mkdir(parents=True)
    image.write_text("the image's\n")
    connection = Connection(https_proxy="http://127.0.0.1:9", certificate_authority=authority)
    text = script(connection=connection)
    proxies = {"NO_PROXY": "internal.example.com", "HTTPS_PROXY": "http://127.0.0.1:8"}
    assert instance.run(text, **OTHER_IDENTITIES, **proxies, KEYLESS_TRIES="1")[0] == 1
    found = dict(line.split("=", 1) for line in seen.read_text().splitlines() if "=" in line)
    nothing = {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}
    bundled = {"AWS_CA_BUNDLE": found["AWS_CA_BUNDLE"]} if authority else {}
    assert {name: value for name, value in found.items() if name.startswith("AWS_")} == nothing | bundled
    for name in ("NO_PROXY", "no_proxy"):
        assert found[name] == f"internal.example.com,{METADATA}"
    for name in ("HTTPS_PROXY", "https_proxy"):
        assert found[name] == "http://127.0.0.1:9"
    if authority == PEM:
        assert bundle.read_text() == f"{PEM}the image's\n"
    elif authority:
        assert found["AWS_CA_BUNDLE"] == authority
