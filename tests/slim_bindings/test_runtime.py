"""Runtime patches: with each of them, without each, and without any, a program does and says the same."""

import os
import re
import shutil
import sysconfig
from pathlib import Path

import pytest

from slim_bindings.runtime import PATCHES, TESTED_JSII
from slim_bindings.runtime.checks import _LOCAL

from . import toy
from .conftest import Run

NONE = ",".join(f"-{patch}" for patch in PATCHES)
PROGRAM = """
import datetime, enum, typing
import cdktf, jsii
from cdktf_cdktf_provider_toy.alpha import Alpha

app = cdktf.Testing.app()
stack = cdktf.TerraformStack(app, "stack")
alpha = Alpha(root, "a")
print(alpha.kind, alpha.node.path, isinstance(alpha, constructs.Construct))
resource = cdktf.TerraformResource(
    stack, "r", terraform_resource_type="x_y", depends_on=[], count=2,
    lifecycle=cdktf.TerraformResourceLifecycle(ignore_changes=["a"], replace_triggered_by=[]),
    provisioners=[cdktf.LocalExecProvisioner(type="local-exec", command="true", environment={"A": "b"})],
)
resource.add_override("nested", {"list": [1, 2.5, True, None, {"x": "y"}]})
resource.add_move_target("target")
cdktf.TerraformOutput(stack, "o", value={"fqn": resource.fqn, "list": [cdktf.Fn.length_of([1, 2])]})
cdktf.CloudBackend(stack, organization="o", workspaces=cdktf.NamedCloudWorkspace("w"))

@jsii.implements(cdktf.IAspect)
class Visitor:
    def visit(self, node):
        print("visits", node.node.path)
        if node.node.id == "fails":
            raise ValueError("a callback's error")

cdktf.Aspects.of(stack).add(Visitor())
print(cdktf.Testing.synth(stack))

class Named(cdktf.TerraformStack):
    def prepare_stack(self):
        print("prepares", self.node.id)
        super().prepare_stack()

print(cdktf.Testing.synth(Named(app, "named")))
print(sorted(str(hint) for hint in typing.get_type_hints(cdktf.TerraformOutput.__init__).values()))

class Number(enum.IntEnum):
    ONE = 1

class Word(enum.StrEnum):
    ONE = "one"

def says(call):
    try:
        call()
        print("fine")
    except Exception as error:
        print(type(error).__name__, error, type(error.__cause__).__name__)

says(lambda: cdktf.TerraformOutput(stack, "w1", value=1, sensitive="no"))
says(lambda: cdktf.TerraformOutput(stack, 5, value=1))
says(lambda: cdktf.TerraformOutput("stack", "w3", value=1))
says(lambda: cdktf.TerraformOutput(stack, "w4", value=1, depends_on=3))
says(lambda: cdktf.TerraformOutput(stack, "w5", value=1, precondition={"condition": 1}))
says(lambda: cdktf.TerraformOutput(stack, "w6", value=1, precondition={"nothing": 1}))
says(lambda: cdktf.TerraformOutput(stack, "w7", value=print))
says(lambda: cdktf.TerraformOutput(stack, "o", value=1))
says(lambda: cdktf.LocalExecProvisioner(type="local-exec", command="x", environment=["x"]))
says(lambda: cdktf.TerraformOutput(stack, "w9", value=None))
says(lambda: cdktf.TerraformOutput(stack, "w10", value={"a": [Number.ONE]}))
says(lambda: cdktf.TerraformOutput(stack, "w11", value=Word.ONE))
says(lambda: Alpha(root, "a"))
says(lambda: Alpha(None, "b"))
says(lambda: constructs.Construct("root", "b"))
says(lambda: cdktf.TerraformResource(stack, "w8", terraform_resource_type="x", provisioners=[3]))
says(lambda: resource.no_such_thing)
from unittest.mock import Mock
says(lambda: cdktf.TerraformResourceLifecycle(prevent_destroy=Mock()))
cdktf.TerraformOutput(stack, "fails", value=1)
says(lambda: cdktf.Testing.synth(stack))

@jsii.implements(cdktf.IStringProducer)
class Producer:
    def produce(self, context):
        return print

later = cdktf.TerraformStack(app, "later")
lazy = cdktf.Lazy.string_value(Producer())
cdktf.TerraformOutput(later, "lazy", value=lazy)
says(lambda: cdktf.Testing.synth(later))
token = cdktf.Lazy.any_value(Producer())
print(len(token.creation_stack) > 5, [frame.split("/")[0] for frame in token.creation_stack])
"""


@pytest.fixture(scope="module")
def plain() -> dict[str, str]:
    """What the program says without any patch."""
    return {}


@pytest.mark.parametrize("switch", ["", *(f"-{patch}" for patch in PATCHES), "off"])
def test_a_program_does_and_says_the_same(run: Run, tmp_path: Path, plain: dict[str, str], switch: str) -> None:
    toy.write(tmp_path, "alpha")
    if not plain:
        plain["said"] = run(PROGRAM, SLIM_BINDINGS=NONE).stdout
        assert "a callback's error" in plain["said"]
    assert run(PROGRAM, SLIM_BINDINGS=switch).stdout == plain["said"]


@pytest.mark.parametrize("switch", ["", "-lazy_requires"])
def test_what_cdktf_seldom_uses_is_there_when_it_does(run: Run, tmp_path: Path, switch: str) -> None:
    terraform = tmp_path / "bin" / "terraform"
    terraform.parent.mkdir()
    terraform.write_text("#!/bin/sh\necho Terraform v1.4.9\n")
    terraform.chmod(0o755)
    program = """
        import cdktf
        resource = cdktf.TerraformResource(cdktf.TerraformStack(cdktf.App(), "s"), "r", terraform_resource_type="x_y")
        resource.import_from("id")
        print(resource.node.validate())
    """
    path = f"{terraform.parent}{os.pathsep}{os.environ['PATH']}"
    assert "terraform version 1.4.9 is lower than the required" in run(program, SLIM_BINDINGS=switch, PATH=path).stdout


SELDOM = ("typeguard", "importlib.metadata", "cattrs", "dateutil.parser._parser")


def test_what_jsii_seldom_uses_is_imported_when_it_does(run: Run) -> None:
    program = f"""
        import cdktf, datetime, sys
        stack = cdktf.TerraformStack(cdktf.Testing.app(), "stack")
        output = cdktf.TerraformOutput(stack, "o", value=datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC))
        seldom = lambda: [name in sys.modules for name in {SELDOM}]
        print(seldom())
        print(output.value)
        output.description = "set"
        print(output.description)
        try:
            cdktf.TerraformOutput(stack, 5, value=1)
        except TypeError as error:
            print(error)
        print(seldom())
    """
    before, *said, after = run(program).stdout.splitlines()
    assert before == "[False, False, False, False]"
    assert said == [
        "2026-11-22 00:00:00+00:00",
        "set",
        "type of argument id must be str; got int instead",
    ]
    assert after == "[True, True, True, True]"
    assert run(program, SLIM_BINDINGS="-lazy_imports,-stubs").stdout.splitlines() == [after, *said, after]


def test_several_threads_may_be_the_first_to_use_it(run: Run) -> None:
    result = run("""
        import dateutil.parser
        from concurrent.futures import ThreadPoolExecutor
        from threading import Barrier
        barrier = Barrier(8)

        def parse(day):
            barrier.wait()
            return dateutil.parser.parse(f"2026-11-{day + 10}").day

        with ThreadPoolExecutor(8) as threads:
            print(list(threads.map(parse, range(8))))
    """)
    assert result.stdout == "[10, 11, 12, 13, 14, 15, 16, 17]\n"


def test_a_traceback_shows_the_lines_of_the_file(run: Run) -> None:
    program = """
        import inspect, cdktf
        line = cdktf.TerraformOutput.__init__.__code__.co_firstlineno
        print(line, inspect.getsourcelines(cdktf)[0][line - 1].strip())
    """
    said = run(program).stdout
    assert "def __init__(" in said
    assert said == run(program, SLIM_BINDINGS="-stubs").stdout


def test_a_program_ends_as_always(run: Run, tmp_path: Path) -> None:
    run(f"""
        import weakref
        def a_function(): "It refers to the module's globals."
        unclosed = open({str(tmp_path / "unclosed")!r}, "w")
        unclosed.write("written at the end")
        class Thing:
            also_unclosed = open({str(tmp_path / "also_unclosed")!r}, "w")
        Thing.also_unclosed.write("written too")
        thing = Thing()
        thing.itself = thing
        weakref.finalize(thing, open({str(tmp_path / "finalized")!r}, "w").write, "finalized at the end")
    """)
    assert (tmp_path / "unclosed").read_text() == "written at the end"
    assert (tmp_path / "also_unclosed").read_text() == "written too"
    assert (tmp_path / "finalized").read_text() == "finalized at the end"


def test_node_may_be_stopped_twice(run: Run) -> None:
    result = run("""
        import jsii
        process = jsii.kernel.provider._process
        node = process._process
        process.stop()
        process.stop()
        print(node.wait())
    """)
    assert (result.stdout, result.stderr) == ("0\n", "")


def test_what_node_prints_goes_where_python_prints(run: Run, tmp_path: Path) -> None:
    noise = 'process.stdout.write("to stdout\\n"); process.stderr.write("to stderr\\n");'
    toy.write(tmp_path, "alpha", **{"lib/the-alpha/index.js": noise + toy.script("alpha", "1.0.0")})
    result = run("from cdktf_cdktf_provider_toy.alpha import Alpha; Alpha(root, 'a')")
    assert result.stdout == "to stdout\n"
    assert "to stderr\n" in result.stderr


def test_an_assembly_that_node_refuses_is_said(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha", **{"lib/the-alpha/index.js": "throw new Error('broken code')"})
    assert "broken code" in run("from cdktf_cdktf_provider_toy.alpha import Alpha; Alpha(root, 'a')", fails=True).stderr


def test_another_jsii_runs_as_it_is(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha")
    program = """
        from cdktf_cdktf_provider_toy.alpha import Alpha
        print(Alpha(root, "a").kind, type(jsii.kernel.provider._process._process.stdin._pipe).__name__)
    """
    (tmp_path / "sitecustomize.py").write_text("import slim_bindings.runtime as r; r.TESTED_JSII = ('0.0.0',)")
    result = run("import jsii\n" + program.replace("\n        ", "\n"))
    assert result.stdout.startswith("alpha of 1.0.0")
    assert re.search(rf"jsii {re.escape(TESTED_JSII[0])} runs as it is, .* tested with 0\.0\.0", result.stderr)


def test_jsii_may_be_told_of_another_kernel(run: Run, tmp_path: Path) -> None:
    embedded = Path(sysconfig.get_path("purelib"), "jsii", "_embedded", "jsii")
    for path in embedded.glob("*__*.js"):
        target = tmp_path / path.name.replace("__", "/")
        target.parent.mkdir(exist_ok=True)
        shutil.copy(path, target)
    program = "import jsii\nprint(jsii.kernel.provider._process._process.args)"
    assert "jsii-runtime.js" in run(program, SLIM_BINDINGS="-node_first").stdout
    assert "jsii-runtime.js" not in run(program).stdout
    own = str(tmp_path / "bin/jsii-runtime.js")
    assert own in run(program, JSII_RUNTIME=own).stdout


@pytest.mark.parametrize(
    ("annotation", "local"),
    [
        ("builtins.str", False),
        ("typing.Optional[typing.Mapping[builtins.str, builtins.str]]", False),
        ("typing.Union[_cdktf_9a9027ec.TerraformCount, jsii.Number, None]", False),
        ('typing.Optional["VpcTimeouts"]', True),
        ("typing.Union['VpcTimeouts', builtins.str]", True),
        ("typing.Optional[VpcTimeouts]", True),
        ("typing.Union[VpcTimeouts, typing.Dict[builtins.str, typing.Any]]", True),
        ("typing.Union[builtins.str, _VpcTimeouts]", True),
    ],
)
def test_an_annotation_with_a_name_of_the_stub_is_not_shared_with_other_stubs(annotation: str, local: bool) -> None:
    assert bool(_LOCAL.search(annotation)) == local


def test_stubs_are_compiled_with_postponed_annotations(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha")
    program = (
        "from cdktf_cdktf_provider_toy.alpha import Alpha; print(type(Alpha.__init__.__annotations__['id_']).__name__)"
    )
    assert run(program).stdout == "str\n"
    assert run(program, SLIM_BINDINGS="-stubs").stdout == "type\n"
