import gc
import os
import signal
import tempfile
from collections.abc import Generator
from pathlib import Path

import hypothesis
import pytest

import slim_bindings

gc.disable()  # until the tests are collected: what they import stays
# For what Node and other children leave behind: cdktf's Testing.app() alone leaves a folder for each app.
leftovers = tempfile.TemporaryDirectory(prefix="tests-")
os.environ["TMPDIR"] = leftovers.name

slim_bindings.install()
# Milliseconds an example: a machine that pauses is no failure, a pattern that backtracks for ever is one.
hypothesis.settings.register_profile("kit", deadline=10_000, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("kit")
# What is started from a test starts as from a terminal: not as a make within `make test`, whose flags it would take over,
# and able to be interrupted, which a shell's background denies it.
# And with the packages that run the tests, whatever ENGINE says outside.
for name in ("ENGINE", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
    os.environ.pop(name, None)
os.environ["GOGC"] = "400"  # Terraform and its providers take a third less CPU time, for half a gigabyte
signal.signal(signal.SIGINT, signal.default_int_handler)
os.environ.pop("PYTHONHASHSEED", None)  # this process has read it; programs that tests start have an order of their own


# Their tests start programs. What is left at the end is short, and keeps all workers busy.
LONG = (
    "test_architecture.py",
    "delivery",
    "terraform",
    "upgrade",
    "faults",
    "e2e",
    "packaging",
    "setup",
    "deploy",
    "localcloud",
    "client",
    "slim_bindings",
    "cli",
    "engine",
)


@pytest.hookimpl(wrapper=True, tryfirst=True)  # before and after xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
    """Leave out what takes minutes, unless SOAK=1; begin with what is slow; give a file's other tests to one worker.

    So what the tests of a file share, such as a module's fixture and what was synthesized once, is made once.
    """
    items.sort(key=_order)
    if not os.environ.get("SOAK"):
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("soak")])
        items[:] = [item for item in items if not item.get_closest_marker("soak")]
    for item in items:
        if not any(item.get_closest_marker(name) for name in ("slow", "xdist_group")):
            item.add_marker(pytest.mark.xdist_group(item.location[0].removeprefix("tests/").removesuffix(".py")))
    yield
    if config.getoption("loadgroup", False):  # in a worker
        _put_groups_where_pytest_reads_them(items)


def pytest_collection_finish() -> None:
    """Leave all that was imported out of later garbage collections, and start them less often: they took a sixth of the CPU time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


def _put_groups_where_pytest_reads_them(items: list[pytest.Item]) -> None:
    """xdist 3.8 appends a test's group to `_nodeid`, which pytest 9.2 does not read: pytest-xdist issue 1386."""
    for item in items:
        if written := vars(item).pop("_nodeid", None):
            item._id = type(item._id).parse(written)
        if item.get_closest_marker("xdist_group") and "@" not in item.nodeid.rpartition("]")[2]:
            raise pytest.UsageError(f"{item.nodeid}: xdist would ignore the group of this test")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Refuse parameters whose order is another one in each process: xdist's workers would collect different tests."""
    for mark in metafunc.definition.iter_markers("parametrize"):
        if any(isinstance(given, set | frozenset) for given in (*mark.args, *mark.kwargs.values())):
            raise pytest.UsageError(f"{metafunc.definition.nodeid}: its parameters are a set; sort them")


# A set in a list's place is found by xdist, which compares what its workers collect: each has another order of sets,
# and the same one in every run.
@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    os.environ["PYTHONHASHSEED"] = "1"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_newgateway() -> None:
    os.environ["PYTHONHASHSEED"] = str(int(os.environ["PYTHONHASHSEED"]) + 1)


def _order(item: pytest.Item) -> tuple[bool, int]:
    folder = item.path.relative_to(Path(__file__).parent).parts[0]
    return item.get_closest_marker("slow") is None, LONG.index(folder) if folder in LONG else len(LONG)
