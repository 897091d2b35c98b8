"""What a saved plan remembers of the settings: the environment's file, and the one that it extends."""

from pathlib import Path

import pytest

from deploy import plan_inputs


def test_the_extended_file_is_part_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert plan_inputs.settings("prod") == b""
    shared = tmp_path / "environments/shared"
    shared.mkdir(parents=True)
    (shared / "base.toml").write_text("# one\n")
    own = tmp_path / "environments/prod.toml"
    own.write_text('\ufeffextends = "shared/base.toml"\n', encoding="utf-8")
    before = plan_inputs.settings("prod")
    (shared / "base.toml").write_text("# two\n")
    assert plan_inputs.settings("prod") != before
    own.write_text("# extends nothing\n")
    assert plan_inputs.settings("prod") == own.read_bytes()
