"""Late load: what is in use goes to the kernel before it is needed, and what comes later still works."""

from pathlib import Path

from . import toy
from .conftest import Run


def tarballs(folder: Path) -> int:
    """How many pruned assemblies are in the cache."""
    return len(list(folder.glob("cache/*/*.tgz")))


def test_a_class_of_each_submodule_in_use(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha", "beta", "gamma")
    result = run("""
        from cdktf_cdktf_provider_toy.alpha import Alpha
        from cdktf_cdktf_provider_toy.beta import Beta
        print(Alpha(root, "a").kind, Beta(root, "b").kind)
    """)
    assert result.stdout == "alpha of 1.0.0 beta of 1.0.0\n"
    assert "splitting @cdktf/provider-toy 1.0.0" in result.stderr
    assert tarballs(tmp_path) == 1


def test_an_import_after_the_provider_was_loaded(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha", "beta")
    program = """
        from cdktf_cdktf_provider_toy.alpha import Alpha
        alpha = Alpha(root, "a")
        print(alpha.kind)
        from cdktf_cdktf_provider_toy.beta import Beta
        beta = Beta(alpha, "b")
        import cdktf_cdktf_provider_toy as package
        print(beta.kind, isinstance(beta, Beta), package.beta.Beta is Beta, alpha.node.find_child("b") is beta)
        class Own(Beta):
            @property
            def kind(self):
                return "own " + super().kind
        print(Own(root, "own").kind, beta.node.path)
    """
    expected = "alpha of 1.0.0\nbeta of 1.0.0 True True True\nown beta of 1.0.0 root/a/b\n"
    assert run(program).stdout == expected
    assert run(program).stdout == expected
    assert run(program, SLIM_BINDINGS="off").stdout == expected
    assert tarballs(tmp_path) == 2


def test_a_module_that_is_imported_again_keeps_its_assembly(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha")
    run("""
        import sys
        from cdktf_cdktf_provider_toy.alpha import Alpha
        Alpha(root, "a")
        del sys.modules["cdktf_cdktf_provider_toy.alpha"]
        from cdktf_cdktf_provider_toy.alpha import Alpha
        assert Alpha(root, "b").kind == "alpha of 1.0.0"
    """)
    assert tarballs(tmp_path) == 1


def test_an_import_that_is_too_late_says_what_to_do(run: Run, tmp_path: Path) -> None:
    tarball = toy.write(tmp_path, "alpha", "beta")
    result = run(
        f"""
        import os, pathlib
        from cdktf_cdktf_provider_toy.alpha import Alpha
        Alpha(root, "a")
        os.rename("cache", "gone")
        pathlib.Path({str(tarball)!r}).write_bytes(b"not a tarball")
        from cdktf_cdktf_provider_toy.beta import Beta
        Beta(root, "b")
        """,
        fails=True,
    )
    assert "ImportError: cdktf_cdktf_provider_toy was loaded without beta" in result.stderr
    assert "import it before the first resource is made, or set SLIM_BINDINGS=off" in result.stderr


def test_a_submodule_that_came_with_another_is_imported_late_under_its_own_name(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha", "beta", refers_to="@cdktf/provider-toy.alpha.Alpha")
    result = run("""
        from cdktf_cdktf_provider_toy.beta import Beta
        Beta(root, "b")
        from cdktf_cdktf_provider_toy.alpha import Alpha
        print(Alpha(root, "a").kind, Alpha.__jsii_type__)
    """)
    assert result.stdout == "alpha of 1.0.0 @cdktf/provider-toy.alpha.Alpha\n"


def test_the_files_of_a_submodule_find_each_other(run: Run, tmp_path: Path) -> None:
    files = {
        "lib/the-alpha/index.js": """
            module.exports = { ...require("./parts"), about: "a circle" };
        """,
        "lib/the-alpha/parts/index.js": """
            "use strict";
            const { Construct } = require("constructs");
            const more = require("../more.js");
            exports.Alpha = class Alpha extends Construct { get kind() { return more.kind(); } };
        """,
        "lib/the-alpha/more.js": """
            sloppy = typeof files + typeof load + (this === module.exports);
            exports.kind = () => [sloppy, require(".").about, require("./other"), missing()].join(", ");
            const missing = () => { try { require("./missing"); } catch (error) { return error.message; } };
        """,
        "lib/the-alpha/other.js": "module.exports = 7 // without an end of line",
    }
    toy.write(tmp_path, "alpha", **files)
    result = run("from cdktf_cdktf_provider_toy.alpha import Alpha; print(Alpha(root, 'a').kind)")
    assert result.stdout == "undefinedundefinedtrue, a circle, 7, Cannot find module '/the-alpha/missing'\n"


def test_a_provider_that_cannot_be_split_is_imported_whole(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha", "beta", **{"lib/the-beta/other.js": 'require("../index.js")'})
    result = run("""
        import sys
        from cdktf_cdktf_provider_toy.alpha import Alpha
        print(Alpha(root, "a").kind, "cdktf_cdktf_provider_toy.beta" in sys.modules)
        from cdktf_cdktf_provider_toy.beta import Beta
        print(Beta(root, "b").kind)
    """)
    assert result.stdout == "alpha of 1.0.0 True\nbeta of 1.0.0\n"
    assert (
        "warning: cdktf_cdktf_provider_toy is imported in the ordinary way, which takes long, because its "
        "submodule beta refers to index.js"
    ) in result.stderr


def test_a_library_that_may_use_any_class_gets_the_whole_provider(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha", "beta")
    toy.write(tmp_path, "one", name="@cdktf/provider-library")
    library = tmp_path / "cdktf_cdktf_provider_library"
    library = library.rename(tmp_path / "library")
    init = library / "_jsii" / "__init__.py"
    init.write_text("import cdktf_cdktf_provider_toy._jsii\n" + init.read_text())
    program = "from cdktf_cdktf_provider_toy.alpha import Alpha\n"
    whole = program + "from library.one import One; print(One(root, 'o').kind, Alpha(root, 'a').kind)"
    result = run(whole)
    assert result.stdout == "one of 1.0.0 alpha of 1.0.0\n"
    assert "because library may use any of it" in result.stderr
    late = run(program + "Alpha(root, 'a')\nimport library.one", fails=True)
    assert "ImportError: library needs the whole of cdktf_cdktf_provider_toy" in late.stderr
