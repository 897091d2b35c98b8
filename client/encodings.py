"""A text and what it says after decoding: whatever a host may have done to a value before it sent it back."""

import binascii
import html
import re
import urllib.parse
from collections.abc import Iterable, Iterator

DEPTH = 5
_WORK = 24  # times the text's length, and some more for short ones
_ESCAPE = re.compile(r"\\(?:[uU]([0-9a-fA-F]{4})|[xX]([0-9a-fA-F]{2})|(.))", re.DOTALL)
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/_-][\r\n]*){11,}")  # MIME breaks lines
_HEX = re.compile(r"(?:[0-9a-fA-F][\s:]?){16,}")
_STANDARD = str.maketrans("-_", "+/", "\r\n")
_READABLE = re.compile(rb"[\x20-\x7e]{8,}")


def views(text: str) -> Iterator[str]:
    """The text, then each decoding of it and of these, up to DEPTH of them. OverflowError: too many to look at."""
    seen, layer, work = {text}, [text], _WORK * (len(text) + 4096)
    yield text
    for _ in range(DEPTH):
        found = []
        for view in layer:
            for decode in (urllib.parse.unquote, _unescape, html.unescape, _from_base64, _from_hex):
                decoded = decode(view)
                if decoded and decoded not in seen:
                    work -= len(decoded)
                    if work < 0:
                        raise OverflowError
                    seen.add(decoded)
                    found.append(decoded)
                    yield decoded
        layer = found


def _unescape(text: str) -> str:
    r"""JSON's \u002f and \/, and Python's \x2f, which google-auth's exceptions have."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else m[3], text)


def _from_base64(text: str) -> str:
    """All runs, from each of the four places where the first letter may belong to something else."""
    runs = (run[start:] for run in (r.translate(_STANDARD) for r in _BASE64.findall(text)) for start in range(4))
    whole = (run[:-1] if len(run) % 4 == 1 else run + "=" * (-len(run) % 4) for run in runs)
    return _readable(map(binascii.a2b_base64, whole))


def _from_hex(text: str) -> str:
    runs = (run[start:] for run in (re.sub(r"[\s:]", "", r) for r in _HEX.findall(text)) for start in range(2))
    return _readable(binascii.unhexlify(run[: len(run) // 2 * 2]) for run in runs)


def _readable(decoded: Iterable[bytes]) -> str:
    return b"\n".join(part for piece in decoded for part in _READABLE.findall(piece)).decode("ascii")
