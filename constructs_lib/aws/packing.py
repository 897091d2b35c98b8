"""Files as text for a command document: few bytes, and the same ones from every Python.

bzip2, since it is smaller than gzip and xz here, and gzip's header differs between Python versions. Ascii85, since its
text is 6% shorter than Base64's and has no brace: nothing in it is a template of Terraform or Systems Manager.
"""

import base64
import bz2
import hashlib
import io
import tokenize
from collections.abc import Mapping, Sequence
from functools import lru_cache

WIDTH = 1000
# Ascii85 ends at "u". The next two letters replace the characters that JSON would escape.
_JSON = str.maketrans('"\\', "vw")
_BEFORE_A_STATEMENT = {tokenize.ENCODING, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
_BETWEEN = {tokenize.COMMENT, tokenize.NL}


def pack(files: Mapping[str, bytes]) -> bytes:
    """Compress files by path; Python files without comments and docstrings.

    Name and content of each are ended by NUL, which no content may have (ValueError). Packs can be joined: bzip2
    decompresses one stream after the other.
    """
    parts = []
    for name, content in sorted(files.items()):
        if b"\0" in content:
            raise ValueError(f"{name} contains NUL: only text can be packed")
        parts += [name.encode(), without_prose(content) if name.endswith(".py") else content]
    return bz2.compress(b"".join(part + b"\0" for part in parts), 9)


@lru_cache(maxsize=8)  # environments of one process share the client
def lines(data: bytes) -> tuple[str, ...]:
    """Write bytes as Ascii85 in lines of WIDTH characters; `v` is a double quote and `w` a backslash."""
    text = base64.a85encode(data).decode().translate(_JSON)
    return tuple(text[start : start + WIDTH] for start in range(0, len(text), WIDTH))


def digest(text: Sequence[str]) -> str:
    """Return the SHA-256 of packed text, in hexadecimal; where its lines end does not count."""
    return hashlib.sha256("".join(text).encode()).hexdigest()


def without_prose(source: bytes) -> bytes:
    """Cut comments out of Python source, and leave "" of each docstring; every line keeps its number, for tracebacks.

    The source's own bytes stay: what `ast.unparse` writes differs between versions. Raises tokenize.TokenError.
    """
    text = source.decode().splitlines(keepends=True)
    tokens = list(tokenize.tokenize(io.BytesIO(source).readline))
    statements = [token for token in tokens if token.type not in _BETWEEN]
    docstrings = [
        token
        for before, token, after in zip(statements, statements[1:], statements[2:], strict=False)
        if token.type == tokenize.STRING and before.type in _BEFORE_A_STATEMENT and after.type == tokenize.NEWLINE
    ]
    comments = [token for token in tokens if token.type == tokenize.COMMENT]
    for token in sorted([*docstrings, *comments], key=lambda token: token.start, reverse=True):
        (first, start), (last, end) = token.start, token.end
        before, after = text[first - 1][:start], text[last - 1][end:]
        kept = before.rstrip() if token.type == tokenize.COMMENT else f'{before}""'
        text[first - 1 : last] = [kept + "\n" * (last - first) + after, *[""] * (last - first)]
    return "".join(text).encode()
