import platform

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


@pytest.mark.usefixtures("mirror")
def test_a_skip_says_what_is_missing_and_how_to_get_it(monkeypatch):
    monkeypatch.setattr(mirrors.shutil, "which", lambda _name: "terraform")
    assert mirrors.missing("example/cloud") == ""
    reason = mirrors.missing("example/cloud", "example/other")
    assert "example/other" in reason
    assert "terraform providers mirror" in reason
    assert mirrors.MIRROR in reason
    monkeypatch.setattr(mirrors.shutil, "which", lambda _name: None)
    assert "terraform is not on PATH" in mirrors.missing("example/cloud")
