"""Packing gives back what was packed; what is cut out of Python is prose alone."""

import ast
import base64
import bz2
from pathlib import Path

import pytest

from constructs_lib.aws import packing

CLIENT = sorted((Path(__file__).parents[2] / "client").glob("*.py"))


def unpacked(data: bytes) -> dict[str, bytes]:
    parts = iter(bz2.decompress(data).split(b"\0"))
    return {name.decode(): content for name, content in zip(parts, parts, strict=False)}


def test_every_byte_comes_back() -> None:
    files = {"a/é.txt": bytes(range(1, 256)) * 20, "b": b""}
    text = packing.lines(packing.pack(files))
    assert all(len(line) <= packing.WIDTH for line in text)
    joined = "\n".join(text)
    assert not set(joined) & set('"\\{}'), "neither JSON nor a template needs an escape"
    data = base64.a85decode(joined.translate({ord("v"): '"', ord("w"): "\\"}))
    assert unpacked(data) == files


def test_packs_can_be_joined() -> None:
    assert unpacked(packing.pack({"a": b"1"}) + packing.pack({"b": b"2"})) == {"a": b"1", "b": b"2"}


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(ValueError, match="x contains NUL"):
        packing.pack({"x": b"a\0b"})


class Docstrings(ast.NodeTransformer):
    """Takes statements that are a string alone out of a tree."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        return None if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str) else node


@pytest.mark.parametrize("path", CLIENT, ids=lambda path: path.name)
def test_the_code_stays_and_every_line_keeps_its_number(path: Path) -> None:
    source = path.read_bytes()
    cut = packing.without_prose(source)
    before, after = (Docstrings().visit(ast.parse(text)) for text in (source, cut))
    assert ast.dump(before, include_attributes=False) == ast.dump(after, include_attributes=False)
    numbers = [[node.lineno for node in ast.walk(tree) if hasattr(node, "lineno")] for tree in (before, after)]
    assert numbers[0] == numbers[1]
    assert cut.count(b"\n") == source.count(b"\n")


def test_prose_goes_and_what_looks_like_it_stays() -> None:
    source = '''"""Module.

More."""  # why
x = "# no comment"  # a comment
y = """text
# text"""


class Alone:
    """Nothing but this."""


def f(): return "kept"
"string", x
'''
    assert (
        packing.without_prose(source.encode()).decode()
        == '''""


x = "# no comment"
y = """text
# text"""


class Alone:
    ""


def f(): return "kept"
"string", x
'''
    )
