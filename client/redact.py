"""Nothing secret and nothing that steers a terminal leaves this program."""

import re
import threading

from .encodings import views

HIDDEN = "[redacted]"
KEPT = 64
"""Secrets that are known at a time. A renewal brings six, and each lasts for hours: the oldest are forgotten."""
LENGTH = 16
"""Characters of a secret that are secret; all of it if it is shorter."""
_STEP = LENGTH // 2  # any LENGTH characters hold a block of so many that begins at a multiple of it
_lock = threading.Lock()
_known: dict[str, None] = {}
_blocks: frozenset[str] = frozenset()
_SHAPES = re.compile(
    r"(?P<keep>://)[^\s/@]+@"  # user and password of a proxy
    r"|ya29\.[\w.-]+|\bAIza[\w-]{30,}|\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|(?i:bearer(?:\s|\+|%20)+)[\w.~+/%-]+=*"
    r"|AWS4-HMAC-SHA256.{0,600}?Signature(?:=|%3D|%253D)\w+"
    r"|(?i:signature)(?:=|%3D|%253D)[0-9a-fA-F]{16,}"
    r"|(?P<name>(?i:access_?token|refresh_?token|id_?token|subject_?token|security-token|secret_?access_?key|client_secret"
    r"|authorization|metadata-token|\"token)\W{1,12})[\w.~+/%=-]{8,}",
    re.DOTALL,
)


def remember(*values: str | None) -> None:
    """Never let these values out again. Shorter than 8 characters is no secret."""
    global _blocks
    with _lock:
        for value in values:
            if value and len(value) >= _STEP:
                secret = value.lower()
                _known.pop(secret, None)  # the newest is the last
                _known[secret] = None
        for oldest in list(_known)[:-KEPT]:
            del _known[oldest]
        _blocks = frozenset(s[i : i + _STEP] for s in _known for i in range(0, len(s) - _STEP + 1, _STEP))


def leaks(text: str) -> bool:
    """Whether the text holds a known secret, or LENGTH characters of one, as it is or behind encodings."""
    try:
        return any(_holds(view.lower()) for view in views(text))
    except OverflowError:  # encodings within encodings beyond all measure: no honest host sends that
        return True


def clean(text: str, limit: int = 600) -> str:
    """The text on one line, without secrets and control characters, cut to `limit` characters (0: uncut, in its lines).

    A text with a known secret is replaced whole. A host's answer must not add lines that look like this program's own,
    such as a fix.
    """
    if limit:  # enough for what is shown to be seen whole, however it is encoded
        text = text[: limit * 4 + 2000]
    if leaks(text):
        return HIDDEN
    text = _SHAPES.sub(lambda m: (m["keep"] or m["name"] or "") + HIDDEN + ("@" if m["keep"] else ""), text)
    text = "".join(c if c.isprintable() or c in "\n\t" else " " for c in text)
    if not limit:
        return text
    text = " ".join(text.split())
    return text if len(text) <= limit else text[:limit] + "..."


def _holds(view: str) -> bool:
    """Look up each place in the blocks; where one fits, compare around it."""
    blocks, known = _blocks, list(_known)
    for at in range(len(view) - _STEP + 1):
        if view[at : at + _STEP] in blocks:
            around = view[max(at - _STEP, 0) : at + LENGTH]
            for secret in known:
                size = min(LENGTH, len(secret))
                if any(around[i : i + size] in secret for i in range(len(around) - size + 1)):
                    return True
    return False
