"""Both clouds, restarted from a folder, are as they were."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from localcloud.aws import backends
from localcloud.cloud import local_cloud, no_google
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
