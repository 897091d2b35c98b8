"""What slim_bindings keeps of compiled code: it is used again, and never believed wrongly."""

from pathlib import Path

import pytest

from . import toy
from .conftest import Run


@pytest.mark.parametrize("damage", [b"", b"damaged"])
def test_damaged_code_is_compiled_again(run: Run, tmp_path: Path, damage: bytes) -> None:
    toy.write(tmp_path, "alpha")
    program = "import cdktf; from cdktf_cdktf_provider_toy.alpha import Alpha; print(Alpha(root, 'a').kind)"
    run(program)
    kept = [*tmp_path.glob("cache/*/code*")]
    assert kept
    for path in kept:
        path.write_bytes(damage)
    result = run(program)
    assert (result.stdout, result.stderr) == ("alpha of 1.0.0\n", "")


def test_a_library_may_find_its_files_by_their_folder(run: Run, tmp_path: Path) -> None:
    """Such a provider is not pruned; a construct library may do it too."""
    files = {
        "lib/the-alpha/index.js": 'module.exports = require(require("path").join(__dirname, "more"));',
        "lib/the-alpha/more.js": toy.script("alpha", "1.0.0"),
    }
    toy.write(tmp_path, "alpha", **files)
    for _ in range(2):
        result = run("from cdktf_cdktf_provider_toy.alpha import Alpha; print(Alpha(root, 'a').kind)")
        assert result.stdout == "alpha of 1.0.0\n"
        assert "in the ordinary way, which takes long, because its lib/the-alpha/index.js asks where" in result.stderr


def test_a_cache_that_disappears_meanwhile_costs_the_next_process_its_time_only(run: Run, tmp_path: Path) -> None:
    result = run("import os, cdktf; cdktf.App(); os.rename('cache', 'gone')")
    assert (result.stdout, result.stderr) == ("", "")
    assert not (tmp_path / "cache").exists()
