"""The import hook: the package as it is installed, with submodules that are imported when asked for."""

from pathlib import Path

from . import toy
from .conftest import Run


def test_the_package_does_not_import_what_is_not_asked_for(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha", "beta")
    result = run("""
        import sys
        from cdktf_cdktf_provider_toy.alpha import Alpha
        print([name in sys.modules for name in ("cdktf_cdktf_provider_toy.alpha", "cdktf_cdktf_provider_toy.beta")])
    """)
    assert result.stdout == "[True, False]\n"


def test_a_submodule_is_an_attribute_of_the_package(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha", "beta")
    result = run("""
        import cdktf_cdktf_provider_toy as package
        print(package.alpha.Alpha(root, "a").kind, dir(package)[-2:], package.__all__)
        from cdktf_cdktf_provider_toy import beta
        print(beta is package.beta)
    """)
    assert result.stdout == "alpha of 1.0.0 ['alpha', 'beta'] ['alpha', 'beta']\nTrue\n"


def test_an_unknown_attribute_is_said_as_python_says_it(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha")
    assert (
        "AttributeError: module 'cdktf_cdktf_provider_toy' has no attribute 'zeta'"
        in run("import cdktf_cdktf_provider_toy as package; package.zeta", fails=True).stderr
    )
    assert (
        "ModuleNotFoundError: No module named 'cdktf_cdktf_provider_toy.zeta'"
        in run("import cdktf_cdktf_provider_toy.zeta", fails=True).stderr
    )


def test_a_star_import_of_the_package_imports_all_of_it(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha", "beta")
    assert run("""
        from cdktf_cdktf_provider_toy import *
        print(alpha.Alpha(root, "a").kind, beta.Beta(root, "b").kind)
    """).stdout.startswith("alpha of 1.0.0 beta of 1.0.0")


def test_resources_source_and_types_are_found_as_before(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha")
    result = run("""
        import importlib.resources, inspect, pickle, pkgutil, typing
        import cdktf_cdktf_provider_toy as package
        from cdktf_cdktf_provider_toy.alpha import Alpha
        print((importlib.resources.files(package) / "_jsii" / "toy.jsii.tgz").is_file())
        print(inspect.getsource(Alpha).splitlines()[0])
        print(typing.get_type_hints(Alpha.__init__))
        print(pickle.loads(pickle.dumps(Alpha)) is Alpha)
        print([module.name for module in pkgutil.iter_modules(package.__path__)])
    """)
    assert result.stdout.splitlines() == [
        "True",
        'class Alpha(_constructs.Construct, metaclass=jsii.JSIIMeta, jsii_type="@cdktf/provider-toy.alpha.Alpha"):',
        "{'scope': <class 'constructs.Construct'>, 'id_': <class 'str'>, 'return': <class 'NoneType'>}",
        "True",
        "['_jsii', 'alpha']",
    ]


def test_nothing_is_written_beside_the_installed_package(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha")
    before = sorted(path.name for path in (tmp_path / toy.PACKAGE).rglob("*"))
    run("from cdktf_cdktf_provider_toy.alpha import Alpha; Alpha(root, 'a')")
    assert sorted(path.name for path in (tmp_path / toy.PACKAGE).rglob("*")) == before


def test_switched_off_the_package_runs_its_own_init(run: Run, tmp_path: Path) -> None:
    toy.write(tmp_path, "alpha", "beta")
    program = "import sys, cdktf_cdktf_provider_toy; print('cdktf_cdktf_provider_toy.beta' in sys.modules)"
    assert run(program, SLIM_BINDINGS="off").stdout == "True\n"
    assert run(program).stdout == "False\n"
