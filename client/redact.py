"""Nothing secret and nothing that steers a terminal leaves this program."""

import os
import re
import threading

from .encodings import views

HIDDEN = "[redacted]"
KEPT = 64
"""Secrets that are known at a time. A renewal brings six, and each lasts for hours: the oldest are forgotten."""
LENGTH = 16
"""Characters of a secret that are secret; all of it if it is shorter."""
_BLOCK = LENGTH // 2  # any LENGTH characters of a text hold a block of so many that begins at a multiple of it
_ALIKE = 1000  # blocks of a text that are a secret's although the text around them is not; chance gives fewer
_lock = threading.Lock()
# A process that is forked while another thread holds the lock would wait for it for ever.
os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)
_known: dict[str, None] = {}
_index: tuple[frozenset[str], list[str]] | None = None
_PUBLIC = re.compile(
    r"\A(?:IQoJb3JpZ2luX2Vj|eyJ[\w-]*\.)"
)  # all session tokens begin so, and with their headers all JWTs
_SIGNATURE = re.compile(r"Signature(?:=|%3D|%253D)([0-9a-f]{64})")
_SHAPES = re.compile(
    r"(?P<keep>://)[^\s/@]+@"  # user and password of a proxy
    r"|ya29\.[\w.-]+|\bAIza[\w-]{30,}|\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|(?i:bearer(?:\s|\+|%20)+)[\w.~+/%-]{16,}=*"
    r"|AWS4-HMAC-SHA256.{0,600}?Signature(?:=|%3D|%253D)\w+"
    r"|(?i:signature)(?:=|%3D|%253D)[0-9a-fA-F]{16,}"
    r"|(?P<name>(?i:access_?token|refresh_?token|id_?token|subject_?token|security-token|secret_?access_?key|client_secret"
    r"|authorization|metadata-token|\"token)\W{1,12})[\w.~+/%=-]{16,}",
    re.DOTALL,
)


def remember(*values: str | None) -> None:
    """Never let these values out again. Shorter than 8 characters is no secret."""
    global _index
    with _lock:
        for value in values:
            secret = _PUBLIC.sub("", value or "").lower()
            if len(secret) >= _BLOCK:
                _known.pop(secret, None)  # the newest is the last
                _known[secret] = None
        for oldest in list(_known)[:-KEPT]:
            del _known[oldest]
        _index = None


def remember_signature(*sent: object) -> None:
    """The same for the signature in a signed request's body or headers."""
    remember(*_SIGNATURE.findall(repr(sent)))


def leaks(text: str) -> bool:
    """Whether the text holds a known secret, or LENGTH characters of one, as it is or behind encodings."""
    try:
        return any(_holds(view.lower(), *_indexed()) for view in views(text))
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


def _indexed() -> tuple[frozenset[str], list[str]]:
    """All blocks of the secrets, and the secrets. Made when a text is looked at, which few programs ever need."""
    global _index
    with _lock:
        if _index is None:
            blocks = frozenset(s[i : i + _BLOCK] for s in _known for i in range(len(s) - _BLOCK + 1))
            _index = blocks, list(_known)
        return _index


def _holds(view: str, blocks: frozenset[str], known: list[str]) -> bool:
    if any(secret in view for secret in known if len(secret) < LENGTH):
        return True
    alike = 0
    for at in range(0, len(view), _BLOCK):
        if view[at : at + _BLOCK] in blocks:
            around = view[max(at - _BLOCK, 0) : at + LENGTH]
            windows = [around[i : i + LENGTH] for i in range(len(around) - LENGTH + 1)]
            if (alike := alike + 1) > _ALIKE or any(window in secret for secret in known for window in windows):
                return True
    return False
