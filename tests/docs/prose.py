"""What a person reads in this repository: prose of pages, and comments, docstrings and messages of programs.

Code is left out: fenced blocks, code spans in backticks, and string constants without a space.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ["access", "bench", "cli", "client", "constructs_lib", "deploy", "localcloud", "packaging", "policy", "resources",
           "review", "setup", "slim_bindings", "stacks"]  # fmt: skip
PAGES = ["README.md", "README.ja.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile", "main.py", "engine.py"]
SUFFIXES = {".md", ".py", ".toml", ".sh", ".js", ".yml"}
SPAN = re.compile(r"```.*?```|~~~.*?~~~|``[^`]*``|`[^`\n]*`|<!--.*?-->", re.DOTALL)


def files(place: str) -> list[Path]:
    """The files of one folder, or the one file that `place` is."""
    path = ROOT / place
    found = [path] if path.is_file() else sorted(path.rglob("*"))
    return [one for one in found if one.is_file() and (one.suffix in SUFFIXES or one.name == "Makefile")]


def prose(path: Path, text: str) -> Iterator[tuple[int, str]]:
    """Each passage of a file that a person reads, with the number of its first line."""
    if path.suffix == ".py":
        yield from _python(text)
    elif path.suffix in {".toml", ".sh", ".js", ".yml"} or path.name == "Makefile":
        yield from _lines(text)
    else:
        if path.name == "CHANGELOG.md":
            text = text[: text.index("\n## [0.1.0]")]  # a release is history
        yield 1, without_code(text)


def _python(text: str) -> Iterator[tuple[int, str]]:
    comment: list[tokenize.TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            comment.append(token)
        elif token.type not in (tokenize.NL, tokenize.NEWLINE) and comment:
            yield comment[0].start[0], without_code("\n".join(one.string for one in comment))
            comment = []
    for number, value in _strings(ast.parse(text)):
        if " " in value.strip():
            yield number, without_code(value)


def _strings(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Each string constant, and each f-string as one, with {} for its values."""
    if isinstance(node, ast.JoinedStr):
        parts = [str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values]
        yield node.lineno, "".join(parts)
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.lineno, node.value
    for child in ast.iter_child_nodes(node):
        yield from _strings(child)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Comments and messages. A quoted TOML value without a space is code."""
    yield 1, without_code(re.sub(r'"[^"\s]*"', '""', text))


def without_code(text: str) -> str:
    """The text with each piece of code as spaces, and its lines where they were."""
    return SPAN.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
