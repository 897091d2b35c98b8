"""The cache: files that are whole or absent, in a folder that nobody else could have written to."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from slim_bindings import cache


@pytest.fixture
def chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that SLIM_BINDINGS_CACHE names; not there yet."""
    cache.root.cache_clear()
    cache._temporary.cache_clear()
    monkeypatch.setenv("SLIM_BINDINGS_CACHE", str(tmp_path / "cache"))
    yield tmp_path / "cache"
    cache.root.cache_clear()
    cache._temporary.cache_clear()


def passed_by(chosen: Path, capfd: pytest.CaptureFixture[str]) -> str:
    """That another folder is used, which has disappeared afterwards; why."""
    used = cache.root()
    assert used != chosen
    assert used.is_dir()
    cache._temporary().cleanup()
    assert not used.exists()
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith(f"slim_bindings: warning: the cache {chosen} is not used, because ")
    return line


def test_a_new_folder_is_its_owners_alone(chosen: Path) -> None:
    assert cache.root() == chosen
    assert chosen.stat().st_mode & 0o777 == 0o700


@pytest.mark.usefixtures("chosen")
def test_the_folder_is_the_users_cache_folder_unless_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SLIM_BINDINGS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    assert cache.root() == tmp_path / "home" / "slim_bindings"
    cache.root.cache_clear()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # to be ignored, says the specification
    assert cache.root() == tmp_path / ".cache" / "slim_bindings"


def test_code_without_columns_is_kept_for_itself() -> None:
    program = "from slim_bindings import cache; print(cache.PYTHON)"
    for options in ([], ["-O"], ["-X", "no_debug_ranges"]):
        printed = subprocess.run([sys.executable, *options, "-c", program], capture_output=True, text=True, check=True)
        assert (printed.stdout.strip() == cache.PYTHON) == (options == [])


def test_a_folder_that_others_may_write_to_is_passed_by(chosen: Path, capfd: pytest.CaptureFixture[str]) -> None:
    chosen.mkdir()
    chosen.chmod(0o777)
    assert f"others may write to {chosen}" in passed_by(chosen, capfd)


def test_a_folder_inside_one_that_others_may_write_to_is_passed_by(
    chosen: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    chosen.parent.chmod(0o770)
    assert f"others may write to {chosen.parent}" in passed_by(chosen, capfd)
    chosen.parent.chmod(0o1777)  # sticky, as /tmp
    cache.root.cache_clear()
    assert cache.root() == chosen


def test_a_folder_of_another_user_is_passed_by(
    chosen: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert f"{chosen} belongs to another user ({owner})" in passed_by(chosen, capfd)


def test_a_folder_that_cannot_be_made_is_passed_by(chosen: Path, capfd: pytest.CaptureFixture[str]) -> None:
    chosen.write_text("a file")
    assert "File exists" in passed_by(chosen, capfd)


def test_a_user_without_a_home_has_a_temporary_cache(
    chosen: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless(_: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", homeless)
    assert "Could not determine home directory" in passed_by(chosen, capfd)


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    cache.write_whole(tmp_path / "name.tgz", b"content")
    assert cache.read_whole(tmp_path / "name.tgz") == b"content"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["name.sum", "name.tgz"]


@pytest.mark.parametrize("damage", [b"", b"conten", b"Content", b"content and more"])
def test_a_damaged_file_is_not_believed(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "name.tgz"
    cache.write_whole(path, b"content")
    path.write_bytes(damage)
    assert cache.read_whole(path) is None


def test_a_file_without_its_sum_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "name.tgz").write_bytes(b"content")
    assert cache.read_whole(tmp_path / "name.tgz") is None


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="disk full"):
        cache.write_whole(tmp_path / "name.tgz", b"content")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("chosen")
def test_another_source_or_another_maker_has_another_folder(tmp_path: Path) -> None:
    source, maker = tmp_path / "source", tmp_path / "maker"
    source.write_text("1")
    maker.write_text("1")
    folders = []
    for changed in (None, source, maker):
        if changed:
            changed.write_text("22")
        cache.folder.cache_clear()
        folders.append(cache.folder("label", source, str(maker)))
    assert len(set(folders)) == 3


def test_what_nobody_reads_goes_after_two_months(chosen: Path, tmp_path: Path) -> None:
    (tmp_path / "source").touch()
    folder, unused = (cache.folder(label, tmp_path / "source") for label in ("label", "unused"))
    own = chosen / "somebody's own"
    own.mkdir()
    for name in ("old.tgz", "read.tgz"):
        cache.write_whole(folder / name, b"content")
    (folder / ".of a writer that was killed").touch()
    (folder / ".lock").touch()
    long_ago = time.time() - 61 * 24 * 3600
    for path in (*folder.iterdir(), folder, unused, own):
        os.utime(path, (long_ago, long_ago))
    cache.read_whole(folder / "read.tgz")
    cache.sweep()
    assert sorted(path.name for path in folder.iterdir()) == [".lock", "read.sum", "read.tgz"]
    assert sorted(path.name for path in chosen.iterdir()) == sorted([folder.name, own.name])
