"""Both clouds, restarted from a folder, are as they were."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localcloud.aws import backends
from localcloud.cloud import local_cloud, no_google
from localcloud.proxy import Request
from localcloud.store import Store
from tests.localcloud.account import Account, ask, client

FIRST = """
import sys
from pathlib import Path
from localcloud.cloud import local_cloud, no_google
from tests.localcloud.account import Account
with local_cloud(Path(sys.argv[1]), google=no_google) as cloud:
    account = Account(cloud)
    account.profile("demo-app")
    client = __import__("tests.localcloud.account", fromlist=["client"]).client
    client(cloud, "ssm").create_document(Content='{"schemaVersion": "2.2"}', Name="document", DocumentType="Command", Tags=[{"Key": "a", "Value": "b"}])
    client(cloud, "kms").create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    client(cloud, "sqs").create_queue(QueueName="queue")
    cloud.state.projects["my-project"] = {"projectId": "my-project", "projectNumber": "345678901234"}
    caller = cloud.as_caller("function", address="203.0.113.1", account="210987654321")
    print(account.instance("demo-app"), account.address["PublicIp"], *caller.keys.values())
    if sys.argv[2] == "killed":
        import os, time
        time.sleep(3)
        os._exit(1)
"""


@pytest.mark.parametrize("end", ["closed", "killed"])
def test_a_restart_loses_nothing(tmp_path: Path, end: str) -> None:
    program = [sys.executable, "-c", FIRST, str(tmp_path), end]
    done = subprocess.run(
        program, stdout=subprocess.PIPE, text=True, check=False, env={**os.environ, "PYTHONPATH": "."}
    )
    assert done.returncode == (end == "killed")
    instance, address, *keys = done.stdout.split()
    with local_cloud(tmp_path, google=no_google) as cloud:
        assert ask(cloud, instance, "https://checkip.amazonaws.com/").body.decode().strip() == address
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        identity = client(cloud, "sts", dict(zip(names, keys, strict=False))).get_caller_identity()
        assert identity["Arn"] == "arn:aws:sts::210987654321:assumed-role/function/session"
        assert client(cloud, "iam").get_instance_profile(InstanceProfileName="demo-app")
        tags = client(cloud, "ssm").list_tags_for_resource(ResourceType="Document", ResourceId="document")["TagList"]
        assert tags == [{"Key": "a", "Value": "b"}]
        assert client(cloud, "sqs").get_queue_url(QueueName="queue")["QueueUrl"].endswith("/queue")
        assert cloud.state.projects["my-project"]["projectNumber"] == "345678901234"
        assert client(cloud, "ec2").allocate_address()["PublicIp"] != address
        assert cloud.aws.moto.failures == []


def test_a_folder_serves_one_cloud_at_a_time(tmp_path: Path) -> None:
    with local_cloud(tmp_path, google=no_google), pytest.raises(ValueError, match="is in use by another local cloud"):
        Store(tmp_path)


def test_a_process_has_one_cloud_at_a_time_and_the_next_starts_empty() -> None:
    with local_cloud(google=no_google) as cloud:
        assert cloud.store is None
        client(cloud, "iam").create_user(UserName="first")
        with pytest.raises(RuntimeError, match="has a local cloud already"), local_cloud(google=no_google):
            pass
    with local_cloud(google=no_google) as cloud:
        assert [user["UserName"] for user in client(cloud, "iam").list_users()["Users"]] == ["deployer"]


def test_another_moto_s_state_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with local_cloud(tmp_path, google=no_google) as cloud:
        Account(cloud)
    monkeypatch.setattr(backends, "VERSION", "moto 99")
    with pytest.raises(ValueError, match="was written with moto 5"), local_cloud(tmp_path, google=no_google):
        pass


def test_a_kill_at_any_moment_leaves_both_clouds_of_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aws: list[bytes] = []
    monkeypatch.setattr(backends, "load", aws.append)
    store, seen = Store(tmp_path), list[tuple[int, bytes]]()
    for step in range(100):
        store._write(b"old", '{"sequence": 1}')
        if (ended := ended_by_a_child(store, step)) == 0:
            break
        assert os.waitstatus_to_exitcode(ended) == KILLED
        seen.append((store.read().sequence, aws.pop()))
    assert seen == sorted(seen)
    assert set(seen) == {(1, b"old"), (2, b"new")}
    store._write(b"last", '{"sequence": 3}')
    assert (store.read().sequence, aws.pop()) == (3, b"last")
    assert len(list(tmp_path.glob("*/google.json"))) == 2  # itself, and by way of the link: no heap of what was
    store.close()


KILLED = 9


def ended_by_a_child(store: Store, step: int) -> int:
    """How a process ended that wrote both clouds, killed before its change number `step` of the file system."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    try:
        sys.addaudithook(killer(step))
        store._write(b"new", '{"sequence": 2}')
        os._exit(0)
    finally:
        os._exit(1)


def killer(step: int) -> Callable[[str, tuple[Any, ...]], None]:
    """Ends the process before it changes the file system for the time number `step`, from 0."""
    left = iter(range(step))

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event in ("os.rename", "os.symlink", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree")
        if (writes or (event == "open" and arguments[2] & os.O_WRONLY)) and next(left, None) is None:
            os._exit(KILLED)

    return hook


WRITES = {
    "by POST": ("ec2.amazonaws.com", "POST", "/", "CreateVpc"),
    "by GET": ("ec2.amazonaws.com", "GET", "/?Action=CreateVpc", "CreateVpc"),
    "without an action": ("state.s3.amazonaws.com", "PUT", "/key", ""),
    "of Google": ("iam.googleapis.com", "PATCH", "/v1/x", ""),
    "an instance's keys": ("169.254.169.254", "GET", "/latest/meta-data/iam/security-credentials/demo-app", ""),
    "a task's keys": ("169.254.170.2", "GET", "/v2/credentials/1", ""),
}
READS = {
    "by POST": ("ec2.amazonaws.com", "POST", "/", "DescribeVpcs"),
    "by GET": ("sts.amazonaws.com", "GET", "/?Action=GetCallerIdentity", "GetCallerIdentity"),
    "without an action": ("state.s3.amazonaws.com", "GET", "/key", ""),
    "of Google": ("iam.googleapis.com", "GET", "/v1/x", ""),
}


@pytest.mark.parametrize(("writes", "name"), [(True, name) for name in WRITES] + [(False, name) for name in READS])
def test_what_may_have_changed_something_is_written(tmp_path: Path, writes: bool, name: str) -> None:
    host, method, path, action = (WRITES if writes else READS)[name]
    with contextlib.closing(Store(tmp_path)) as store:
        store.touch(Request("https", host, method, path, {}, b"", ""), action)
        assert store._changed.is_set() == writes


def test_a_folder_of_an_earlier_layout_is_refused(tmp_path: Path) -> None:
    (tmp_path / "google.json").write_text("{}")
    with contextlib.closing(Store(tmp_path)) as store, pytest.raises(ValueError, match="an earlier version.*remove it"):
        store.read()


def test_what_cannot_be_kept_is_said_and_the_rest_is_kept() -> None:
    with local_cloud(google=no_google) as cloud:
        client(cloud, "lambda").list_functions()
        client(cloud, "iam").create_user(UserName="kept")
        with pytest.warns(RuntimeWarning, match="AWS's lambda cannot be kept"):
            kept = backends.dump()
    with local_cloud(google=no_google) as cloud:
        backends.load(kept)
        assert client(cloud, "iam").get_user(UserName="kept")


def test_a_state_that_could_not_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(tmp_path)

    def full() -> tuple[bytes, str]:
        raise OSError("no space left on device")

    store.keep(full)
    with pytest.raises(OSError, match="was not written: no space left on device"):
        store.close()
    assert "no space left on device" in capsys.readouterr().err
