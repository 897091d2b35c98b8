import os
import platform
import shutil

import pytest

from localcloud import mirrors


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setenv(mirrors.MIRROR, str(tmp_path))
    monkeypatch.setattr(mirrors, "mirrors", lambda: [tmp_path])
    folder = tmp_path / mirrors.REGISTRY / "example" / "cloud"
    for unpacked in ("1.9.0/linux_amd64", "1.10.0/linux_amd64", "2.0.0/darwin_arm64"):
        (folder / unpacked).mkdir(parents=True)
    return folder


def test_the_newest_version_for_this_machine_is_found(mirror, tmp_path):
    assert mirrors.provider("example/cloud") == mirrors.Provider("example/cloud", "1.10.0", tmp_path)
    (mirror / "terraform-provider-cloud_1.11.0_linux_amd64.zip").touch()
    assert mirrors.provider("example/cloud").version == "1.11.0"


def test_a_pre_release_is_found_under_its_version_and_taken_if_nothing_else_is_there(mirror):
    (mirror / "3.0.0-dev.1/linux_amd64").mkdir(parents=True)
    (mirror / "terraform-provider-cloud_3.0.0-beta1_linux_amd64.zip").touch()
    every = ["1.10.0", "1.9.0", "3.0.0-dev.1", "3.0.0-beta1"]
    assert [one.version for one in mirrors.providers("example/cloud")] == every
    assert mirrors.versions(*mirrors.providers("example/cloud")[:1]) == 'cloud = "= 1.10.0"'
    for version in every[:2]:
        shutil.rmtree(mirror / version)
    assert mirrors.provider("example/cloud").version == "3.0.0-dev.1"


def test_several_folders_can_be_named_and_the_first_wins(tmp_path, monkeypatch):
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    for folder, version in (("a", "1.0.0"), ("b", "1.0.0"), ("b", "2.0.0")):
        (tmp_path / folder / mirrors.REGISTRY / "example/cloud" / version / "linux_amd64").mkdir(parents=True)
    monkeypatch.setenv(mirrors.MIRROR, f"{tmp_path}/a{os.pathsep}{tmp_path}/b")
    found = mirrors.providers("example/cloud")
    assert [(one.version, one.mirror.name) for one in found] == [("2.0.0", "b"), ("1.0.0", "a")]
    assert mirrors.cli_configuration([*found, *found, None]).count("filesystem_mirror") == 2


def test_a_link_counts_where_terraform_follows_it(mirror, tmp_path):
    """As getproviders/filesystem_search.go does: in the place of the machine's folder, and of the mirror itself."""
    elsewhere = mirror / "1.10.0/linux_amd64"
    (mirror / "1.11.0").mkdir()
    (mirror / "1.11.0/linux_amd64").symlink_to(elsewhere)
    (mirror / "1.12.0").symlink_to(mirror / "1.11.0")
    (tmp_path / mirrors.REGISTRY / "example/linked").symlink_to(mirror)
    assert [one.version for one in mirrors.providers("example/cloud")] == ["1.11.0", "1.10.0", "1.9.0"]
    assert mirrors.providers("example/linked") == []


@pytest.mark.usefixtures("mirror")
def test_a_skip_says_what_is_missing_and_how_to_get_it(monkeypatch):
    monkeypatch.setattr(mirrors.shutil, "which", lambda _name: "terraform")
    assert mirrors.missing("example/cloud") == ""
    reason = mirrors.missing("example/cloud", "example/other")
    assert "example/other" in reason
    assert "terraform -chdir=cdktf.out/stacks/STACK providers mirror DIRECTORY" in reason
    assert mirrors.MIRROR in reason
    monkeypatch.setattr(mirrors.shutil, "which", lambda _name: None)
    assert "terraform is not on PATH" in mirrors.missing("example/cloud")
