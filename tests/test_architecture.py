"""Who may import whom (the arrows of the house), and what only one place may know."""

import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent
TYPED = [
    "access",
    "cli",
    "client",
    "constructs_lib",
    "deploy",
    "engine.py",
    "localcloud",
    "policy",
    "resources",
    "review",
    "setup",
    "slim_bindings",
    "stacks",
    "main.py",
]


def test_the_arrows_hold() -> None:
    result = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout
    assert "0 broken" in result.stdout


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Imports inside functions count as well. CycleError names the circle."""
    graph = grimp.build_graph(*(name for name in TYPED if (ROOT / name).is_dir()), cache_dir=None)
    imports = {one: graph.find_modules_directly_imported_by(one) for one in graph.modules}
    assert len([*TopologicalSorter(imports).static_order()]) == len(imports) > 300


def test_the_page_has_the_picture_of_the_house() -> None:
    """Each folder with the folders that it imports, and none of them with more than 40% of the code."""
    page = (ROOT / "docs/reference/layout.md").read_text()
    rows = re.findall(r"^\| `(\w+)/` \| (.*?) ?\| .+? \|$", page, re.MULTILINE)
    rooms = [room for room, _ in rows]
    graph = grimp.build_graph(*rooms, cache_dir=None)
    pairs = {(one, other) for one in graph.modules for other in graph.find_modules_directly_imported_by(one)}
    imports = {tuple(name.partition(".")[0] for name in pair) for pair in pairs}
    assert {room: re.findall(r"`(\w+)`", named) for room, named in rows} == {
        room: sorted(other for one, other in imports if one == room != other) for room in rooms
    }
    assert {*rooms} >= {name for name in TYPED if (ROOT / name).is_dir()}
    lines = {room: sum(path.read_bytes().count(b"\n") for path in (ROOT / room).rglob("*.py")) for room in rooms}
    assert max(lines.values()) < 0.4 * sum(lines.values()), lines


def test_main_is_short_and_has_no_logic() -> None:
    assert len((ROOT / "main.py").read_text().splitlines()) < 40


@pytest.mark.slow
def test_types_hold_and_the_linter_is_content() -> None:
    for command in (["mypy", *TYPED], ["ruff", "check", "."], ["ruff", "format", "--check", "."]):
        result = subprocess.run(
            [Path(sys.executable).with_name(command[0]), *command[1:]],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
