"""Processes that build and use one cache, are killed, find it damaged; and what they leave behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from slim_bindings import cache

from . import toy
from .conftest import Run, settings

USE = """
import slim_bindings; slim_bindings.install()
import constructs
from cdktf_cdktf_provider_toy.alpha import Alpha
print(Alpha(constructs.RootConstruct("root"), "a").kind, flush=True)
"""


SLOW = """
import time, slim_bindings.pruning.store as store
split = store.split
store.split = lambda tarball: (time.sleep(2), split(tarball))[1]
"""


FORK = """
import os, sys
import slim_bindings; slim_bindings.install()
if not os.fork():
    sys.exit()
os.wait()
import cdktf
print(repr(cdktf.App().node.path))
"""
SURROUNDINGS = """
import os, sys
import slim_bindings; slim_bindings.install()
os.environ["CDKTF_CONTEXT_JSON"] = '{"key": "value"}'
os.chdir("elsewhere")
import cdktf
app = cdktf.App()
print(app.node.try_get_context("key"), os.path.basename(os.path.dirname(app.outdir)))
cdktf.TerraformStack(app, "stack")
app.synth()
"""
ANOTHER_NODE = """
import os
import slim_bindings; slim_bindings.install()
os.symlink(os.environ["JSII_NODE"], "another")
os.environ["JSII_NODE"] = os.path.abspath({name!r})
import cdktf, jsii
cdktf.App()
print(jsii.kernel.provider._process._process.args)
"""
IN_A_CALLBACK = """
import sys
import slim_bindings; slim_bindings.install()
import cdktf, jsii
app = cdktf.App()
stack = cdktf.TerraformStack(app, "stack")

@jsii.implements(cdktf.IAspect)
class Visitor:
    def visit(self, node):
        sys.exit("ends here")

cdktf.Aspects.of(stack).add(Visitor())
app.synth()
"""
FULL_DISK = """
import tempfile
def full(*_, **__):
    raise OSError(28, "No space left on device")
tempfile.NamedTemporaryFile = full
"""
GONE = USE.replace("\nfrom", "\nconstructs.RootConstruct('runs')\nimport os; os.rename('cache', 'gone')\nfrom")


def start(folder: Path, program: str = USE, **variables: str) -> "subprocess.Popen[str]":
    """Start a program in a session of its own, with its temporary files in `folder`/tmp."""
    (folder / "tmp").mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, **settings(folder), "TMPDIR": str(folder / "tmp"), **variables},
        cwd=folder,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def assert_nothing_is_left(folder: Path) -> None:
    """In the end no Node that this test started, and no file in its temporary folder."""
    for _ in range(600):
        ours = [process for process in psutil.process_iter() if _is_ours(process, folder)]
        left = [*ours, *(folder / "tmp").iterdir()]
        if not left:
            return
        time.sleep(0.1)
    pytest.fail(f"left behind: {left}")


def _is_ours(process: psutil.Process, folder: Path) -> bool:
    try:
        return any(str(folder) in argument for argument in process.cmdline())
    except psutil.Error:
        return False


def test_processes_that_start_together_share_one_cache(tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha", "beta")
    slowly = USE.replace("import constructs", SLOW + "import constructs")
    processes = [start(tmp_path, slowly) for _ in range(4)]
    outputs = [process.communicate(timeout=300) for process in processes]
    assert [output for output, _ in outputs] == ["alpha of 1.0.0\n"] * 4
    assert sum("splitting" in errors for _, errors in outputs) == 1
    assert_nothing_is_left(tmp_path)


def test_a_killed_build_leaves_nothing_half_made(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha")
    dying = USE.replace(
        "slim_bindings.install()", "slim_bindings.install(); import os, slim_bindings.cache as cache"
    ).replace("import constructs", "cache.Path.replace = lambda *_: os.kill(os.getpid(), 9)\nimport constructs")
    assert start(tmp_path, dying, SLIM_BINDINGS="-node_first,-stubs").wait(60) == -signal.SIGKILL
    folder = tmp_path / "cache"
    assert list(folder.glob("cdktf-provider-toy*/store.zip")) == []
    assert run(USE).stdout == "alpha of 1.0.0\n"


@pytest.mark.parametrize("pattern", ["store.zip", "*.tgz", "code", "program.js", "*.sum"])
@pytest.mark.parametrize("damage", [b"", b"damaged"])
def test_a_damaged_file_is_made_again(run: Run, tmp_path: Path, pattern: str, damage: bytes) -> None:
    toy.write(tmp_path, "alpha", "beta")
    run(USE)
    found = list(tmp_path.glob(f"cache/*/{pattern}"))
    assert found
    for path in (*found, *(tmp_path.glob("cache/*/*.tgz") if pattern == "store.zip" else ())):
        path.write_bytes(damage)
    assert run(USE).stdout == "alpha of 1.0.0\n"
    assert [path for path in found if path.read_bytes() == damage] == []


def test_a_store_whose_damage_its_sum_does_not_show_is_made_again_for_a_late_import(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha", "beta")
    program = """
        from cdktf_cdktf_provider_toy.alpha import Alpha
        Alpha(root, "a")
        from cdktf_cdktf_provider_toy.beta import Beta
        print(Beta(root, "b").kind)
    """
    assert run(program).stdout == "beta of 1.0.0\n"
    (store,) = tmp_path.glob("cache/*/store.zip")
    cache.write_whole(store, b"damaged")
    assert run(program).stdout == "beta of 1.0.0\n"


def test_another_version_of_the_same_size_and_time_is_noticed(run: Run, tmp_path: Path) -> None:
    for version in ("1.0.0", "1.0.1"):
        tarball = toy.write(tmp_path, "alpha", version=version)
        tarball.rename(tarball.with_name(f"provider-toy@{version}.jsii.tgz"))
        package = tmp_path / "cdktf_cdktf_provider_toy"
        init = package / "_jsii/__init__.py"
        init.write_text(init.read_text().replace("toy.jsii.tgz", f"provider-toy@{version}.jsii.tgz"))
        stub = package / "alpha/__init__.py"
        stub.write_text(stub.read_text() + f"\nprint({version!r})\n")
        for path in package.rglob("*"):
            os.utime(path, (1e9, 1e9))
        assert run(USE).stdout == f"{version}\nalpha of {version}\n"


def test_another_version_of_the_provider_is_noticed(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha")
    assert run(USE).stdout == "alpha of 1.0.0\n"
    toy.write(tmp_path, "alpha", version="1.0.1")
    assert run(USE).stdout == "alpha of 1.0.1\n"


def test_the_same_version_installed_again_with_other_content_is_noticed(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha")
    run(USE)
    other = {"lib/the-alpha/index.js": toy.script("alpha", "elsewhere")}
    toy.write(tmp_path, "alpha", **other)
    assert run(USE).stdout == "alpha of elsewhere\n"


def test_without_a_cache_it_works_and_says_so_in_one_line(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha")
    (tmp_path / "file").touch()
    (tmp_path / "tmp").mkdir()
    result = run(USE, SLIM_BINDINGS_CACHE=str(tmp_path / "file"), TMPDIR=str(tmp_path / "tmp"))
    assert result.stdout == "alpha of 1.0.0\n"
    assert result.stderr.count("warning") == 1
    assert_nothing_is_left(tmp_path)


@pytest.mark.parametrize("switch", ["", "-pipelining"])
@pytest.mark.parametrize("sent", [None, signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_and_no_temporary_folder_is_left(tmp_path: Path, switch: str, sent: signal.Signals | None) -> None:
    toy.write(tmp_path, "alpha")
    waiting = USE if sent is None else USE + "import time; time.sleep(600)"
    process = start(tmp_path, waiting, SLIM_BINDINGS=switch)
    assert process.stdout is not None
    assert process.stdout.readline() == "alpha of 1.0.0\n"
    if sent == signal.SIGINT:
        os.killpg(process.pid, sent)  # as a terminal does
    elif sent is not None:
        process.send_signal(sent)
    process.communicate(timeout=300)
    assert_nothing_is_left(tmp_path)


def test_a_program_that_uses_no_construct_ends_and_leaves_nothing(tmp_path: Path) -> None:
    process = start(tmp_path, "import slim_bindings; slim_bindings.install()")
    process.communicate(timeout=300)
    assert process.returncode == 0
    assert_nothing_is_left(tmp_path)


def test_a_fork_leaves_node_to_its_parent(tmp_path: Path) -> None:
    """Node has been started, and jsii has not taken it over yet."""
    assert start(tmp_path, FORK).communicate(timeout=300) == ("''\n", "")
    assert_nothing_is_left(tmp_path)


def test_a_program_may_end_within_a_callback(tmp_path: Path) -> None:
    _, errors = start(tmp_path, IN_A_CALLBACK).communicate(timeout=300)
    assert errors.endswith("ends here\n")
    assert_nothing_is_left(tmp_path)


def test_a_full_disk_costs_time_and_not_the_result(tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha")
    output, errors = start(tmp_path, FULL_DISK + USE).communicate(timeout=300)
    assert output == "alpha of 1.0.0\n"
    assert "warning: without node_first, because [Errno 28] No space left on device" in errors
    assert "cdktf_cdktf_provider_toy is imported in the ordinary way" in errors


def test_a_cache_that_is_removed_meanwhile_is_made_again(tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha")
    output, errors = start(tmp_path, GONE).communicate(timeout=300)
    assert output == "alpha of 1.0.0\n"
    assert "Error" not in errors
    assert list(tmp_path.glob("cache/cdktf_cdktf_provider_toy.alpha-*/code"))


@pytest.mark.parametrize("switch", ["", "-node_first"])
def test_what_a_program_sets_before_it_imports_cdktf_counts(tmp_path: Path, switch: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    output, errors = start(tmp_path, SURROUNDINGS, SLIM_BINDINGS=switch).communicate(timeout=300)
    assert (output.split()[0], errors) == ("value", "")
    assert (tmp_path / "elsewhere/cdktf.out/stacks/stack/cdk.tf.json").exists()
    assert_nothing_is_left(tmp_path)


@pytest.mark.parametrize("switch", ["", "-node_first"])
def test_the_node_that_a_program_chooses_before_it_imports_cdktf_counts(tmp_path: Path, switch: str) -> None:
    output, _ = start(tmp_path, ANOTHER_NODE.format(name="another"), SLIM_BINDINGS=switch).communicate(timeout=300)
    assert str(tmp_path / "another") in output
    (tmp_path / "another").unlink()
    _, errors = start(tmp_path, ANOTHER_NODE.format(name="none"), SLIM_BINDINGS=switch).communicate(timeout=300)
    assert f"No such file or directory: '{tmp_path / 'none'}'" in errors
    assert_nothing_is_left(tmp_path)
