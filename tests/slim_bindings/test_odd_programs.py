"""What programs do beside synthesizing, and tools with them: with slim_bindings and without, it is the same."""

import gzip
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bench.measure import NODE
from slim_bindings.runtime.node_first import VERSION

from . import toy
from .conftest import Run


def both(run: Run, program: str, **named: Any) -> str:
    """What the program prints, which is the same without slim_bindings."""
    said = [run(program, SLIM_BINDINGS=switch, **named).stdout for switch in ("", "off")]
    assert said[0] == said[1]
    return said[0]


THREE = """
import cdktf
stack = cdktf.TerraformStack(cdktf.Testing.app(), "s")
three = [cdktf.TerraformResource(stack, name, terraform_resource_type=f"x_{name}") for name in "abc"]
try:
    from cdktf_cdktf_provider_toy.alpha import Alpha
    Alpha(root, "x")
except Exception as error:
    print(type(error).__name__, type(error.__cause__).__name__)
print([each.terraform_resource_type for each in three], cdktf.Fn.upper("x")[:2])
"""


@pytest.mark.parametrize("damage", ["throw new Error('broken code')", "cut"])
def test_after_a_refused_load_every_answer_is_its_requests_own(run: Run, tmp_path: Path, damage: str) -> None:
    tarball = toy.write(tmp_path, "alpha", **({} if damage == "cut" else {"lib/the-alpha/index.js": damage}))
    if damage == "cut":
        tarball.write_bytes(tarball.read_bytes()[:600])
    assert both(run, THREE) == "RuntimeError JavaScriptError\n['x_a', 'x_b', 'x_c'] ${\n"


LEFT = """
import bz2, gzip, lzma, os, shelve, shutil, tempfile
os.mkdir({folder!r}); os.chdir({folder!r})
a = gzip.open("a.gz", "wt"); a.write("finding" * 100)
b = bz2.open("b.bz2", "wt"); b.write("finding" * 100)
c = lzma.open("c.xz", "wt"); c.write("finding" * 100)
shelf = shelve.open("shelf"); shelf["key"] = "value"
class Work:
    def __init__(self): self.folder = tempfile.mkdtemp(dir=".")
    def __del__(self): shutil.rmtree(self.folder)
work = Work(); work.itself = work
def generate():
    with open("generated", "w") as file:
        file.write("written")
        yield
generator = generate(); next(generator)
"""


def test_what_ends_with_the_program_ends_well(run: Run, tmp_path: Path) -> None:
    for switch in ("", "off"):
        result = run(LEFT.format(folder=str(tmp_path / f"left{switch}")), SLIM_BINDINGS=switch)
        assert result.stderr == ""
    left, plain = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("left", "leftoff")
    )
    assert gzip.decompress(left["a.gz"]) == b"finding" * 100
    assert left.keys() == plain.keys() >= {"b.bz2", "c.xz", "generated"}
    assert [left[name] for name in ("b.bz2", "c.xz", "generated")] == [
        plain[name] for name in ("b.bz2", "c.xz", "generated")
    ]


@pytest.mark.parametrize(("line", "rests"), [("", True), ("file = open('x', 'w')", False)])
def test_the_collector_rests_at_exit_where_nothing_waits_for_it(run: Run, line: str, rests: bool) -> None:
    program = f"{line}\nimport atexit, gc\n_ = atexit._run_exitfuncs(); print(gc.get_freeze_count() > 1000, flush=True)"
    assert run(program).stdout == f"{rests}\n"


def test_the_collector_rests_while_stubs_are_imported(run: Run) -> None:
    program = "import gc; seen = []; gc.callbacks.append(lambda *_: seen.append(1)); import cdktf; print(len(seen) > 3)"
    assert [run(program, SLIM_BINDINGS=switch).stdout for switch in ("", "-collector")] == ["False\n", "True\n"]


def test_what_is_in_a_cycle_is_not_kept_for_long(run: Run) -> None:
    both(
        run,
        """
        import cdktf, resource
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
        def load():
            try:
                file = open("/dev/null")
                raise ValueError
            except ValueError as error:
                kept = error
        for _ in range(2000):
            load()
        """,
    )


def test_a_thread_that_never_ends_does_not_hold_the_program(run: Run) -> None:
    program = """
        import os, threading, time
        pipe = open(os.pipe()[1], "wb")
        threading.Thread(target=lambda: pipe.write(b"x" * 10_000_000), daemon=True).start()
        time.sleep(0.5)
        print("end")
    """
    assert both(run, program) == "end\n"


def test_an_interrupted_request_gives_its_answer_to_nobody(run: Run, tmp_path: Path) -> None:
    slow = toy.script("alpha", "1.0.0").replace(
        "return ", "const end = Date.now() + 2000; while (Date.now() < end); return ", 1
    )
    toy.write(tmp_path, "alpha", **{"lib/the-alpha/index.js": slow})
    result = run(
        """
        import signal
        from cdktf_cdktf_provider_toy.alpha import Alpha
        alpha = Alpha(root, "a")
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        signal.setitimer(signal.ITIMER_REAL, 1)
        try:
            alpha.kind
        except KeyboardInterrupt:
            print("interrupted")
        for _ in range(2):
            try:
                print(root.node.path)
            except RuntimeError as error:
                print(error)
        """
    )
    first, second, third = result.stdout.splitlines()
    assert (first, second) == ("interrupted", third)
    assert second.startswith("an earlier request to Node was interrupted, or Node ended before it had answered")
    assert "Traceback" not in result.stderr


def test_a_node_that_is_killed_is_said(run: Run) -> None:
    result = run(
        """
        import jsii, os, signal
        node = jsii.kernel.provider._process._process
        os.kill(node.pid, signal.SIGKILL)
        node.wait()
        for _ in range(3):
            try:
                print(root.node.path)
            except Exception as error:
                print(type(error).__name__, error)
        """
    )
    first, second, third = result.stdout.splitlines()
    assert first.startswith(("BrokenPipeError", "ConnectionResetError", "JSONDecodeError"))
    assert second == third
    assert second.startswith(
        "RuntimeError an earlier request to Node was interrupted, or Node ended before it had answered"
    )
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("made", ["@attr.s(auto_attribs=True)", "@dataclasses.dataclass", ""])
def test_objects_with_fields_are_what_jsii_takes_them_for(run: Run, made: str) -> None:
    both(
        run,
        f"""
import attr, cdktf, dataclasses, jsii
stack = cdktf.TerraformStack(cdktf.Testing.app(), "s")
@jsii.implements(cdktf.IResolvable)
{made}
class Value:
    x: int = 1
    creation_stack = ()
    def resolve(self, context): return "resolved"
    def to_json(self): return "j"
    def to_string(self): return "s"
try:
    cdktf.TerraformOutput(stack, "o", value=Value())
    print(cdktf.Testing.synth(stack, True))
except Exception as error:
    print(type(error).__name__, error)
""",
    )


def alone(run: Run, program: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """A program that installs slim_bindings itself, where it wants to."""
    return run(
        f"import os, subprocess, sys; sys.exit(subprocess.run([sys.executable, '-c', {program!r}]).returncode)",
        **variables,
    )


INSTALL = "import slim_bindings; slim_bindings.install()\n"


FOLDER_NEEDED = pytest.mark.skipif(
    sys.version_info[:2] == (3, 13),
    reason="Python 3.13 itself fails at a missing attribute of a module without a folder",
)


@pytest.mark.parametrize(
    ("program", "said", "warned"),
    [
        ("import cdktf, jsii\n" + INSTALL, "alpha of 1.0.0", "jsii runs as it is, which is slower: it was imported before"),
        ("import jsii\n" + INSTALL, "alpha of 1.0.0", "jsii runs as it is"),
        (INSTALL + "import importlib; importlib.reload(slim_bindings).install()\n", "alpha of 1.0.0", ""),
        ("import threading, slim_bindings\nall = [threading.Thread(target=slim_bindings.install) for _ in range(4)]\n"
         "[each.start() for each in all]; [each.join() for each in all]\n", "alpha of 1.0.0", ""),
        ("import socket; socket.setdefaulttimeout(5)\n" + INSTALL, "alpha of 1.0.0", ""),
        ("import socket\nclass Refused(socket.socket):\n    def __new__(cls, *_, **__): raise RuntimeError('no sockets')\n"
         "socket.socket = Refused\n" + INSTALL + "import os; os.environ['X'] = 'changed'\n", "alpha of 1.0.0", ""),
        pytest.param(INSTALL + "import os, sys, tempfile; sys.path.remove(''); os.chdir(tempfile.mkdtemp()); os.rmdir(os.getcwd())\n", "alpha of 1.0.0", "", marks=FOLDER_NEEDED),
    ],
    ids=["cdktf first", "jsii first", "reloaded", "threads", "timeout", "no sockets", "no folder"],
)  # fmt: skip
def test_it_is_installed_in_any_order_and_surroundings(
    run: Run, tmp_path: Path, program: str, said: str, warned: str
) -> None:
    toy.write(tmp_path, "alpha", "beta")
    use = "import constructs\nfrom cdktf_cdktf_provider_toy.alpha import Alpha\n"
    use += "print(Alpha(constructs.RootConstruct('root'), 'a').kind)\n"
    result = alone(run, program + use)
    assert result.stdout == f"{said}\n"
    assert warned in result.stderr
    assert "Traceback" not in result.stderr


def test_files_get_the_rights_that_the_program_asks_for(run: Run, tmp_path: Path) -> None:
    program = INSTALL + (
        "import os; os.umask(0o077); import cdktf\n"
        f"app = cdktf.App(outdir={str(tmp_path / 'out')!r}); cdktf.TerraformStack(app, 's'); app.synth()"
    )
    alone(run, program)
    assert oct((tmp_path / "out/stacks/s/cdk.tf.json").stat().st_mode)[-3:] == "600"


def test_a_package_of_ones_own_is_left_alone(run: Run, tmp_path: Path) -> None:
    for name in ("cdktf_cdktf_provider_company", "cdktf_cdktf_provider_toy"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("from .more import bucket\n")
        (tmp_path / name / "more.py").write_text("def bucket(): return __name__\n")
    (tmp_path / "cdktf_cdktf_provider_null.py").write_text("value = 1\n")
    program = """
        from cdktf_cdktf_provider_company import bucket
        from cdktf_cdktf_provider_null import value
        print(bucket(), value)
    """
    assert both(run, program) == "cdktf_cdktf_provider_company.more 1\n"


def test_a_provider_with_classes_outside_submodules_is_left_alone(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha")
    package = tmp_path / "cdktf_cdktf_provider_toy"
    (package / "__init__.py").write_text(
        (package / "alpha/__init__.py").read_text().replace("from .._jsii", "from ._jsii")
    )
    program = "from cdktf_cdktf_provider_toy import Alpha; print(Alpha(root, 'a').kind)"
    assert both(run, program) == "alpha of 1.0.0\n"


def test_what_node_prints_may_go_into_text(run: Run, tmp_path: Path) -> None:
    noisy = toy.script("alpha", "1.0.0").replace("return ", "process.stdout.write('noise\\n'); return ", 1)
    toy.write(tmp_path, "alpha", **{"lib/the-alpha/index.js": noisy})
    result = run(
        """
        import contextlib, io, time
        from cdktf_cdktf_provider_toy.alpha import Alpha
        alpha, text = Alpha(root, "a"), io.StringIO()
        with contextlib.redirect_stdout(text):
            alpha.kind
            deadline = time.monotonic() + 60
            while not text.getvalue() and time.monotonic() < deadline:
                time.sleep(0.01)
        print(repr(text.getvalue()), flush=True)
        alpha.kind
        """
    )
    assert result.stdout == "'noise\\n'\nnoise\n"
    assert "Exception" not in result.stderr


def test_packages_may_lie_in_a_zip_file(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path / "toys", "alpha")
    with zipfile.ZipFile(tmp_path / "toys.zip", "w") as archive:
        for path in (tmp_path / "toys").rglob("*"):
            archive.write(path, path.relative_to(tmp_path / "toys"))
    program = f"""
        import sys; sys.path.insert(0, {str(tmp_path / "toys.zip")!r})
        from cdktf_cdktf_provider_toy.alpha import Alpha
        print(Alpha(root, "a").kind)
    """
    assert both(run, program) == "alpha of 1.0.0\n"


def test_another_runtime_than_jsiis_own_is_refused(run: Run) -> None:
    program = INSTALL + (
        "from jsii._kernel.providers import process; process.__jsii_runtime_version__ = '0.1'\n"
        "try:\n    import constructs; constructs.RootConstruct('r')\nexcept AssertionError as error: print(error)"
    )
    assert "Invalid JSII Runtime Version" in alone(run, program).stdout


def test_what_a_program_sets_on_a_lazy_module_stays(run: Run) -> None:
    program = INSTALL + "import dateutil.parser as p; p.isoparse = 'mine'; p.parse('2026-01-01'); print(p.isoparse)"
    assert alone(run, program).stdout == "mine\n"


def test_the_frames_told_to_node_are_the_programs(run: Run) -> None:
    program = """
        import cdktf, json, jsii._kernel.providers.process as process
        sent, dumps = [], json.dumps
        process.json.dumps = lambda value, **named: sent.append(value) or dumps(value, **named)
        cdktf.TerraformStack(cdktf.Testing.app(), "s")
        print({frame[0].rpartition("/")[2] for each in sent for frame in each.get("$jsii.stacktrace", [])})
    """
    assert both(run, program, JSII_HOST_STACK_TRACES="1") == "{'__init__.py'}\n"


@pytest.mark.parametrize(("version", "warned"), [("20.20.2", True), ("22.1.0", False), ("24.19.0", False)])
def test_a_node_that_jsii_does_not_support_is_named(version: str, warned: bool) -> None:
    script = f"Object.defineProperty(process.versions, 'node', {{value: '{version}'}}); require({os.fspath(VERSION)!r})"
    said = subprocess.run([NODE, "-e", script], capture_output=True, text=True, check=True).stderr
    assert (f"jsii does not support Node {version}" in said) == warned


def test_cattrs_is_not_imported_for_what_every_program_does(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha")
    program = """
        import sys
        from cdktf_cdktf_provider_toy.alpha import Alpha
        print(Alpha(root, "a").kind, "cattrs" in sys.modules)
    """
    assert run(program).stdout == "alpha of 1.0.0 False\n"
