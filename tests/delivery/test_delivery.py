"""What is delivered: sizes, references, parameters."""

import base64
import gzip
import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from client import config
from constructs_lib.aws import delivery, release
from constructs_lib.limits import LimitError
from setup import client_requirements, tool_requirements
from tests.delivery.test_script import CLIENT, DOCUMENT, ENVIRONMENT, FILES, REQUIREMENTS, ROOT

RELEASE, HOLDERS = release.packed_documents("demo-client-release", CLIENT)


def script(document=DOCUMENT, environment=ENVIRONMENT, **more):
    return delivery.command_script(RELEASE, document, environment, region="ap-northeast-1", **more)


SCRIPT = script()


def test_sizes(capsys):
    """Bytes of the largest document with files, of a workload's document and of the user data, and the room that is left."""
    parts = {
        "files": max(len(json.dumps(document).encode()) for document in HOLDERS.values()),
        "credential document": len(json.dumps(DOCUMENT, indent=2)),
        "document": len(json.dumps(delivery.command_document(SCRIPT)).encode()),
        "user data": len(base64.b64decode(delivery.user_data("n" * 128, "ap-northeast-1"))),
    }
    limits = {
        "files": 58_000,
        "credential document": 2_000,
        "document": 10_000,
        "user data": 2_000,
    }
    with capsys.disabled():
        print("\n" + "\n".join(f"{name:20} {size:6} of {limits.get(name, '-')}" for name, size in parts.items()))
    for name, limit in limits.items():
        assert parts[name] <= limit, name


def test_same_bytes_for_the_same_settings():
    """Also from another user's shell; and by the last byte of gzip's header, from another Python: 255 is no system's."""
    assert release.archive(dict(reversed(FILES.items())), REQUIREMENTS) == CLIENT
    user_data = delivery.user_data("abc", "eu-west-1")
    assert base64.b64decode(user_data)[:10] == b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"
    text = gzip.decompress(base64.b64decode(user_data)).decode()
    assert "--region 'eu-west-1' --name 'abc'" in text
    assert "@" not in text.replace("$@", "")
    program = (
        "import os, hashlib, slim_bindings; os.umask(0o77); slim_bindings.install(); from tests.delivery.test_delivery import SCRIPT, delivery;"
        "print(hashlib.sha256((SCRIPT + delivery.user_data('abc', 'eu-west-1')).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": zone},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed, locale, zone in (("1", "C", "UTC"), ("2", "tr_TR.UTF-8", "Asia/Tokyo"))
    }
    assert digests == {hashlib.sha256((SCRIPT + user_data).encode()).hexdigest()}


def test_shellcheck(tmp_path):
    for name in ("command.sh", "install.sh", "load.sh", "keyless.sh", "bootstrap.sh"):
        done = subprocess.run(
            [Path(sys.executable).parent / "shellcheck", ROOT / "constructs_lib/aws" / name],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
    (tmp_path / "s.sh").write_text(SCRIPT)
    assert subprocess.run(["sh", "-n", str(tmp_path / "s.sh")], check=False).returncode == 0


def test_parameters_are_variables_and_never_text():
    document = delivery.command_document(SCRIPT)
    for parameter in document["parameters"].values():
        assert parameter["interpolationType"] == "ENV_VAR"
        assert "allowedPattern" in parameter or "allowedValues" in parameter
    assert "{{" not in json.dumps(document["mainSteps"])
    # Two steps of five minutes each, a run that is under way, and the installation.
    assert int(document["mainSteps"][0]["inputs"]["timeoutSeconds"]) == 3600
    prompt = document["parameters"]["prompt"]
    assert prompt["maxChars"] == 4000
    # amazon-ssm-agent (allowedregexparamvalidator.go) checks each with Go's regexp, before it runs anything: a pattern
    # that does not compile there refuses every command.
    assert all(int(n) <= 1000 for n in re.findall(r"[{,](\d+)", prompt["allowedPattern"]))
    for text in ("", "$(touch x)`'\"\n\r\t{}", "-n", "é🙂\u2028", "x" * 4000):
        assert re.search(prompt["allowedPattern"], text)


def test_references_stay_and_everything_else_is_literal():
    document = {"a": "${b} %{c}"}
    text = script(document, {"KEYLESS_ALLOWED_CIDRS": "${aws_eip.nat.public_ip}/32"}, escape=delivery._literal)
    assert '"$${b} %%{c}"' in text
    assert "KEYLESS_ALLOWED_CIDRS='${aws_eip.nat.public_ip}/32'" in text
    literal = script(DOCUMENT, {"N": "x y", "P": "%{x}"}, escape=delivery._literal)
    assert "\nN='x y'\nP='%%{x}'\n" in literal


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("N", "a\nEND_OF_ENVIRONMENT\ntouch x"),
        ("N", "a\rb"),
        ("N", "{{ action }}"),
        ("N", "${a.b}'; touch x; '"),
        ("N", '${a["b"]}'),
        ("N", "${a.b}$(touch x)"),
        ("N M", "a"),
        ("n=1; touch x; N", "a"),
        ("", "a"),
    ],
)
def test_a_variable_cannot_leave_its_line(name, value):
    with pytest.raises(LimitError, match="environment"):
        script(DOCUMENT, {name: value})


def test_names_that_systems_manager_refuses_are_refused():
    for name, region in (("a'b", "eu-west-1"), ("aws-x", "eu-west-1"), ("abc", "eu'west"), ("abc", "cn-north-1")):
        with pytest.raises(LimitError):
            delivery.user_data(name, region)


def test_hashes_for_both_architectures():
    lines = [line for line in REQUIREMENTS.splitlines() if not line.startswith("#")]
    assert all("==" in line and "--hash=sha256:" in line for line in lines)
    lock = json.loads((ROOT / "Pipfile.lock").read_text())
    known = {**lock["default"], **lock["develop"]}
    for line in lines:
        name, version, *hashes = line.replace("==", " ").split()
        assert known[name]["version"] == f"=={version}"
        assert {h.removeprefix("--hash=") for h in hashes} <= set(known[name]["hashes"])
    native = next(line for line in lines if line.startswith("pydantic-core=="))
    assert native.count("--hash") == 8, "CPython 3.11 to 3.14 on two architectures"
    assert lines == sorted(lines, key=lambda line: line.split("=="))
    assert REQUIREMENTS.splitlines()[0] == client_requirements.HEAD


def test_requirements_are_closed():
    """Whatever these packages need on Linux with CPython 3.11 to 3.14 is there, and nothing that nothing needs."""
    pins = {line.split("==")[0] for line in REQUIREMENTS.splitlines() if not line.startswith("#")}
    seen, wanted = set(), {(name, "") for name in client_requirements.ROOTS}
    while wanted:
        name, extra = wanted.pop()
        seen.add((name, extra))
        for text in metadata.requires(name) or []:
            needed = Requirement(text)
            environments = [{"python_version": v, "python_full_version": f"{v}.0"} for v in client_requirements.PYTHONS]
            linux = {"sys_platform": "linux", "platform_system": "Linux", "extra": extra}
            if needed.marker and not any(needed.marker.evaluate(e | linux) for e in environments):
                continue
            wanted |= {(canonicalize_name(needed.name), one) for one in ("", *needed.extras)} - seen
    assert {name for name, _ in seen} == pins


@pytest.fixture
def lock(tmp_path):
    """A lock file with one package, and an index with its wheels, and newer ones, for each Python and architecture."""
    hashes = []
    pythons, architectures = ("311", "312", "313", "314"), ("x86_64", "aarch64")
    for version, python, architecture in itertools.product(("1.0", "2.0"), pythons, architectures):
        tag = f"cp{python}-cp{python}-manylinux_2_17_{architecture}"
        wheel = tmp_path / f"demo_package-{version}-{tag}.whl"
        with zipfile.ZipFile(wheel, "w") as file:
            base = f"demo_package-{version}.dist-info"
            file.writestr(f"{base}/METADATA", f"Metadata-Version: 2.1\nName: Demo_Package\nVersion: {version}\n")
            file.writestr(f"{base}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n")
            file.writestr(f"{base}/RECORD", "")
        if version == "1.0":
            hashes.append(f"sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}")
    return {"demo-package": {"version": "==1.0", "hashes": hashes}}


def test_requirements_are_written_from_the_lock(lock, tmp_path, monkeypatch):
    monkeypatch.setattr(client_requirements, "ROOTS", ["demo-package"])
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    (line,) = client_requirements.lines(lock)
    assert line == " ".join(["demo-package==1.0", *(f"--hash={one}" for one in sorted(lock["demo-package"]["hashes"]))])
    lock["demo-package"]["hashes"].pop()
    monkeypatch.setattr(client_requirements, "PYTHONS", ["3.14"])
    monkeypatch.setattr(client_requirements, "ARCHITECTURES", ["aarch64"])
    with pytest.raises(SystemExit, match="is not in Pipfile.lock"):
        client_requirements.lines(lock)


@pytest.mark.usefixtures("lock")
def test_a_tools_packages_suit_every_platform(tmp_path, monkeypatch):
    monkeypatch.setattr(tool_requirements, "PYTHONS", ["3.14"])
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(SystemExit, match="demo-package==2.0 has no wheel for every platform"):
        tool_requirements.text("demo-package")
    pure = tmp_path / "demo_package-3.0-py3-none-any.whl"
    next(tmp_path.glob("*2.0-cp314*x86_64.whl")).rename(pure)
    with zipfile.ZipFile(pure) as file:
        names = {name: file.read(name).replace(b"2.0", b"3.0") for name in file.namelist()}
    with zipfile.ZipFile(pure, "w") as file:
        for name, content in names.items():
            file.writestr(name.replace("2.0", "3.0"), content)
    _, line = tool_requirements.text("demo-package").splitlines()
    assert line == f"demo-package==3.0 --hash=sha256:{hashlib.sha256(pure.read_bytes()).hexdigest()}"


def test_default_model_is_the_kits():
    assert ENVIRONMENT["GEMINI_MODEL"] == config.DEFAULT_MODEL


def test_construct():
    cdktf = pytest.importorskip("cdktf")
    stack = cdktf.TerraformStack(cdktf.Testing.app(), "s")
    files = release.ClientRelease(stack, "client", name="demo-client-release", client=CLIENT)
    made = delivery.Delivery(
        stack, "delivery", name="demo-app-client", region="ap-northeast-1", release=files,
        credential_document=DOCUMENT, environment=ENVIRONMENT, allowed_cidrs=["${aws_eip.nat.public_ip}/32"],
    )  # fmt: skip
    made_documents = json.loads(cdktf.Testing.synth(stack))["resource"]["aws_ssm_document"]
    by_name = {document["name"]: (address, document) for address, document in made_documents.items()}
    document = by_name.pop("demo-app-client")[1]
    assert set(document["depends_on"]) == {f"aws_ssm_document.{address}" for address, _ in by_name.values()}
    assert {name: json.loads(document["content"]) for name, (_, document) in by_name.items()} == HOLDERS
    content = json.loads(document["content"])
    text = "\n".join(content["mainSteps"][0]["inputs"]["runCommand"])
    assert "KEYLESS_ALLOWED_CIDRS='${aws_eip.nat.public_ip}/32'" in text
    assert (document["name"], document["document_type"], document["target_type"]) == (
        "demo-app-client",
        "Command",
        "/AWS::EC2::Instance",
    )
    assert len(base64.b64decode(made.user_data_base64)) < 16_384


def test_a_document_that_systems_manager_refuses_is_refused():
    cdktf = pytest.importorskip("cdktf")
    stack = cdktf.TerraformStack(cdktf.Testing.app(), "s")
    given = {
        "name": "demo-app-client", "region": "ap-northeast-1",
        "release": release.ClientRelease(stack, "client", name="demo-client-release", client=CLIENT),
        "credential_document": DOCUMENT, "environment": ENVIRONMENT, "allowed_cidrs": [],
    }  # fmt: skip
    long = {f"N{number}": "x" * 1000 for number in range(60)}
    for number, (name, value) in enumerate({"environment": long, "name": "aws-app-client"}.items()):
        with pytest.raises(LimitError, match="ssm_document"):
            delivery.Delivery(stack, f"delivery{number}", **{**given, name: value})
    with pytest.raises(LimitError, match="ssm_document_name"):
        release.ClientRelease(stack, "refused", name="aws-client-release", client=CLIENT)


def test_instance_may_read_the_document():
    """AmazonSSMManagedInstanceCore, as moto keeps a copy of it."""
    from moto.iam import aws_managed_policies

    policies = json.loads(aws_managed_policies.aws_managed_policies_data)
    statements = policies["AmazonSSMManagedInstanceCore"]["Document"]["Statement"]
    allowed = {
        action for s in statements if s["Effect"] == "Allow" and s["Resource"] in ("*", ["*"]) for action in s["Action"]
    }
    assert "ssm:GetDocument" in allowed
    assert {"ssm:GetParameter", "ssm:GetParameters"} <= allowed, "as README.md has it"


def test_document_comes_back_as_it_was_written(monkeypatch):
    import boto3
    from moto import mock_aws

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    content = json.dumps(delivery.command_document(SCRIPT))
    with mock_aws():
        ssm = boto3.client("ssm", region_name="ap-northeast-1")
        ssm.create_document(Content=content, Name="demo-app-client", DocumentType="Command", DocumentFormat="JSON")
        found = json.loads(ssm.get_document(Name="demo-app-client", DocumentFormat="JSON")["Content"])
    assert "\n".join(found["mainSteps"][0]["inputs"]["runCommand"]) + "\n" == SCRIPT
