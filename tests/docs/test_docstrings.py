"""A docstring's first line is whole: it ends where a sentence ends."""

import ast
from pathlib import Path

import pytest

from tests.docs.prose import FOLDERS, ROOT

HAVE_ONE = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def broken(path: Path, text: str) -> list[str]:
    """The first lines of docstrings that go on in the next line."""
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, HAVE_ONE)]
    first = [(ast.get_docstring(node) or ".").splitlines()[0] for node in nodes]
    return [f"{path}: {line}" for line in first if not line.endswith((".", "?", "!"))]


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_first_line_of_a_docstring_is_a_sentence(folder: str) -> None:
    paths = sorted((ROOT / folder).rglob("*.py"))
    assert paths
    assert [line for path in paths for line in broken(path.relative_to(ROOT), path.read_text())] == []


def test_a_first_line_that_goes_on_is_found() -> None:
    assert broken(Path("a.py"), 'def f():\n    """One that\n    goes on."""\n') == ["a.py: One that"]
    assert broken(Path("a.py"), 'def f():\n    """One.\n\n    More."""\n') == []
