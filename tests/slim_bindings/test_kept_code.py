"""What slim_bindings keeps of the code that Python and Node compile: it is used again, and never believed wrongly."""

from pathlib import Path

import pytest

from . import toy
from .conftest import Run

COUNTED = """
import builtins
compiled, plain = [], builtins.compile
def count(source, filename, *more, **named):
    compiled.append(str(filename))
    return plain(source, filename, *more, **named)
builtins.compile = count
"""
"""As a sitecustomize: notes whatever Python compiles from text."""
CLASSES = """
    import attr, dataclasses, sitecustomize, sys, typing

    @attr.s(auto_attribs=True, frozen=True)
    class A:
        number: "int" = 1

    @dataclasses.dataclass
    class D:
        number: "typing.List[int]"

    print(A(), A(2) == A(2), hash(A(2)) == hash(A(2)), hash(A(2)) == hash(A(3)), D([1]), typing.get_type_hints(D))
    print([name for name in sitecustomize.compiled if name.startswith(("<attrs", "<string>"))], file=sys.stderr)
"""


def test_the_text_of_classes_is_compiled_once(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(COUNTED)
    first, second, without = (run(CLASSES, SLIM_BINDINGS=switch) for switch in ("", "", "-generated"))
    assert first.stdout == second.stdout == without.stdout
    assert first.stdout.startswith("A(number=1) True True False D(number=[1]) ")
    assert second.stderr == "[]\n"
    assert "<attrs" in first.stderr
    assert "<attrs" in without.stderr


def test_another_class_of_the_same_name_has_its_own_methods(run: Run) -> None:
    program = "import attr\nprint(attr.make_class('A', {!r})(1, 2))"
    assert run(program.format(["x", "y"])).stdout == "A(x=1, y=2)\n"
    assert run(program.format(["y", "x"])).stdout == "A(y=1, x=2)\n"


@pytest.mark.parametrize("damage", [b"", b"damaged"])
def test_damaged_code_is_compiled_again(run: Run, tmp_path: Path, damage: bytes) -> None:
    toy.write(tmp_path, "alpha")
    program = "import cdktf; from cdktf_cdktf_provider_toy.alpha import Alpha; print(Alpha(root, 'a').kind)"
    run(program)
    kept = [*tmp_path.glob("cache/*/code*"), *tmp_path.glob("cache/compile_cache-*/*/*")]
    assert len(kept) > 100
    for path in kept:
        path.write_bytes(damage)
    result = run(program)
    assert (result.stdout, result.stderr) == ("alpha of 1.0.0\n", "")


def test_node_compiles_each_file_once(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha")
    program = "from cdktf_cdktf_provider_toy.alpha import Alpha; import cdktf; print(Alpha(root, 'a').kind)"
    folder = tmp_path / "cache"

    def kept() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in folder.glob("compile_cache-*/*/*")}

    run(program)
    first = kept()
    assert len(first) > 100
    run(program)
    assert kept() == first
    changed = {"lib/the-alpha/index.js": toy.script("alpha", "2.0.0")}
    toy.write(tmp_path, "alpha", **changed)  # a file of the same length
    assert run(program).stdout == "alpha of 2.0.0\n"


def test_node_keeps_nothing_where_its_files_have_other_paths_each_time(run: Run, tmp_path: Path) -> None:
    run("import cdktf; cdktf.App()", JSII_RUNTIME_PACKAGE_CACHE="disabled")
    assert not list(tmp_path.glob("cache/compile_cache-*"))


def test_node_keeps_its_code_where_the_user_says(run: Run, tmp_path: Path) -> None:
    run("import cdktf; cdktf.App()", NODE_COMPILE_CACHE=str(tmp_path / "elsewhere"))
    assert list(tmp_path.glob("elsewhere/*/*"))
    assert not list(tmp_path.glob("cache/compile_cache-*/*"))


def test_text_of_another_class_than_str_is_compiled_as_always(run: Run) -> None:
    result = run("""
        import enum, typing
        Name = enum.StrEnum("Name", {"INT": "int"})
        print(typing.get_type_hints(type("T", (), {"__annotations__": {"x": typing.Optional[Name.INT]}})))
    """)
    assert (result.stdout, result.stderr) == ("{'x': typing.Optional[int]}\n", "")


def test_of_too_many_texts_as_many_as_may_stay_are_kept(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        f"{COUNTED}\nimport slim_bindings.runtime.generated as generated\ngenerated.MOST = 150\n"
    )
    program = """
        import attr, sitecustomize
        [attr.make_class(f"C{number}", ["x"]) for number in range(100)]
        print(len([name for name in sitecustomize.compiled if name.startswith(("<attrs", "<string>"))]))
    """
    counts = [int(run(program).stdout) for _ in range(4)]
    assert counts[0] > 150
    assert counts[1:] == [counts[0] - 150] * 3


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


def test_node_does_not_make_its_folder_again(run: Run, tmp_path: Path) -> None:
    """The kernel starts a worker for cdktf, which would, where jsii unpacks it for the first time."""
    empty = str(tmp_path / "jsii")
    result = run(
        "import os; os.rename('cache', 'gone'); import cdktf; cdktf.App()", JSII_RUNTIME_PACKAGE_CACHE_ROOT=empty
    )
    assert (result.stdout, result.stderr) == ("", "")
    assert not [*tmp_path.glob("cache/compile_cache*")]
